import { describe, expect, it } from "vitest";
import { shuffledSpectrumOf } from "#eigenscope/analysis/index.js";
import { nodeHost } from "#eigenscope/node/host.js";
import { analyze, shuffledSpectrum } from "#eigenscope/node/index.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { fitBulk, spiked, testEdge } from "#eigenscope/rmt/index.js";
import { ramFiles } from "../ram-files.js";

const SHAPE = { N: 120, M: 60 };
const normal = normalSampler(createRng(8));
const FILES = ramFiles({
  "spiked.npy": { values: Float32Array.from(spiked(SHAPE, [3, 5], createRng(4))), shape: [120, 60] },
});
const CONVOLUTION = ramFiles({
  "conv.npy": { values: Float32Array.from({ length: 24 * 16 * 9 }, normal), shape: [24, 16, 3, 3] },
});

const trace = (eigenvalues: Float64Array): number => eigenvalues.reduce((sum, value) => sum + value, 0);

describe("the shuffled spectrum of a layer", () => {
  it("has the trace of the layer, and none of its spikes", async () => {
    const [{ spectrum, record }] = await analyze(FILES).results();
    const { name, eigenvalues, reason } = await shuffledSpectrum(FILES, 0);
    expect([name, reason, eigenvalues!.length]).toEqual([record.name, null, 60]);
    // 60 sums of squares in another order: a few eps of the sum.
    expect(Math.abs(trace(eigenvalues!) / trace(spectrum!.eigenvalues) - 1)).toBeLessThan(1e-12);
    expect(record.spikes).toBe(2);
    // The shuffled entries have the variance of noise and signal together, and a bulk of their own.
    expect(testEdge(eigenvalues!, fitBulk(eigenvalues!, SHAPE)!).spikes).toBe(0);
    expect(eigenvalues).toEqual(eigenvalues!.slice().sort());
  });

  it("is on the scale of the layer's own eigenvalues, also where slices of a convolution are scaled", async () => {
    const [{ spectrum }] = await analyze(CONVOLUTION, { minEigenvalues: 1 }).results();
    const { eigenvalues } = await shuffledSpectrum(CONVOLUTION, 0, { minEigenvalues: 1 });
    expect(eigenvalues).toHaveLength(spectrum!.eigenvalues.length);
    expect(Math.abs(trace(eigenvalues!) / trace(spectrum!.eigenvalues) - 1)).toBeLessThan(1e-12);
  });

  it("is the permutation that randomize makes: its largest eigenvalue is that of the option's columns", async () => {
    const [row] = (await analyze(FILES, { randomize: 1, seed: 6 }).report()).layers;
    const { eigenvalues } = await shuffledSpectrum(FILES, 0, { seed: 6 });
    expect(row.rand_lambda_max).toBe(eigenvalues!.at(-1));
  });

  it("repeats with its seed and number, and is another one for another", async () => {
    const of = async (seed: number, replicate: number) =>
      (await shuffledSpectrum(FILES, 0, { seed, replicate })).eigenvalues!.at(-1);
    const first = await of(1, 0);
    expect(await of(1, 0)).toBe(first);
    expect(await of(1, 1)).not.toBe(first);
    expect(await of(2, 0)).not.toBe(first);
  });

  it("has a reason instead for a matrix that does not fit in memory at once, before any weight is read", async () => {
    const host = {
      createPool: async () => {
        throw new Error("no pool is needed");
      },
    };
    const wide = ramFiles({ "wide.npy": { values: new Float32Array(0), shape: [2 ** 14, 2 ** 13] } });
    const big = {
      ...wide,
      open: async (name: string) => {
        const { byteLength, read } = await wide.open(name);
        const header = await read(0, byteLength);
        return {
          byteLength: byteLength + 4 * 2 ** 27,
          read: async (offset: number, length: number) => {
            const bytes = new Uint8Array(length);
            bytes.set(header.subarray(offset, offset + length));
            return bytes;
          },
        };
      },
    };
    const found = await shuffledSpectrumOf(big, 0, { host });
    expect(found.eigenvalues).toBeNull();
    expect(found.reason).toContain("the most that are held in memory at once");
  });

  it("rejects for a layer that is not there, a number that is none, and an abort", async () => {
    await expect(shuffledSpectrum(FILES, 1)).rejects.toThrow("the model has no layer 1");
    for (const replicate of [-1, 0.5])
      await expect(shuffledSpectrumOf(FILES, 0, { replicate, host: nodeHost })).rejects.toThrow(
        "replicate must be a whole number from 0",
      );
    await expect(shuffledSpectrum(FILES, 0, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow(
      "enough",
    );
  });
});
