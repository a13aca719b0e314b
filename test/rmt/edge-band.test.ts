import { describe, expect, it } from "vitest";
import { createRng } from "#eigenscope/numeric/index.js";
import { fitBulk, testEdge, wishartSpectrum } from "#eigenscope/rmt/index.js";

interface Drawn {
  readonly N: number;
  readonly M: number;
  readonly rf: number;
  readonly draws: number;
}

/** The shares of pure bulks whose largest eigenvalue lies below and above their band. */
function outside({ N, M, rf, draws }: Drawn): { below: number; above: number } {
  const rng = createRng(11);
  let [below, above] = [0, 0];
  for (let draw = 0; draw < draws; draw++) {
    const pooled = new Float64Array(M * rf);
    for (let slice = 0; slice < rf; slice++) pooled.set(wishartSpectrum({ N, M }, rng), slice * M);
    const bulk = fitBulk(pooled.sort(), { N, M, rf })!;
    const { low, high } = testEdge(pooled, bulk, { rf }).band;
    if (pooled[pooled.length - 1] < low) below++;
    if (pooled[pooled.length - 1] > high) above++;
  }
  return { below: below / draws, above: above / draws };
}

describe("the Tracy-Widom band of a bulk's edge", () => {
  it.each([
    { N: 32, M: 16, rf: 1, draws: 4000 },
    { N: 32, M: 32, rf: 1, draws: 3000 },
    { N: 200, M: 20, rf: 1, draws: 4000 },
    { N: 16, M: 8, rf: 4, draws: 3000 },
  ])("leaves 1 of 100 pure $N x $M bulks, $rf pooled, on each side", (drawn) => {
    const { below, above } = outside(drawn);
    // Three standard errors of 1 % over the draws, and a third of it for the table.
    const most = 0.01 / 3 + 3 * Math.sqrt((0.01 * 0.99) / drawn.draws);
    expect(Math.abs(below - 0.01)).toBeLessThan(most);
    expect(Math.abs(above - 0.01)).toBeLessThan(most);
  });

  it("ends at the threshold of spikes at its default level, and does not move with another level", () => {
    const eigenvalues = wishartSpectrum({ N: 200, M: 100 }, createRng(2));
    const bulk = fitBulk(eigenvalues, { N: 200, M: 100 })!;
    const at1 = testEdge(eigenvalues, bulk);
    const at5 = testEdge(eigenvalues, bulk, { level: 0.05 });
    expect(at1.band.high).toBe(at1.threshold);
    expect(at5.band).toEqual(at1.band);
    expect(at5.threshold).toBeLessThan(at5.band.high);
    expect(at5.threshold).toBeGreaterThan(at5.band.low);
  });
});
