import { describe, expect, it } from "vitest";
import { digested } from "#eigenscope/analysis/store/content-digest.js";
import { digestOf, digestOfData } from "#eigenscope/analysis/store/digest.js";
import { digestOfFiles, identifyFiles } from "#eigenscope/analysis/store/file-identity.js";
import { bytesInMemory, type FileSet } from "#eigenscope/formats/index.js";
import type { MatrixSource } from "#eigenscope/layers/index.js";

const [rows, cols] = [1500, 1000];
/** 6 MB of f32: two parts of 4 MiB. */
const values = Float32Array.from({ length: rows * cols }, (_, i) => Math.sin(i));

function sourceOf(all: Float32Array | Float64Array, rowsPerBlock: number): MatrixSource {
  return {
    ...{ count: 1, rows, cols },
    async *blocks() {
      const step = rowsPerBlock * cols;
      for (let from = 0; from < all.length; from += step) yield all.slice(from, from + step);
    },
  };
}

async function contentOf(source: MatrixSource): Promise<string> {
  const watched = digested(source);
  for await (const block of watched.source.blocks()) block.fill(0);
  return watched.content();
}

describe("digests", () => {
  it("of bytes are SHA-256", async () => {
    expect(await digestOf(new TextEncoder().encode("abc"))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });

  it("of data do not depend on the order of keys, nor on absent fields, but on everything else", async () => {
    const digest = await digestOfData({ a: 1, b: [{ c: 2, d: "x" }] });
    expect(await digestOfData({ b: [{ d: "x", c: 2, e: undefined }], a: 1 })).toBe(digest);
    for (const other of [
      { a: 2, b: [{ c: 2, d: "x" }] },
      { a: 1, b: [{ c: 2, d: "y" }] },
      { a: 1, b: [], c: 1 },
      { a: 1, b: [{ c: 2, d: "x" }], e: null },
    ])
      expect(await digestOfData(other)).not.toBe(digest);
  });

  it("of lists depend on the order", async () => {
    expect(await digestOfData([2, 1])).not.toBe(await digestOfData([1, 2]));
    expect(await digestOfData([["b"], ["a"]])).not.toBe(await digestOfData([["a"], ["b"]]));
  });

  it("of a stack's values do not depend on its blocks, nor on what the consumer does with them", async () => {
    const whole = await contentOf(sourceOf(values, rows));
    for (const rowsPerBlock of [1, 7, 1000, 1049]) expect(await contentOf(sourceOf(values, rowsPerBlock))).toBe(whole);
  });

  it("of a stack's values depend on each value, on the shape and on the type", async () => {
    const whole = await contentOf(sourceOf(values, 100));
    for (const at of [0, values.length - 1, 1_048_576]) {
      const other = values.slice();
      other[at] += 1;
      expect(await contentOf(sourceOf(other, 100))).not.toBe(whole);
    }
    expect(await contentOf(sourceOf(Float64Array.from(values), 100))).not.toBe(whole);
    expect(await contentOf({ ...sourceOf(values, 100), rows: cols, cols: rows })).not.toBe(whole);
    expect(await contentOf({ ...sourceOf(values, 100), count: 2, rows: rows / 2 })).not.toBe(whole);
    const zeros = (of: Float32Array | Float64Array, count: number) => contentOf({ ...sourceOf(of, 100), count });
    expect(await zeros(new Float64Array(rows * cols), 1)).not.toBe(await zeros(new Float32Array(2 * rows * cols), 1));
  });

  it("of a stack's values are those of its first whole reading, and there is none before", async () => {
    const watched = digested(sourceOf(values, 100));
    await expect(watched.content()).rejects.toThrow(/not read to its end/);
    const reading = watched.source.blocks()[Symbol.asyncIterator]();
    await reading.next();
    await reading.return?.();
    await expect(watched.content()).rejects.toThrow(/not read to its end/);
    for (let pass = 0; pass < 2; pass++) for await (const _ of watched.source.blocks());
    expect(await watched.content()).toBe(await contentOf(sourceOf(values, 100)));
  });
});

describe("the identity of files", () => {
  const LENGTH = 200_000;
  const bytes = Uint8Array.from({ length: LENGTH }, (_, i) => (i * 31) % 251);
  const setOf = (content: Uint8Array, modified?: string): FileSet => ({
    ...{ label: "x", entry: "x", list: async () => ["x"], open: async () => bytesInMemory(content) },
    ...(modified !== undefined && { modified: async () => modified }),
  });
  const identify = (content: Uint8Array, modified?: string) => identifyFiles(setOf(content, modified), ["x"]);

  it("is the same for copies, apart from the time of their last change", async () => {
    const [[a], [b]] = [await identify(bytes, "1"), await identify(bytes, "2")];
    expect(a).toEqual({ ...b, modified: "1" });
    expect(await digestOfFiles([a])).toBe(await digestOfFiles([b]));
    expect(await identify(bytes)).toEqual([{ name: "x", byteLength: LENGTH, sample: a.sample }]);
  });

  it("sees another length, and another byte at either end or in a sample between them", async () => {
    const [{ sample }] = await identify(bytes);
    for (const at of [0, 4095, LENGTH - 1, LENGTH - 4096, Math.floor((7 * (LENGTH - 4096)) / 15)]) {
      const other = bytes.slice();
      other[at] ^= 1;
      expect((await identify(other))[0].sample).not.toBe(sample);
    }
    const [longer] = await identify(new Uint8Array([...bytes, 0]));
    expect([longer.byteLength, longer.sample === sample]).toEqual([LENGTH + 1, false]);
  });

  it("is that of small and empty files too", async () => {
    for (const length of [0, 1, 4096, 4097])
      expect((await identify(bytes.slice(0, length)))[0].byteLength).toBe(length);
    const [[one], [two]] = [await identify(Uint8Array.of(1)), await identify(Uint8Array.of(2))];
    expect(one.sample).not.toBe(two.sample);
  });
});
