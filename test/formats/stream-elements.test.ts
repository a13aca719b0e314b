import { describe, expect, it } from "vitest";
import type { Room } from "#eigenscope/bytes/byte-source.js";
import { bytesOf } from "#eigenscope/bytes/stored-bytes.js";
import { decodeElements, ELEMENT_TYPES } from "#eigenscope/formats/element-types.js";
import { streamElements } from "#eigenscope/formats/stream-elements.js";

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

function runOf(source: Parameters<typeof bytesOf>[0], count: number) {
  const type = ELEMENT_TYPES.get("F32")!;
  const stored = bytesOf(source, { format: "test", file: "f" });
  return { stored, offset: 0, count, bytesPerElement: 4, decode: (b: Uint8Array) => decodeElements(b, type) };
}

describe("elements that are streamed", () => {
  it("are read into one room, and are the consumer's own", async () => {
    const { source, rooms } = countingSource(10);
    const chunks = [];
    for await (const values of streamElements(runOf(source, 10), { chunk: 4 })) {
      expect(new Set(rooms.map(({ buffer }) => buffer)).size).toBe(1);
      chunks.push(values);
    }
    expect(rooms.map(({ length }) => length)).toEqual([16, 16, 8]);
    expect(chunks.map((values) => [...values])).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
  });

  it("leave no room behind that was large", async () => {
    const count = 2 ** 15;
    const { source, rooms } = countingSource(count);
    for await (const values of streamElements(runOf(source, count), { chunk: count / 2 }))
      expect(values.length).toBe(count / 2);
    expect(rooms.map(({ buffer }) => buffer.byteLength)).toEqual([0, 0]);
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
});
