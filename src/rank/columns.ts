import { NUMBER_COLUMNS } from "../analysis/number-columns.js";
import { SPECTRUM_COLUMNS, type SpectrumColumn } from "../analysis/spectrum-columns.js";
import { PHASE_NAMES, type PhaseName } from "../phases/index.js";

type FittedColumn = (typeof NUMBER_COLUMNS)[keyof typeof NUMBER_COLUMNS][number];
/** A column of a layer that is a number: all of them are averaged. */
export type RankColumn = SpectrumColumn | FittedColumn;

/** The columns that are averaged, in the order of the report's rows. */
export const RANK_COLUMNS: readonly RankColumn[] = [...Object.values(NUMBER_COLUMNS).flat(), ...SPECTRUM_COLUMNS];

/** One number per column; null if no layer has it. */
export type Averages = Readonly<Record<RankColumn, number | null>>;

/** The names under which WeightWatcher's `get_summary` gives its means by default. */
export const WEIGHTWATCHER_SUMMARY = [
  ...(["log_norm", "alpha", "alpha_weighted", "log_alpha_norm"] as const),
  ...(["log_spectral_norm", "stable_rank"] as const),
] as const;
export type WeightWatcherSummary = Readonly<Record<(typeof WEIGHTWATCHER_SUMMARY)[number], number | null>>;

/** A number per phase, "undecided" included. */
export type PerPhase = Readonly<Record<PhaseName, number>>;

/** A number per phase, from a function. */
export function perPhase(value: (phase: PhaseName) => number): PerPhase {
  return Object.fromEntries(PHASE_NAMES.map((phase) => [phase, value(phase)])) as PerPhase;
}

/** A number per column, from a function. */
export function perColumn(value: (column: RankColumn) => number | null): Averages {
  return Object.fromEntries(RANK_COLUMNS.map((column) => [column, value(column)])) as Averages;
}
