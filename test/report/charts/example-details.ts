import type { LayerDetail } from "#eigenscope/analysis/layer-detail.js";
import { createRng, normalSampler, type Rng } from "#eigenscope/numeric/index.js";
import { marchenkoPasturQuantiles } from "#eigenscope/rmt/index.js";
import { xminCurve } from "#eigenscope/tails/index.js";
import { pictured, SPECTRA } from "../example-report.js";

type Pictured = ReturnType<(typeof SPECTRA)[string]>;

/** The detail of a fitted spectrum. The band is centred on the edge: charts only draw it. */
export function detailOf({ spectrum, bulk, edge, tail, record }: Pictured, name = record.name): LayerDetail {
  const { eigenvalues, resolvedFloor, N, M, Q, rf } = spectrum!;
  const count = eigenvalues.length;
  const curve = tail === null ? null : xminCurve(eigenvalues, tail);
  return {
    ...{ name, N, M, Q, rf, count, eigenvalues, resolvedFloor },
    zeros: eigenvalues.filter((value) => value <= resolvedFloor).length,
    bulk:
      bulk === null
        ? null
        : {
            N: bulk.N,
            Q: bulk.Q,
            sigma2: bulk.sigma2,
            lambdaPlus: bulk.lambdaPlus,
            lambdaMinus: bulk.lambdaMinus,
            share: bulk.bulkSize / count,
          },
    edge: edge === null ? null : { threshold: edge.threshold, low: edge.centre - 4 * edge.scale, high: edge.threshold },
    spikes: edge?.spikes ?? 0,
    tail:
      tail === null
        ? null
        : {
            alpha: tail.alpha,
            low: tail.alpha - 1.96 * tail.sigma,
            high: tail.alpha + 1.96 * tail.sigma,
            xmin: tail.xmin,
            xmax: tail.xmax,
            nTail: tail.nTail,
            D: tail.ks,
            valid: record.alpha_valid,
          },
    curve,
  };
}

/** The spectra of the report's example, one of each kind. */
export const DETAILS: Readonly<Record<string, () => LayerDetail>> = Object.fromEntries(
  Object.entries(SPECTRA).map(([name, make]) => [name, () => detailOf(make(), name)]),
);

const bulkOf = (N: number, M: number): number[] => Array.from(marchenkoPasturQuantiles(M, N / M), (x) => N * x);

/** Spectra of all phases, of random sizes, scales and numbers of spikes. The same seed gives the same spectrum. */
const MAKERS: readonly ((rng: Rng) => Pictured)[] = [
  (rng) => {
    const [M, Q] = [20 + Math.floor(300 * rng()), 1 + 5 * rng()];
    const N = Math.round(M * Q);
    return pictured(bulkOf(N, M), { N, M }, { alpha_valid: false });
  },
  (rng) => {
    const [M, Q, spikes] = [60 + Math.floor(300 * rng()), 1.2 + 4 * rng(), 1 + Math.floor(12 * rng())];
    const N = Math.round(M * Q);
    const edge = N * (1 + Math.sqrt(M / N)) ** 2;
    const above = Array.from({ length: spikes }, () => edge * (1.2 + 10 * rng() ** 3));
    return pictured([...bulkOf(N, M - spikes), ...above], { N, M }, { alpha_valid: false, phase: "bulk+spikes" });
  },
  (rng) => {
    const [M, alpha, scale] = [40 + Math.floor(600 * rng()), 1.6 + 3 * rng(), 10 ** (8 * rng() - 5)];
    const values = Array.from({ length: M }, () => scale * (1 - rng()) ** (-1 / (alpha - 1)));
    return pictured(values, { N: 2 * M, M });
  },
  (rng) => {
    const [M, normal] = [80 + Math.floor(300 * rng()), normalSampler(rng)];
    return pictured(
      Array.from({ length: M }, () => Math.exp(0.8 * normal())),
      { N: 2 * M, M },
    );
  },
  (rng) => {
    const [M, share] = [60 + Math.floor(200 * rng()), 0.05 + 0.7 * rng()];
    const zeros = Math.floor(share * M);
    return pictured([...new Array<number>(zeros).fill(0), ...bulkOf(3 * M, M - zeros)], { N: 3 * M, M });
  },
];

/** The spectrum number `seed`: five kinds in turn. */
export function seededDetail(seed: number): LayerDetail {
  return detailOf(MAKERS[seed % MAKERS.length](createRng(1000 + seed)), `layer ${seed}`);
}
