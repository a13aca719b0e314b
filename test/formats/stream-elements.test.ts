import { describe, expect, it } from "vitest";
import type { Room } from "#eigenscope/bytes/byte-source.js";
import { giveBack } from "#eigenscope/bytes/recycled-buffers.js";
import { bytesOf } from "#eigenscope/bytes/stored-bytes.js";
import { decodeElements, ELEMENT_TYPES } from "#eigenscope/formats/element-types.js";
import { type Decode, type ElementRun, streamElements } from "#eigenscope/formats/stream-elements.js";

/** A source of f32 numbers 0, 1, 2 ... that puts them into the room that it is given, and the rooms. */
function countingSource(count: number) {
  const all = new Uint8Array(Float32Array.from({ length: count }, (_, k) => k).buffer);
  const rooms: Uint8Array[] = [];
  const source = {
    byteLength: all.length,
    async read(offset: number, length: number, _signal?: AbortSignal, into?: Room) {
      const bytes = into!(length);
      rooms.push(bytes);
      bytes.set(all.subarray(offset, offset + length));
      return bytes;
    },
  };
  return { source, rooms };
}

function runOf(source: Parameters<typeof bytesOf>[0], count: number, dtype = "F32") {
  const type = ELEMENT_TYPES.get(dtype)!;
  const stored = bytesOf(source, { format: "test", file: "f" });
  const decode: Decode = (bytes, owned) => decodeElements(bytes, type, { owned });
  return { stored, offset: 0, count, bytesPerElement: type.bytes, decode };
}

async function chunksOf(run: ElementRun, chunk: number) {
  const chunks = [];
  for await (const values of streamElements(run, { chunk })) chunks.push(values);
  return chunks;
}

describe("elements that are streamed", () => {
  it("are the memory that they were read into, if they are stored as they are", async () => {
    const { source, rooms } = countingSource(10);
    const chunks = await chunksOf(runOf(source, 10), 4);
    expect(rooms.map(({ length }) => length)).toEqual([16, 16, 8]);
    expect(chunks.map(({ buffer }) => buffer)).toEqual(rooms.map(({ buffer }) => buffer));
    expect(chunks.map((values) => [...values])).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
  });

  it("are others where they are decoded, and what they were read into is given back", async () => {
    const count = 2 ** 16;
    const { source, rooms } = countingSource(count / 2);
    const chunks = await chunksOf(runOf(source, count, "F16"), count / 2);
    expect(rooms.map(({ buffer }) => buffer.byteLength)).toEqual([0, 0]);
    expect(chunks.map(({ length }) => length)).toEqual([count / 2, count / 2]);
  });

  it("are copies where the source keeps its bytes, or gives a part of the room", async () => {
    const bytes = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
    const kept = {
      byteLength: 16,
      read: async (offset: number, length: number) => bytes.subarray(offset, offset + length),
    };
    const [values] = await chunksOf(runOf(kept, 4), 4);
    expect([[...values], values.buffer === bytes.buffer]).toEqual([[1, 2, 3, 4], false]);

    let room: Uint8Array | undefined;
    const larger = {
      byteLength: 16,
      async read(offset: number, length: number, _signal?: AbortSignal, into?: Room) {
        room = into!(length + 4);
        room.set(bytes.subarray(offset, offset + length), 4);
        return room.subarray(4);
      },
    };
    const [others] = await chunksOf(runOf(larger, 4), 4);
    expect([[...others], others.buffer === room!.buffer]).toEqual([[1, 2, 3, 4], false]);
  });

  it("leave the bytes of a source alone, whatever the order on disk", () => {
    const stored = Uint8Array.of(0x3f, 0x80, 0, 0);
    expect([...decodeElements(stored, ELEMENT_TYPES.get("F32")!, { bigEndian: true })]).toEqual([1]);
    expect([...stored]).toEqual([0x3f, 0x80, 0, 0]);
  });

  it("of a type that is decoded into other memory leave no copy of what was stored", () => {
    const stored = new Uint8Array(2 ** 17);
    const copies: ArrayBuffer[] = [];
    const type = ELEMENT_TYPES.get("BF16")!;
    const decode = (buffer: ArrayBuffer) => {
      copies.push(buffer);
      return type.decode(buffer);
    };
    expect(decodeElements(stored, { ...type, decode }).length).toBe(2 ** 16);
    expect([stored.length, copies[0].byteLength]).toEqual([2 ** 17, 0]);
    expect(decodeElements(stored, ELEMENT_TYPES.get("F32")!).length).toBe(2 ** 15);
  });

  it.each([...ELEMENT_TYPES.keys()])("of type %s have no trace of what was in their memory before", (dtype) => {
    const type = ELEMENT_TYPES.get(dtype)!;
    const count = 2 ** 16;
    const stored = new Uint8Array(count * type.bytes);
    for (const bytes of [1, 2, 4, 8]) giveBack(new Uint8Array(count * bytes).fill(0xff));
    const zero = decodeElements(stored.slice(0, type.bytes), type)[0];
    expect(decodeElements(stored, type).every((value) => value === zero)).toBe(true);
  });
});
