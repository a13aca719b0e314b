import { describe, expect, it } from "vitest";
import type { Tensor, ValueRange } from "#eigenscope/formats/tensor.js";
import { BLOCK_BYTES, loadRows, storedRows } from "#eigenscope/layers/stored-rows.js";

/** A tensor of f32 zeros that yields what it is asked for, and how many values it was asked for at a time. */
function askedTensor() {
  const asked: (number | undefined)[] = [];
  const tensor = {
    ...{ name: "w", file: "f", storedBits: 32 },
    async *values({ from = 0, to = 0, chunk }: ValueRange = {}) {
      asked.push(chunk);
      for (let at = from; at < to; at += chunk!) yield new Float32Array(Math.min(chunk!, to - at));
    },
  } as unknown as Tensor;
  return { tensor, asked };
}

describe("rows that are stored one after the other", () => {
  const perBlock = BLOCK_BYTES / 4;

  it("are asked for in blocks of whole rows, of one row if that is longer than a block", async () => {
    for (const [length, chunk] of [
      [perBlock / 4, perBlock],
      [perBlock / 4 + 1, 3 * (perBlock / 4 + 1)],
      [perBlock, perBlock],
      [perBlock + 1, perBlock + 1],
    ]) {
      const { tensor, asked } = askedTensor();
      const lengths = [];
      for await (const block of storedRows(tensor, { from: 0, rows: 5, length })) lengths.push(block.length);
      expect(asked).toEqual([chunk]);
      expect(lengths.every((found) => found % length === 0)).toBe(true);
      expect(lengths.reduce((sum, found) => sum + found, 0)).toBe(5 * length);
    }
  });

  it("are asked for at once where they are loaded", async () => {
    const { tensor, asked } = askedTensor();
    expect((await loadRows(tensor, { from: 7, rows: 5, length: perBlock })).length).toBe(5 * perBlock);
    expect(asked).toEqual([5 * perBlock]);
  });
});
