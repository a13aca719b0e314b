import { describe, expect, it } from "vitest";
import type { Outcome } from "#eigenscope/analysis/store/outcome.js";
import { decodeOutcome, encodeOutcome } from "#eigenscope/analysis/store/outcome-codec.js";

const exact: Outcome = {
  key: "k",
  kind: "exact",
  content: "c",
  spectrum: {
    eigenvalues: Float64Array.of(0, -0, Number.MIN_VALUE, 1 / 3, 1e300),
    resolvedFloor: Float64Array.of(1e-17),
    route: ["gram"],
    precision: ["f64"],
    entries: {
      ...{ count: 6, zeros: 1, mean: 0.1, meanSquare: 2, kurtosis: null, maxAbs: 3, medianAbs: 0.5 },
      ...{ liveRows: [3], liveColumns: [2] },
    },
  },
};

describe("an outcome as bytes", () => {
  it("comes back bit for bit, arrays within arrays too", () => {
    const back = decodeOutcome(encodeOutcome(exact));
    expect(back).toEqual(exact);
    if (back.kind !== "exact") throw new Error("another kind");
    expect(Object.is(back.spectrum.eigenvalues[1], -0)).toBe(true);
    const nested: Outcome = {
      key: "n",
      kind: "values",
      values: { a: [Float64Array.of(1, 2), Float64Array.of()], b: Float64Array.of(3) },
    };
    expect(decodeOutcome(encodeOutcome(nested))).toEqual(nested);
  });

  it("keeps numbers that JSON has not", () => {
    const odd: Outcome = {
      key: "o",
      kind: "values",
      values: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.1],
    };
    expect(decodeOutcome(encodeOutcome(odd))).toEqual(odd);
  });

  it("is read from within other bytes, whatever their alignment", () => {
    const bytes = encodeOutcome(exact);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeOutcome(shifted.subarray(3))).toEqual(exact);
  });

  it("refuses bytes that are no outcome", () => {
    expect(() => decodeOutcome(new Uint8Array(2))).toThrow(RangeError);
    const other = encodeOutcome({ key: 1, kind: "exact" } as unknown as Outcome);
    expect(() => decodeOutcome(other)).toThrow(/no outcome/);
    expect(() => decodeOutcome(Uint8Array.of(1, 0, 0, 0, 0x7b))).toThrow(SyntaxError);
  });
});
