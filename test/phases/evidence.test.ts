import { describe, expect, it } from "vitest";
import { normalQuantile } from "#eigenscope/numeric/index.js";
import { type PhaseEvidence, type PhaseFits, phaseEvidence } from "#eigenscope/phases/index.js";
import { liveSpectrum } from "#eigenscope/phases/live-spectrum.js";
import {
  type BulkFit,
  type EdgeTest,
  marchenkoPasturQuantiles,
  type PermutationNull,
  spectralWidth,
  tracyWidomSurvival,
} from "#eigenscope/rmt/index.js";
import type { EntryStatistics, Spectrum } from "#eigenscope/spectra/index.js";
import { bulkTailIndex, type PowerLawFit, type TailIndex, type TailJudgement } from "#eigenscope/tails/index.js";

const M = 100;

function spectrum(N: number, slices: readonly Float64Array[], more: Partial<Spectrum> = {}): Spectrum {
  return {
    eigenvalues: Float64Array.from(slices.flatMap((slice) => [...slice])).sort(),
    slices,
    N,
    M: slices[0].length,
    Q: N / slices[0].length,
    rf: slices.length,
    resolvedFloor: 0,
    unresolved: 0,
    route: "gram",
    precision: "f64",
    ...more,
  };
}

const BULK: BulkFit = {
  sigma2: 1,
  sigma2Se: 0.01,
  lambdaPlus: 4,
  lambdaMinus: 0,
  N: 200,
  Q: 2,
  kurtosis: 3,
  bulkSize: M,
  above: 0,
  zero: 0,
  ks: 0.01,
  converged: true,
};
const EDGE: EdgeTest = {
  ...{ centre: 3, scale: 0.5, statistic: 0, p: 0.5, level: 0.01, threshold: 5, spikes: 0 },
  band: { low: 2, high: 5 },
};
const INDEX: TailIndex = {
  xi: -0.5,
  se: 0.1,
  low: -0.7,
  high: -0.3,
  k: 20,
  dropped: 0,
  raw: -0.5,
  repulsion: 0.4,
  applies: true,
  reason: null,
};
const POWER_LAW: PowerLawFit = { alpha: 3, xmin: 2, xmax: 200, sigma: 0.2, ks: 0.05, nTail: 10, n: M };
const JUDGEMENT: TailJudgement = {
  index: INDEX,
  heavy: 0.1,
  powerLaw: POWER_LAW,
  alphaInterval: null,
  goodnessP: 0.5,
  versus: null,
  bestLaw: null,
  alphaValid: true,
  reason: null,
};
const PLAIN = spectrum(200, [marchenkoPasturQuantiles(M, 2)]);

function evidence(fits: Partial<PhaseFits> = {}, of: Spectrum = PLAIN): PhaseEvidence {
  return phaseEvidence(of, {
    live: liveSpectrum(of),
    end: { nearZeroFraction: 0, trailingDecades: null },
    jump: null,
    permuted: null,
    bulk: BULK,
    goodness: { misfit: 1, p: 0.5 },
    edge: EDGE,
    judgement: JUDGEMENT,
    rank: of.M,
    ...fits,
  });
}

describe("the evidence of the lower end", () => {
  it(
    "counts zeros beyond those of a bulk of that shape and trace: none in a square law, dead columns and " +
      "others all",
    () => {
      const law = marchenkoPasturQuantiles(M, 1);
      const square = (floor: number, values: Float64Array = law) =>
        evidence({}, spectrum(M, [values], { resolvedFloor: floor })).zero_fraction!;
      // Half-way between the tenth and the eleventh of the law: the law has 10 below, to half a step.
      const floor = ((law[9] + law[10]) / 2) * M;
      const scaled = law.map((value) => M * value);
      expect(square(floor, scaled)).toBeLessThan(0.005);
      expect(
        square(
          floor,
          scaled.map((value, i) => (i < 30 ? 0 : value)),
        ),
      ).toBeCloseTo(0.2, 1);
      expect(square(0, new Float64Array(M))).toBe(1);
    },
  );

  it("counts the directions that a matrix has by construction, and no others", () => {
    const values = Float64Array.from({ length: M }, (_, i) => (i < 75 ? 0 : 1));
    // 5 zeros of the 30 directions; the law of 30 columns has none there.
    const of = spectrum(400, [values], { resolvedFloor: 1e-12 });
    expect(evidence({ rank: 30, live: liveSpectrum(of, 30) }, of).zero_fraction).toBeCloseTo(5 / 30, 9);
  });

  it.each([
    ["at a fall with no more than a hundredth of the trace below it", { weight: 0.01, misfit: 1 }, 2],
    ["not where a bulk of its own with more than a hundredth lies below", { weight: 0.0101, misfit: 1 }, 0],
    ["where what lies below misfits by 1.7 or more", { weight: 0.5, misfit: 1.7 }, 2],
    ["not where it misfits by less", { weight: 0.5, misfit: 1.69 }, 0],
    ["where no bulk can be fitted below", { weight: 0.5, misfit: null }, 2],
  ])("looks at a jump %s", (_, { weight, misfit }, decades) => {
    const found = evidence({ jump: { decades: 2, below: 0.4, weight, misfit } });
    expect([found.jump_decades, found.jump_fraction]).toEqual([decades, 0.4]);
    expect(evidence({ jump: { decades: -0.3, below: 0.4, weight: 0, misfit } }).jump_decades).toBe(0);
  });

  it("tells of a trailing end from 86 % near zero on", () => {
    const trailing = (nearZeroFraction: number) =>
      evidence({ end: { nearZeroFraction, trailingDecades: 1.2 } }).trailing_decades;
    expect([trailing(0.86), trailing(0.859)]).toEqual([1.2, null]);
  });

  it("tells of a trailing end where a twelfth of a column and more carries the matrix, not for fewer", () => {
    const trailing = (kurtosis: number | null) => {
      // 240 x 100 entries in each of two matrices; over a kurtosis of 1200 they count as 20, a twelfth of 240.
      const entries = {
        count: 2 * 24_000,
        kurtosis,
        liveRows: [240, 240],
        liveColumns: [M, M],
      } as Partial<EntryStatistics>;
      const of = spectrum(240, [PLAIN.slices[0], PLAIN.slices[0]], { entries: entries as EntryStatistics });
      return evidence({ end: { nearZeroFraction: 0.9, trailingDecades: 1.2 } }, of).trailing_decades;
    };
    expect([trailing(1200), trailing(1201), trailing(null)]).toEqual([1.2, null, 1.2]);
  });
});

describe("the evidence of width and bulk", () => {
  it(
    "takes the wider of the middle four fifths and of nearly all, in which the outermost 2.5 % on each side do " +
      "not count",
    () => {
      const width = (low: number, high: number): number =>
        evidence(
          {},
          spectrum(200, [Float64Array.from({ length: M }, (_, i) => (i < low ? 0.1 : i >= M - high ? 3 : 1))]),
        ).relative_width!;
      const law = marchenkoPasturQuantiles(M, 2);
      const whole = (law[97] - law[2]) / law[50];
      // The middle four fifths are equal, so that they have no width.
      expect(width(2, 2)).toBe(0);
      expect(width(2, 3)).toBeCloseTo(2 / whole, 9);
      expect(width(3, 2)).toBeCloseTo(0.9 / whole, 9);
      // A wide middle between ends that lie no further out: the middle is wider against its law.
      const middle = Float64Array.from({ length: M }, (_, i) => (i < 20 ? 0.2 : i < 80 ? 1 : 2.2));
      const of = spectrum(200, [middle]);
      expect(2 / whole).toBeLessThan(spectralWidth([middle], of)!.ratio);
      expect(evidence({}, of).relative_width).toBe(spectralWidth([middle], of)!.ratio);
    },
  );

  it(
    "takes the smaller of the misfit to a true bulk and the visible one, or the misfit to permuted entries if " +
      "there is one",
    () => {
      const visible = (misfit: number, ks: number, permuted: PermutationNull | null = null) =>
        evidence({ goodness: { misfit, p: 0.5 }, bulk: { ...BULK, ks }, permuted }).visible_misfit!;
      expect(visible(3, 2 * 0.0085)).toBeCloseTo(2, 12);
      expect(visible(1.5, 2 * 0.0085)).toBe(1.5);
      expect(visible(1.5, 2 * 0.0085, PERMUTED)).toBe(7);
      expect(evidence({ goodness: null, bulk: null, edge: null })).toMatchObject({
        visible_misfit: null,
        edge_score: null,
        mp_soft_rank: null,
      });
    },
  );

  const PERMUTED: PermutationNull = {
    permutations: 99,
    edgeP: 0.5,
    bulkP: 0.5,
    misfitRatio: 7,
    threshold: 5,
    level: 0.01,
    spikes: 0,
    largestMean: 5,
    largestSd: 0.3,
  };

  it(
    "scores the largest eigenvalue by its p, or among those of permuted entries by the Tracy-Widom law of " +
      "their mean and deviation",
    () => {
      expect(evidence({ edge: { ...EDGE, p: 0.01 } }).edge_score).toBeCloseTo(-normalQuantile(0.01), 12);
      expect(evidence({ edge: { ...EDGE, p: 0 } }).edge_score).toBeGreaterThan(30);
      expect(evidence({ edge: { ...EDGE, p: 1 } }).edge_score).toBeLessThan(-7);
      const largest = PLAIN.eigenvalues[M - 1];
      // Mean and standard deviation of the law [TW96].
      for (const deviations of [0, 1, -1, 5]) {
        const permuted = { ...PERMUTED, largestMean: largest - deviations * 0.3 };
        const p = tracyWidomSurvival(-1.206533574582 + deviations * 1.2679805514);
        expect(evidence({ permuted }).edge_score).toBeCloseTo(-normalQuantile(p), 8);
      }
    },
  );

  it("measures the edge from lambda+ in Tracy-Widom scales, and the soft rank to it, at most 1, with its error", () => {
    const of = spectrum(200, [Float64Array.from({ length: M }, (_, i) => (i === M - 1 ? 5 : 1))]);
    expect(evidence({}, of)).toMatchObject({ edge_gap: 2, mp_soft_rank: 0.8 });
    expect(evidence({}, of).mp_soft_rank_se).toBeCloseTo(0.8 * Math.sqrt((2 / 200) * 0.2), 12);
    expect(evidence({ bulk: { ...BULK, lambdaPlus: 6 } }, of)).toMatchObject({ mp_soft_rank: 1, mp_soft_rank_se: 0 });
  });

  it(
    "counts spikes, their share of all eigenvalues and of the trace, and leaves the first five per matrix out " +
      "of the crowding",
    () => {
      const slice = Float64Array.from({ length: 20 }, (_, i) => (i < 14 ? 1 : 10));
      const found = (spikes: number, rf: number) =>
        evidence(
          { edge: { ...EDGE, spikes } },
          spectrum(
            40,
            Array.from({ length: rf }, () => slice),
          ),
        );
      expect(found(6, 1)).toMatchObject({ spikes: 6, spike_fraction: 0.3, crowding: 1 / 20, spike_weight: 60 / 74 });
      expect(found(5, 1).crowding).toBe(0);
      expect(found(0, 1)).toMatchObject({ crowding: 0, spike_weight: 0 });
      expect(found(12, 2)).toMatchObject({ spike_fraction: 0.3, crowding: 2 / 40, spike_weight: 60 / 74 });
    },
  );
});

describe("the evidence of the tail", () => {
  it("adds to the index of a bulk of that shape, size and number of matrices, where the index applies", () => {
    for (const rf of [1, 9]) {
      const of = spectrum(
        200,
        Array.from({ length: rf }, () => PLAIN.slices[0]),
      );
      expect(evidence({}, of).tail_index_excess).toBe(-0.5 - bulkTailIndex({ N: 200, M, k: 20, rf }).xi);
    }
    const parted = { ...JUDGEMENT, index: { ...INDEX, applies: false, reason: "a gap" } };
    expect(evidence({ judgement: parted })).toMatchObject({
      tail_index: null,
      tail_index_k: null,
      tail_index_excess: null,
    });
    expect(evidence()).toMatchObject({
      tail_index: -0.5,
      tail_index_low: -0.7,
      tail_index_high: -0.3,
      tail_index_k: 20,
    });
  });

  it("tells how much of the spectrum the power law covers, and over how many decades", () => {
    expect(evidence()).toMatchObject({ alpha: 3, ks: 0.05, tail_fraction: 0.1, tail_decades: 2 });
    expect(evidence({ judgement: { ...JUDGEMENT, powerLaw: null } })).toMatchObject({
      alpha: null,
      tail_fraction: null,
      tail_decades: null,
    });
  });
});
