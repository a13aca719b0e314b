import { describe, expect, it } from "vitest";
import { bytesInMemory, openWeightFile } from "#eigenscope/formats/index.js";
import { readAhead } from "../../src/bytes/read-ahead.js";
import { npyHeader, npyOf, zipOf } from "./build-numpy.js";
import { filesInMemory, valuesOf } from "./files-in-memory.js";

const PAGE = 65_536;
const bytes = Uint8Array.from({ length: 5 * PAGE + 100 }, (_, k) => (k * 31 + (k >> 8)) & 255);

function watched() {
  const reads: [number, number][] = [];
  const whole = bytesInMemory(bytes);
  const source = readAhead({
    byteLength: whole.byteLength,
    read: (offset, length) => {
      reads.push([offset, length]);
      return whole.read(offset, length);
    },
  });
  return { source, reads };
}

describe("reading ahead", () => {
  it("gives the bytes of the source, within a page, across two and at the end", async () => {
    const { source } = watched();
    for (const [offset, length] of [
      [0, 10],
      [PAGE - 5, 10],
      [PAGE, 1],
      [3 * PAGE - 1, 2],
      [5 * PAGE + 90, 10],
      [7, 0],
    ])
      expect([...(await source.read(offset, length))]).toEqual([...bytes.subarray(offset, offset + length)]);
  });

  it("reads a page once for all small reads in it, also for those that run side by side", async () => {
    const { source, reads } = watched();
    await Promise.all(Array.from({ length: 100 }, (_, k) => source.read(600 * k, 30)));
    await source.read(PAGE / 2, PAGE / 2);
    expect(reads).toEqual([[0, PAGE]]);
    await source.read(0, PAGE / 2 + 1);
    expect(reads).toEqual([
      [0, PAGE],
      [0, PAGE / 2 + 1],
    ]);
  });

  it("keeps four pages", async () => {
    const { source, reads } = watched();
    for (const page of [0, 1, 2, 3, 0, 4, 1, 0]) await source.read(page * PAGE, 8);
    expect(reads.map(([offset]) => offset / PAGE)).toEqual([0, 1, 2, 3, 4, 0]);
  });

  it("rejects what leaves the source, and reads again after a failure", async () => {
    let fails = true;
    const source = readAhead({
      byteLength: 100,
      read: async (_, length) => {
        if (fails) throw new Error("no");
        return new Uint8Array(length);
      },
    });
    await expect(source.read(0, 4)).rejects.toThrow("no");
    fails = false;
    expect((await source.read(0, 4)).length).toBe(4);
    await expect(watched().source.read(bytes.length - 1, 2)).rejects.toThrow(/leaves/);
  });
});

describe("an archive of many small arrays", () => {
  const array = (k: number): Uint8Array =>
    npyOf(npyHeader({ shape: "(2, 2)" }), new Uint8Array(Float32Array.of(k, 1, 2, 3).buffer));

  it("is opened in a read per page, not in some for each array", async () => {
    const count = 2000;
    const archive = zipOf(Array.from({ length: count }, (_, k) => ({ name: `a${k}.npy`, data: array(k) })));
    const files = filesInMemory({ "x.npz": archive }, "x.npz");
    const file = await openWeightFile(files);
    expect(file.tensors.length).toBe(count);
    // Local headers and arrays' headers are two passes over the file; the directory and the head are a few more reads.
    expect(files.reads.length).toBeLessThan(2 * Math.ceil(archive.length / PAGE) + 20);
    expect(await valuesOf(file.tensors[1234])).toEqual([1234, 1, 2, 3]);
  });

  it("of large arrays reads no page ahead", async () => {
    const large = npyOf(npyHeader({ shape: "(300, 300)" }), new Uint8Array(360_000));
    const files = filesInMemory(
      { "x.npz": zipOf([0, 1, 2].map((k) => ({ name: `a${k}.npy`, data: large }))) },
      "x.npz",
    );
    await openWeightFile(files);
    expect(files.reads.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(PAGE + 8192);
  });
});
