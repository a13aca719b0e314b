import { nullObjection } from "../rmt/index.js";
import type { EntryStatistics, Spectrum } from "../spectra/index.js";

/** The matrix that a spectrum is judged as: rows and columns of zeros are not there. */
export interface LiveShape {
  /** Mean live rows of the longer side and live columns of the shorter one, over the matrices of the stack. */
  readonly N: number;
  readonly M: number;
  /** Kurtosis of the live entries; 3 where they are not known. */
  readonly kurtosis: number;
}

/** The live sides of a spectrum's matrices and the kurtosis of their entries. Never below 1. */
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
 * Why the p-values of the bulk would not hold for the entries of a spectrum (`nullObjection`); null where they do or
 * the entries are not known.
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
