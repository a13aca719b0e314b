import { type BulkFit, type BulkShape, bulkMisfit, type EdgeTest, fitBulk, testEdge } from "../rmt/index.js";

/** What permuted entries say of a bulk and its edge. */
export interface PermutationReading {
  readonly permutations: number;
  /** Misfit of the bulk over the median of the permuted ones': 1 is ordinary. */
  readonly misfitRatio: number;
  /** (statistic of the edge - mean of the permuted)/their standard deviation. */
  readonly edgeScore: number;
}

/** Holds a bulk and its edge against the spectra of the same entries in random places. null with fewer than 5 of them. */
export function readPermutations(
  { bulk, edge }: { readonly bulk: BulkFit | null; readonly edge: EdgeTest | null },
  permuted: readonly Float64Array[],
  shape: BulkShape,
): PermutationReading | null {
  if (bulk === null || edge === null) return null;
  const rf = shape.rf ?? 1;
  const nulls = permuted.flatMap((spectrum) => {
    const fit = fitBulk(spectrum, shape);
    return fit === null ? [] : [{ misfit: bulkMisfit(fit, rf), statistic: testEdge(spectrum, fit, { rf }).statistic }];
  });
  if (nulls.length < 5) return null;
  const misfits = nulls.map(({ misfit }) => misfit).sort((a, b) => a - b);
  const mean = nulls.reduce((sum, { statistic }) => sum + statistic, 0) / nulls.length;
  const variance = nulls.reduce((sum, { statistic }) => sum + (statistic - mean) ** 2, 0) / (nulls.length - 1);
  return {
    permutations: nulls.length,
    misfitRatio: bulkMisfit(bulk, rf) / misfits[misfits.length >> 1],
    // The spread of few is uncertain: never less than that of the Tracy-Widom law.
    edgeScore: (edge.statistic - mean) / Math.max(TRACY_WIDOM_SD, Math.sqrt(variance)),
  };
}

/** Standard deviation of the Tracy-Widom law, beta = 1. */
const TRACY_WIDOM_SD = 1.268;
