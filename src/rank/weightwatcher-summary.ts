import type { LayerResult } from "../analysis/layer-result.js";
import { hasSpectrum } from "../analysis/summary.js";
import { logAlphaNorm, weightedAlpha } from "../metrics/index.js";
import { WEIGHTWATCHER_SUMMARY, type WeightWatcherSummary } from "./columns.js";

/** A layer to summarise. `spectrum` is absent where only its row is known, as in a JSON report. */
export interface SummarisedLayer extends Pick<LayerResult, "record"> {
  readonly spectrum?: LayerResult["spectrum"];
}

/** WeightWatcher's defaults: larger layers are skipped [WW]. */
const MAX_EIGENVALUES = 15_000;
const MAX_N = 50_000;
/** The alpha of a fit that failed. */
const FAILED_ALPHA = -1;

/**
 * WeightWatcher's `get_summary` of its default columns [WW]: plain means over the layers that WeightWatcher analyses.
 * A failed fit counts as alpha = -1, and what is computed from alpha with it. A mean that is infinite there (a failed
 * fit of a layer with a zero eigenvalue) is null. Layers without a spectrum are left out: WeightWatcher stops at them.
 * Where a fit failed and only the row is known, the means of what is computed from alpha are null.
 */
export function weightWatcherSummary(results: readonly SummarisedLayer[]): WeightWatcherSummary {
  const rows = results.map(rowOf).filter((row) => row !== null);
  const entries = WEIGHTWATCHER_SUMMARY.map((name) => {
    const mean = rows.reduce((sum, row) => sum + row[name], 0) / rows.length;
    return [name, rows.length > 0 && Number.isFinite(mean) ? mean : null];
  });
  return Object.fromEntries(entries) as WeightWatcherSummary;
}

type Row = Readonly<Record<(typeof WEIGHTWATCHER_SUMMARY)[number], number>>;

function rowOf({ record, spectrum }: SummarisedLayer): Row | null {
  if (spectrum === null || !hasSpectrum(record) || record.num_evals > MAX_EIGENVALUES || record.N > MAX_N) return null;
  const alpha = record.alpha ?? FAILED_ALPHA;
  return {
    log_norm: record.log_norm as number,
    alpha,
    alpha_weighted: spectrum === undefined ? (record.alpha_weighted ?? Number.NaN) : weightedAlpha(spectrum, alpha),
    log_alpha_norm: spectrum === undefined ? (record.log_alpha_norm ?? Number.NaN) : logAlphaNorm(spectrum, alpha),
    log_spectral_norm: record.log_spectral_norm as number,
    stable_rank: record.stable_rank as number,
  };
}
