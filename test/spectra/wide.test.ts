import v8 from "node:v8";
import { describe, expect, it } from "vitest";
import { createWasmEngine, engineBytes, inPlacePool } from "#eigenscope/spectra/index.js";

// Before any kernel is compiled: Node 20 hides relaxed SIMD, and with it the fused build, behind a flag.
if (Number.parseInt(process.versions.node, 10) < 22) v8.setFlagsFromString("--experimental-wasm-relaxed-simd");

/** Just past 2^26 entries, from where on a wide matrix is read in passes. */
const [M, N] = [260, 260_000];

/** 24-bit fractions that grow tenfold after row 200, so that the scale changes in the middle of a pass. */
function entry(i: number, j: number): number {
  const z = Math.imul(i * N + j + 1, 0x85ebca6b);
  return (((z ^ (z >>> 13)) >> 8) / 2 ** 24) * (i < 200 ? 1 : 10);
}

/** The matrix as stored rows of N values, or transposed as rows of M. */
function source(rows: number, cols: number, rowsAtOnce: number) {
  const wide = rows < cols;
  return {
    count: 1,
    rows,
    cols,
    reads: 0,
    async *blocks() {
      this.reads++;
      for (let at = 0; at < rows; at += rowsAtOnce) {
        const height = Math.min(rowsAtOnce, rows - at);
        const block = new Float32Array(height * cols);
        for (let i = 0, k = 0; i < height; i++)
          for (let j = 0; j < cols; j++, k++) block[k] = wide ? entry(at + i, j) : entry(j, at + i);
        yield block;
      }
    },
  };
}

describe("a large wide matrix", () => {
  it("has the bits of its transpose, is read in passes and stands in memory only in part", async () => {
    const pool = inPlacePool(createWasmEngine());
    const [wide, tall] = [source(M, N, 7), source(N, M, 5000)];
    const found = await pool.solve(wide, undefined, { precision: "f32" });
    const expected = await pool.solve(tall, undefined, { precision: "f32" });
    expect({ ...found, entries: undefined }).toEqual({ ...expected, entries: undefined });
    // Each entry counts once, however often it is read; the sums run in another order.
    expect(found.entries).toMatchObject({ count: M * N, liveRows: [N], liveColumns: [M] });
    expect(found.entries?.kurtosis).toBeCloseTo(expected.entries?.kurtosis as number, 9);
    expect([wide.reads, tall.reads]).toEqual([2, 1]);
    await pool.close();
  });

  it("needs less than 500 MiB however wide it is: 4096 x 128256", () => {
    for (const precision of ["f64", "f32"] as const)
      expect(engineBytes({ rows: 4096, cols: 128_256 }, precision)).toBeLessThan(500 * 2 ** 20);
  });
});
