import { describe, expect, it } from "vitest";
import { openWeightFile } from "#eigenscope/formats/index.js";
import { hardRank, matrixEntropy, mpSoftRank, stableRank } from "#eigenscope/metrics/index.js";
import { analyze, localFiles } from "#eigenscope/node/index.js";
import { createRng, shuffleInPlace } from "#eigenscope/numeric/index.js";
import { edgeScale, fitBulk, testEdge, wishart } from "#eigenscope/rmt/index.js";
import { ramFiles } from "../ram-files.js";
import { spectrumOf } from "../spectrum-of.js";

/** The values of a pure Marchenko-Pastur spectrum, as [MM21] section 6 shows them at epoch 0 of MiniAlexNet. */
const INITIALISED = [
  { layer: "FC1", N: 4096, M: 384, stableRank: 225.1, entropy: 0.9921, softRank: 0.97 },
  { layer: "FC2", N: 384, M: 192, stableRank: 65.9, entropy: 0.9524, softRank: 0.95 },
];

describe("freshly initialised layers", () => {
  it.each(INITIALISED)(
    "$layer, $N x $M: stable rank M/(1 + 1/sqrt Q)^2 = $stableRank, entropy 1 - 1/(2 Q ln M) = $entropy",
    ({ N, M, ...theory }) => {
      const Q = N / M;
      expect(M / (1 + 1 / Math.sqrt(Q)) ** 2).toBeCloseTo(theory.stableRank, 1);
      expect(1 - 1 / (2 * Q * Math.log(M))).toBeCloseTo(theory.entropy, 4);

      const spectrum = spectrumOf(Float32Array.from(wishart({ N, M }, createRng(2021), Math.sqrt(2 / (N + M)))), {
        N,
        M,
      });
      const bulk = fitBulk(spectrum.eigenvalues, { N, M })!;
      const rank = hardRank(spectrum);
      expect(rank).toBe(M);
      // lambda_max lies 1.2 Tracy-Widom scales below the edge on average, with a standard deviation of 1.3: within
      // 1.2 + 3 * 1.3 of them.
      const { centre, scale } = edgeScale(N, M);
      expect(Math.abs(stableRank(spectrum) / theory.stableRank - 1)).toBeLessThan((5.1 * scale) / centre);
      // The entropy of a Wishart spectrum fluctuates by about 1/(M Q).
      expect(Math.abs(matrixEntropy(spectrum, rank)! - theory.entropy)).toBeLessThan(4 / (M * Q) + 2e-4);
      expect(mpSoftRank(spectrum, bulk)).toBeGreaterThan(theory.softRank);
      expect(mpSoftRank(spectrum, bulk)).toBeLessThanOrEqual(1);
      expect(testEdge(spectrum.eigenvalues, bulk).spikes).toBe(0);
    },
  );

  it("shows a spike at the 1 % level in about 1 seed of 100: 4096 x 384 scaled down to 512 x 48, 400 seeds", () => {
    const shape = { N: 512, M: 48 };
    const hits = Array.from({ length: 400 }, (_, seed) => {
      const { eigenvalues } = spectrumOf(wishart(shape, createRng(seed)), shape);
      return testEdge(eigenvalues, fitBulk(eigenvalues, shape)!).spikes > 0 ? 1 : 0;
    });
    // 4 expected, standard deviation 2: at most 4 + 4 * 2.
    expect(hits.reduce((sum: number, hit) => sum + hit, 0)).toBeLessThanOrEqual(12);
  });
});

describe("a trained layer", () => {
  it("goes back to Marchenko-Pastur when its entries are shuffled, with the same variance of entries", async () => {
    const example = new URL("../../examples/digits_b4.safetensors", import.meta.url).pathname;
    const trained = (await analyze(example).report()).layers.find(({ name }) => name === "2")!;
    expect(trained.phase).not.toBe("random-like");
    const file = await openWeightFile(await localFiles(example));
    const parts: number[] = [];
    for await (const values of file.tensors.find(({ name }) => name === "2.weight")!.values()) parts.push(...values);
    await file.close();
    const W = shuffleInPlace(Float32Array.from(parts), createRng(1));
    const variance = W.reduce((sum, w) => sum + w * w, 0) / W.length;
    const [shuffled] = (await analyze(ramFiles({ "shuffled.npy": { values: W, shape: trained.shape } })).report())
      .layers;
    expect(shuffled.phase).toBe("random-like");
    expect(shuffled.mp_soft_rank).toBeGreaterThan(0.93);
    // The bulk's variance is that of the entries: their kurtosis moves it by a few per cent at this size.
    expect(Math.abs(shuffled.bulk_sigma! ** 2 / variance - 1)).toBeLessThan(0.04);
    expect(shuffled.alpha_valid).toBe(false);
  });
});
