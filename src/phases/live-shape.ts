import { nullObjection } from "../rmt/index.js";
import type { EntryStatistics, Spectrum } from "../spectra/index.js";

/** The shape of a matrix without its rows and columns of zeros. The spectrum is judged by it. */
export interface LiveShape {
  /** Mean live rows of the longer side and live columns of the shorter one, over the matrices of the stack. */
  readonly N: number;
  readonly M: number;
  /** Kurtosis of the live entries; 3 if unknown. */
  readonly kurtosis: number;
}

/** The live sides of a spectrum's matrices, never below 1, and the kurtosis of their entries. */
export function liveShape({ N, M, entries }: Pick<Spectrum, "N" | "M" | "entries">): LiveShape {
  if (entries === undefined) return { N, M, kurtosis: 3 };
  const [rows, columns] = [mean(entries.liveRows), mean(entries.liveColumns)];
  return { N: Math.max(1, rows), M: Math.max(1, columns), kurtosis: entries.kurtosis ?? 3 };
}

/** Entries in live rows and live columns, over all matrices of the stack. */
export function liveEntries({ liveRows, liveColumns }: Pick<EntryStatistics, "liveRows" | "liveColumns">): number {
  return liveRows.reduce((sum, rows, k) => sum + rows * liveColumns[k], 0);
}

/**
 * Why the p-values of the bulk do not hold for the entries of a spectrum (`nullObjection`); null if they hold or the
 * entries are unknown.
 */
export function entryObjection({ entries }: Pick<Spectrum, "entries">, { N, M }: LiveShape): string | null {
  if (entries === undefined) return null;
  const live = liveEntries(entries);
  const meanSquare = (entries.meanSquare * entries.count) / Math.max(1, live);
  return nullObjection({ kurtosis: entries.kurtosis, maxAbs: entries.maxAbs, meanSquare }, { N, M });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
