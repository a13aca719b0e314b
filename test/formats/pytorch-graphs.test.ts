import { describe, expect, it } from "vitest";
import { Pace, STEPS_PER_TURN } from "#eigenscope/bytes/pace.js";
import { openWeightFile } from "#eigenscope/formats/index.js";
import { MAX_STACK } from "#eigenscope/formats/pytorch/pickle/machine.js";
import { Call, dict, Name, type Pickled, pickleOf, Raw, raw, tuple } from "./build-pickle.js";
import { archiveOf, counting, f32, ORDERED_DICT, tensor } from "./build-pytorch.js";
import { concat, filesInMemory, refusal } from "./files-in-memory.js";

const W = tensor({ size: [2, 3] });
const RECORDS = { "0": f32(...counting(6)) };
const open = (pickle: Pickled | Uint8Array, options = {}) =>
  openWeightFile(filesInMemory({ "x.pt": archiveOf({ pickle, records: RECORDS }) }, "x.pt"), options);

const NET = new Name("my", "Net");
const module = (parts: Readonly<Record<string, Pickled>>): Call => new Call(NET, [], { state: dict(parts) });
const many = <T>(count: number, value: T): T[] => Array(count).fill(value);
const empty = dict({});

/** Steps that an opening takes, by the turns that it gives the event loop (one in 2^15). */
async function turnsOf(pickle: Pickled): Promise<number> {
  const pace = new Pace({ nextTurn: async () => {} });
  await open(pickle, { pace }).catch(() => {});
  return pace.turns;
}

describe("a graph of shared parts is walked in steps as many as it has references", () => {
  // Walked once a reference, each of these would take 16 million steps, or end never.
  const atoms = many(4000, null);
  const shared = dict(Object.fromEntries(many(4000, 0).map((_, k) => [`k${k}`, null])));
  const pairs = many(2000, 0).map((_, k) => tuple(`k${k}`, null));
  it.each<[string, Pickled]>([
    ["a list of 4000 references to one list of 4000 values", many(4000, atoms)],
    ["a tower of lists, each 100 times the one before", many(20, 0).reduce<Pickled>((below) => many(100, below), W)],
    [
      "1000 modules with one dictionary of parameters",
      many(1000, 0).map(() => module({ _parameters: shared, _buffers: empty, _modules: empty })),
    ],
    ["1000 objects with one dictionary of attributes", many(1000, 0).map(() => new Call(NET, [], { state: shared }))],
    ["1000 dictionaries of one list of pairs", many(1000, 0).map(() => new Call(ORDERED_DICT, [pairs]))],
    ["one optimizer in 4000 places", many(4000, dict({ state: atoms, param_groups: atoms }))],
    [
      "one dictionary under each of the usual keys",
      dict(Object.fromEntries(["state_dict", "model", "net", "ema"].map((key) => [key, many(4000, atoms)]))),
    ],
    ["one tensor of 60 axes in 4000 places", many(4000, tensor({ size: many(60, 1), numel: 6 }))],
  ])("%s", async (_, pickle) => {
    expect(await turnsOf(pickle)).toBeLessThanOrEqual(2e5 / STEPS_PER_TURN);
  });

  it("lists what is shared once, and says so", async () => {
    const part = dict({ w: W });
    const file = await open(dict({ a: part, b: part }));
    expect(file.tensors.map(({ name }) => name)).toEqual(["a.w"]);
    expect(file.warnings.join()).toMatch(/listed at the first only.*"b"/);
  });

  it("lists a dictionary of parameters that modules share once, and says so; their own are all there", async () => {
    const parameters = dict({ w: W });
    const net = module({
      _parameters: empty,
      _modules: dict({
        a: module({ _parameters: parameters, _buffers: dict({ own: W }), _modules: empty }),
        b: module({ _parameters: parameters, _buffers: dict({ own: W }), _modules: empty }),
      }),
    });
    const file = await open(net);
    expect(file.tensors.map(({ name }) => name)).toEqual(["a.w", "a.own", "b.own"]);
    expect(file.warnings.join()).toMatch(/listed at the first only.*"b"/);
  });

  it("refuses names of tensors that together need more memory than any file of that size", async () => {
    const name = "n".repeat(1000);
    // A tensor, remembered under 99, and then that in many places.
    const places = (count: number): Raw =>
      new Raw(concat("](", pickleOf(W).slice(2, -1), "q\x63", Uint8Array.from(many(count, [0x68, 0x63]).flat()), "e"));
    const message = (await refusal(open(dict({ [name]: places(80_000) })))).message;
    expect(message).toMatch(/x\.pt: its structure needs more memory than any real file of its size.*get it again/);
    expect((await open(dict({ [name]: places(999) }))).tensors).toHaveLength(1000);
  });

  it("refuses a tensor of more axes than there are, whose sides all tensors may share", async () => {
    expect((await refusal(open(dict({ w: tensor({ size: many(65, 1), numel: 6 }) })))).message).toMatch(
      /PyTorch does not write/,
    );
    expect((await open(dict({ w: tensor({ size: many(64, 1), numel: 6 }) }))).tensors[0].shape).toHaveLength(64);
  });
});

describe("a tree of modules that refers to itself, or has no end", () => {
  // A module whose own dictionary of parts is the module: what the memo holds under 1 is set as its state.
  const itself = (parts: readonly string[]): Pickled =>
    raw(
      `cmy\nNet\n)Rq\x01}(${parts.map((part) => `X${String.fromCharCode(part.length)}\0\0\0${part}h\x01`).join("")}ub`,
    );

  it("holds no tensor where a module is its own list of modules", async () => {
    expect((await refusal(open(itself(["_parameters", "_modules"])))).message).toMatch(
      /^pytorch, x\.pt: it holds no tensor/,
    );
  });

  it("ends where an object is its own attribute, a list its own item, and a dictionary its own value", async () => {
    for (const pickle of [
      itself(["a"]),
      raw("]q\x01(h\x01h\x01e"),
      raw("}q\x01(X\x01\0\0\0ah\x01X\x05\0\0\0modelh\x01u"),
    ]) {
      expect((await refusal(open(pickle))).message).toMatch(/holds no tensor/);
    }
  });

  it("gives the tensors beside a reference to itself", async () => {
    const cyclic = raw("}q\x01(X\x04\0\0\0selfh\x01u");
    expect((await open(dict({ cyclic, w: W }))).tensors.map(({ name }) => name)).toEqual(["w"]);
  });

  it("follows modules 31 deep, and leaves out what lies deeper than 64 containers", async () => {
    const nested = (depth: number): Pickled =>
      many(depth, 0).reduce<Pickled>(
        (inner) => module({ _parameters: empty, _modules: dict({ m: inner }) }),
        module({ _parameters: dict({ w: W }), _modules: empty }),
      );
    expect((await open(nested(31))).tensors[0].name).toBe(`${"m.".repeat(31)}w`);
    expect((await open(nested(63))).tensors).toHaveLength(1);
    expect((await refusal(open(nested(64)))).message).toMatch(/holds no tensor/);
    const deep = 5000;
    const begin = "cmy\nNet\n)R}(X\x0b\0\0\0_parameters}X\x08\0\0\0_modules}(X\x01\0\0\0m";
    expect((await refusal(open(raw(`${begin.repeat(deep)}N${"uub".repeat(deep)}`)))).message).toMatch(
      /holds no tensor/,
    );
  });
});

describe("an abort", () => {
  it("is heard while a graph is unpickled and walked, at the next turn", async () => {
    const controller = new AbortController();
    const pace = new Pace({ signal: controller.signal, nextTurn: async () => controller.abort(new Error("enough")) });
    await expect(open(many(50_000, dict({ a: null })), { pace, signal: controller.signal })).rejects.toThrow("enough");
    expect(pace.turns).toBe(1);
  });
});

describe("an archive whose pickle is compressed", () => {
  const deflated = (count: number): Uint8Array =>
    archiveOf({
      pickle: concat(Uint8Array.of(0x80, 2), "](", new Uint8Array(count).fill(0x4e), "e."),
      pickled: { method: 8 },
    });

  it("is refused before it is inflated where that is further than any pickle goes", async () => {
    const files = (count: number) => filesInMemory({ "x.pt": deflated(count) }, "x.pt");
    expect((await refusal(openWeightFile(files(2_000_000)))).message).toMatch(
      /inflates from \d+ to 2000006 bytes, further than any real description/,
    );
    expect((await refusal(openWeightFile(files(500_000)))).message).toMatch(/holds no tensor/);
  });

  it(
    "is refused where it puts more values on its stack than any pickler does: an array of millions grows in " +
      "one piece",
    async () => {
      const says = async (count: number): Promise<string> =>
        (await refusal(openWeightFile(filesInMemory({ "x.pt": deflated(count) }, "x.pt")))).message;
      // The list itself is one of the values.
      expect(await says(MAX_STACK - 1)).toMatch(/holds no tensor/);
      expect(await says(MAX_STACK)).toMatch(/puts more than 524288 values on its stack/);
    },
  );
});
