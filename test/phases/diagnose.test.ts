import { describe, expect, it } from "vitest";
import { createRng } from "#eigenscope/numeric/index.js";
import { absoluteBoundObjection, alphaObjection } from "#eigenscope/phases/alpha-validity.js";
import { diagnose, entryObjection, PHASES } from "#eigenscope/phases/index.js";
import { liveSpectrum } from "#eigenscope/phases/live-spectrum.js";
import {
  bulkGoodness,
  fitBulk,
  levelSpacing,
  marchenkoPasturQuantiles,
  testEdge,
  wishartSpectrum,
} from "#eigenscope/rmt/index.js";
import { type EntryStatistics, type Spectrum, storageFloor } from "#eigenscope/spectra/index.js";
import { judgeTail, type PowerLawFit, tailIndex } from "#eigenscope/tails/index.js";

const F32 = { dtype: "F32", storedBits: 32 };

function spectrum(N: number, slices: readonly Float64Array[], more: Partial<Spectrum> = {}): Spectrum {
  return {
    eigenvalues: Float64Array.from(slices.flatMap((slice) => [...slice])).sort(),
    slices,
    N,
    M: slices[0].length,
    Q: N / slices[0].length,
    rf: slices.length,
    resolvedFloor: 1e-12,
    unresolved: 0,
    route: "gram",
    precision: "f64",
    ...more,
  };
}

function entriesOf(more: Partial<EntryStatistics>): EntryStatistics {
  return {
    count: 20_000,
    zeros: 0,
    mean: 0,
    meanSquare: 1,
    kurtosis: 3,
    maxAbs: 4,
    medianAbs: 0.674,
    liveRows: [200],
    liveColumns: [100],
    ...more,
  };
}

const draw = (count: number, seed = 1): Float64Array[] => {
  const rng = createRng(seed);
  return Array.from({ length: count }, () => wishartSpectrum({ N: 200, M: 100 }, rng));
};

describe("diagnose", () => {
  it("fits and tests pooled matrices as so many, and takes spacings within each of them", () => {
    const of = spectrum(200, draw(4));
    const { bulk, goodness, edge, spacing } = diagnose(of, F32);
    expect(bulk).toEqual(fitBulk(of.eigenvalues, { N: 200, M: 100, rf: 4, floor: 1e-12 }));
    expect(goodness).toEqual(bulkGoodness(bulk!, 4));
    expect(goodness!.misfit).not.toBe(bulkGoodness(bulk!).misfit);
    expect(edge).toEqual(testEdge(of.eigenvalues, bulk!, { rf: 4 }));
    expect(spacing).toEqual(levelSpacing(of.slices, bulk!));
  });

  it("reckons with the kurtosis of the entries, and with the live sides of the matrix", () => {
    const [values] = draw(1);
    const dead = Float64Array.of(...new Float64Array(20), ...values.subarray(20));
    const entries = entriesOf({ kurtosis: 5, liveRows: [150], liveColumns: [80] });
    const { bulk, evidence } = diagnose(spectrum(200, [dead], { entries }), F32);
    expect(bulk).toEqual(fitBulk(values.subarray(20), { N: 150, M: 80, kurtosis: 5, floor: 1e-12 }));
    expect(bulk!.kurtosis).toBe(5);
    expect(evidence.zero_fraction).toBeCloseTo(0.2, 12);
  });

  it.each([
    [1.52, 25],
    [1.48, 0],
  ])(
    "leaves out of bulk and tail what lies below a fall of more than 1.5 decades: of %d, %d of 100 in each " +
      "of two matrices",
    (decades, fallen) => {
      const law = marchenkoPasturQuantiles(100, 2).map((value, i) => 200 * (i < 25 ? 10 ** -decades : 1) * value);
      const of = spectrum(200, [law, law.map((value) => 1.4 * value)]);
      const { bulk, judgement } = diagnose(of, F32);
      if (fallen > 0) expect(bulk!.zero).toBe(2 * fallen);
      else expect(bulk?.zero ?? 0).toBe(0);
      const floor = fallen > 0 ? of.slices[1][fallen - 1] : 1e-12;
      expect(judgement).toEqual(judgeTail(of.eigenvalues, { floor }));
      expect(judgement.index!.k).toBe(tailIndex(of.eigenvalues, { floor })!.k);
      expect(tailIndex(of.eigenvalues, { floor: of.slices[1][24] })!.k).toBeLessThan(tailIndex(of.eigenvalues)!.k);
    },
  );

  it("has for its zero the larger of the floors of arithmetic and storage", () => {
    const of = spectrum(200, draw(1));
    const stored = storageFloor(of, { dtype: "BF16", storedBits: 16 });
    expect(stored).toBeGreaterThan(1e-12);
    expect(diagnose(of, { dtype: "BF16", storedBits: 16 }).zeroFloor).toBe(stored);
    expect(diagnose({ ...of, resolvedFloor: 2 * stored }, { dtype: "BF16", storedBits: 16 }).zeroFloor).toBe(
      2 * stored,
    );
  });

  it("names no phase of an adapter whose rank is below 16, and one of rank 16", () => {
    const [values] = draw(1);
    const { phase, reason } = diagnose(spectrum(200, [values]), { ...F32, knownRank: 15 }).decision;
    expect([phase, reason]).toEqual([null, expect.stringMatching(/^Too small to tell: 15 eigenvalues/)]);
    expect(diagnose(spectrum(200, [values]), { ...F32, knownRank: 16 }).decision.phase).not.toBeNull();
  });
});

describe("liveSpectrum", () => {
  const slices = draw(2);

  it("cuts each matrix to its live columns, its live rows and its rank, whichever is least", () => {
    const sizes = (liveRows: number[], liveColumns: number[], rank?: number) =>
      liveSpectrum(spectrum(200, slices, { entries: entriesOf({ liveRows, liveColumns }) }), rank).slices.map(
        ({ length }) => length,
      );
    expect(sizes([200, 200], [100, 70])).toEqual([100, 70]);
    expect(sizes([200, 60], [100, 70])).toEqual([100, 60]);
    expect(sizes([200, 60], [100, 70], 50)).toEqual([50, 50]);
  });

  it("pools the live parts in ascending order, and keeps the longer of the live sides for N", () => {
    const entries = entriesOf({ liveRows: [200, 60], liveColumns: [100, 70] });
    const live = liveSpectrum(spectrum(200, slices, { entries }));
    expect(live).toMatchObject({ N: (200 + 70) / 2, M: (100 + 60) / 2, rf: 2, kurtosis: 3 });
    expect(live.eigenvalues).toEqual(Float64Array.from([...slices[0], ...slices[1].subarray(40)]).sort());
    expect(
      liveSpectrum(
        spectrum(200, slices, {
          entries: entriesOf({ kurtosis: null, liveRows: [200, 200], liveColumns: [100, 100] }),
        }),
      ).kurtosis,
    ).toBe(3);
  });
});

describe("entryObjection", () => {
  it("measures the largest entry in deviations of the live entries", () => {
    // 20,000 entries, a quarter of them in live rows and columns: the live mean square is 4 times that of all. The
    // bound is half of sqrt(N M) mean squares, 70.7 in a bulk of 200 x 100.
    const entries = (maxAbs: number) => entriesOf({ maxAbs, liveRows: [100], liveColumns: [50] });
    const shape = { N: 200, M: 100, kurtosis: 3 };
    expect(entryObjection({ entries: entries(2 * 8.4) }, shape)).toBeNull();
    expect(entryObjection({ entries: entries(2 * 8.42) }, shape)).toMatch(/largest entry is 8.42 standard deviations/);
    expect(entryObjection({}, shape)).toBeNull();
  });
});

describe("why alpha is not read", () => {
  const sound = judgeTail(
    Float64Array.from({ length: 300 }, (_, i) => (1 - (i + 0.5) / 300) ** -0.6),
    { independent: true },
  );

  it("is that a bulk describes the spectrum, in the three phases that have one, or that there is no phase", () => {
    expect(sound.reason).toBeNull();
    const objecting = [...PHASES, "undecided" as const].filter((phase) => alphaObjection(sound, phase) !== null);
    expect(objecting).toEqual(["random-like", "bleeding-out", "bulk+spikes"]);
    expect(alphaObjection(sound, "bleeding-out")).toMatch(/^the spectrum is bleeding-out: /);
    expect(alphaObjection(sound, null)).toBe("too few eigenvalues to test the fit");
    expect(alphaObjection({ ...sound, reason: "a gap" }, null)).toBe("too few eigenvalues to test the fit");
    expect(alphaObjection({ ...sound, reason: "a gap" }, "heavy-tailed")).toBe("a gap");
    expect(alphaObjection({ ...sound, powerLaw: null, reason: "no power law" }, null)).toBe("no power law");
  });

  it(
    "is WeightWatcher's bound of 1e-5 where it moves alpha by more than a millionth, with the alpha that there " +
      "is without it",
    () => {
      const withAlpha = (alpha: number): PowerLawFit => ({
        alpha,
        xmin: 1,
        xmax: 9,
        sigma: 0.1,
        ks: 0.1,
        nTail: 50,
        n: 100,
      });
      const free = withAlpha(2.5);
      expect(absoluteBoundObjection(free, free)).toBeNull();
      expect(absoluteBoundObjection(withAlpha(2.5 * (1 + 9e-7)), free)).toBeNull();
      expect(absoluteBoundObjection(withAlpha(2.5 * (1 + 2e-6)), free)).toMatch(/without the bound alpha is 2.500$/);
      expect(absoluteBoundObjection(withAlpha(7), free)).toMatch(/without the bound alpha is 2.500$/);
      expect(absoluteBoundObjection(null, free)).toMatch(/without the bound alpha is 2.500$/);
      expect(absoluteBoundObjection(withAlpha(7), null)).toBeNull();
    },
  );
});
