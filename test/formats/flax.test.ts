import { describe, expect, it } from "vitest";
import { planLayers } from "#eigenscope/layers/index.js";
import { EVERYTHING } from "../layers/tensors-in-memory.js";
import { concat, fixture, openOne, refusal, valuesOf } from "./files-in-memory.js";

const counted = (count: number): number[] => Array.from({ length: count }, (_, k) => k);
const bytes = (...parts: readonly (string | number | readonly number[])[]): Uint8Array =>
  concat(...parts.map((part) => (typeof part === "string" ? part : Uint8Array.from([part].flat()))));
/** A short text. */
const str = (text: string): Uint8Array => concat(Uint8Array.of(0xa0 + text.length), text);
/** An array as Flax writes it: an extension of type 1. */
function array(
  shape: readonly number[],
  { type = "float32", data = new Uint8Array(4 * shape.reduce((a, b) => a * b, 1)) } = {},
) {
  const body = concat(
    Uint8Array.of(0x93, 0x90 + shape.length, ...shape),
    str(type),
    Uint8Array.of(0xc4, data.length),
    data,
  );
  return concat(Uint8Array.of(0xc7, body.length, 1), body);
}
const map = (entries: Record<string, Uint8Array>): Uint8Array =>
  concat(
    Uint8Array.of(0x80 + Object.keys(entries).length),
    ...Object.entries(entries).flatMap(([key, value]) => [str(key), value]),
  );

describe("a Flax file", () => {
  it("by msgpack 1.0 gives its arrays by their paths, in pieces too, and not the optimizer's", async () => {
    const file = await openOne("flax_model.msgpack", fixture("flax.msgpack"));
    expect(file.format).toBe("flax");
    expect(file.tensors.map(({ name, shape, dtype }) => [name, shape, dtype])).toEqual([
      ["params/encoder/layer_0/kernel", [4, 6], "F32"],
      ["params/encoder/layer_0/bias", [6], "F32"],
      ["params/encoder/norm/scale", [4], "F32"],
      ["params/embed/embedding", [5, 4], "F16"],
      ["params/big", [4, 5], "F32"],
    ]);
    for (const tensor of file.tensors) {
      const count = tensor.shape.reduce((product, side) => product * side, 1);
      expect(await valuesOf(tensor)).toEqual(counted(count));
      expect(await valuesOf(tensor, { from: 1, to: count - 1, chunk: 2 })).toEqual(counted(count).slice(1, -1));
    }
    expect(file.warnings).toEqual(["2 arrays of the state of a training run (opt_state) skipped"]);
    const names = planLayers(file, EVERYTHING).layers.map(({ name }) => name);
    expect(names).toEqual(["params/encoder/layer_0", "params/embed/embedding", "params/big"]);
  });

  it("is recognised by its contents, whatever its name", async () => {
    expect((await openOne("checkpoint_100", map({ w: array([2, 2]) }))).tensors[0].name).toBe("w");
    expect((await refusal(openOne("checkpoint_100", map({ w: str("x") })))).kind).toBe("unknown-format");
  });

  it("lists arrays of types that are not decoded", async () => {
    const [tensor] = (await openOne("x.msgpack", map({ w: array([2], { type: "float4", data: new Uint8Array(1) }) })))
      .tensors;
    expect(tensor).toMatchObject({ dtype: "float4", floating: false });
    await expect(valuesOf(tensor)).rejects.toThrow(/elements are float4/);
  });

  it("lists scalars of NumPy too: an extension of type 3", async () => {
    const scalar = array([]);
    scalar[2] = 3;
    const { tensors } = await openOne("x.msgpack", map({ horizon: scalar, w: array([2, 2]) }));
    expect(tensors.map(({ name, shape }) => [name, shape])).toEqual([
      ["horizon", []],
      ["w", [2, 2]],
    ]);
  });

  it("leaves extensions of other types out", async () => {
    const complex = array([]);
    complex[2] = 2;
    const { tensors } = await openOne("x.msgpack", map({ z: complex, w: array([2, 2]) }));
    expect(tensors.map(({ name }) => name)).toEqual(["w"]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["is truncated", map({ w: array([2, 2]) }).subarray(0, 30), /declared, but only/],
    ["has more after its end", concat(map({ w: array([2]) }), Uint8Array.of(1)), /1 bytes follow the last item/],
    [
      "has sides that do not fit its bytes",
      map({ w: array([3], { data: new Uint8Array(4) }) }),
      /\(3\) of float32 has 4 bytes/,
    ],
    ["has an array that is none", map({ w: bytes([0xc7, 1, 1, 5]) }), /not its sides, type and bytes/],
    ["has an invalid byte", map({ w: bytes(0xc1) }), /0xc1 begins no item/],
    [
      "has a key twice",
      concat(Uint8Array.of(0x82), str("a"), Uint8Array.of(1), str("a"), Uint8Array.of(1)),
      /"a" occurs twice/,
    ],
    ["has a key that is no text", bytes([0x81, 0x90, 1]), /key of a dictionary is not text/],
    [
      "has chunks that do not make up their shape",
      map({
        w: map({ __msgpack_chunked_array__: bytes(0xc3), shape: map({ 0: bytes(3) }), chunks: map({ 0: array([2]) }) }),
      }),
      /chunks of "w" do not make up its shape \(3\)/,
    ],
    [
      "is nested too deep",
      concat(...Array.from({ length: 80 }, () => concat(Uint8Array.of(0x81), str("a"))), Uint8Array.of(1)),
      /nested deeper/,
    ],
  ])("that %s is refused", async (_, content, message) => {
    expect((await refusal(openOne("x.msgpack", content))).message).toMatch(message);
  });
});
