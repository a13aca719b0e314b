import type { LayerResult } from "../analysis/layer-result.js";
import { logAlphaNorm, weightedAlpha } from "../metrics/index.js";
import { WEIGHTWATCHER_SUMMARY, type WeightWatcherSummary } from "./columns.js";

/** WeightWatcher's defaults: larger layers are skipped [WW]. */
const MAX_EIGENVALUES = 15_000;
const MAX_N = 50_000;
/** The alpha of a fit that failed. */
const FAILED_ALPHA = -1;

/**
 * WeightWatcher's `get_summary` of its default columns [WW]: plain means over the layers that WeightWatcher analyses.
 * A failed fit counts as alpha = -1, and what is computed from alpha with it. A mean that is infinite there (a failed
 * fit of a layer with a zero eigenvalue) is null. Layers without a spectrum are left out: WeightWatcher stops at them.
 */
export function weightWatcherSummary(results: readonly LayerResult[]): WeightWatcherSummary {
  const rows = results.map(rowOf).filter((row) => row !== null);
  const entries = WEIGHTWATCHER_SUMMARY.map((name) => {
    const mean = rows.reduce((sum, row) => sum + row[name], 0) / rows.length;
    return [name, rows.length > 0 && Number.isFinite(mean) ? mean : null];
  });
  return Object.fromEntries(entries) as WeightWatcherSummary;
}

type Row = Readonly<Record<(typeof WEIGHTWATCHER_SUMMARY)[number], number>>;

function rowOf({ record, spectrum }: LayerResult): Row | null {
  if (spectrum === null || record.num_evals > MAX_EIGENVALUES || record.N > MAX_N) return null;
  const alpha = record.alpha ?? FAILED_ALPHA;
  return {
    log_norm: record.log_norm as number,
    alpha,
    alpha_weighted: weightedAlpha(spectrum, alpha),
    log_alpha_norm: logAlphaNorm(spectrum, alpha),
    log_spectral_norm: record.log_spectral_norm as number,
    stable_rank: record.stable_rank as number,
  };
}
