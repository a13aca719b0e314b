import type { Layer } from "../layers/index.js";
import { bulkSnr, mpSoftRank, recogniseInitialisation, spectrumSnr } from "../metrics/index.js";
import { type Diagnosis, diagnose, liveShape, type PhaseDecision } from "../phases/index.js";
import type { PermutationNull } from "../rmt/index.js";
import { type Spectrum, storageFloor } from "../spectra/index.js";
import { NOT_TRAINED } from "./findings/finding-rules.js";
import type { LayerResult } from "./layer-result.js";
import { identityColumns, rowOf, unmeasuredRow, withVerdict } from "./layer-row.js";
import { smallPicture } from "./small-picture.js";
import { spectrumColumns } from "./spectrum-columns.js";
import { judgementColumns, tailColumns } from "./tail-columns.js";

/** The null from permuted entries, for layers whose tests need it (`permutedNull`). */
export interface Permuted {
  readonly permuted?: PermutationNull | null;
}

/**
 * Computes everything from one layer's spectrum: fits, metrics, phase. Pure; O(n) to O(n^2) in the number of
 * eigenvalues, much cheaper than the spectrum itself.
 */
export function measureLayer(layer: Layer, spectrum: Spectrum, { permuted = null }: Permuted = {}): LayerResult {
  const diagnosis = diagnose(spectrum, layer, permuted);
  const { bulk, edge, tail, judgement, decision, alphaReason } = diagnosis;
  const row = rowOf(
    identityColumns(layer),
    entryColumns(spectrum),
    tailColumns(spectrum, tail, alphaReason),
    judgementColumns(judgement),
    spectrumColumns(spectrum),
    bulkColumns(spectrum, { ...diagnosis, scale: layer.eigenvalueScale }),
    phaseColumns(decision),
    {
      status: tail === null ? ("failed" as const) : ("success" as const),
      reason: tail === null ? "no power law could be fitted: fewer than two different eigenvalues above 1e-5" : null,
      resolved_floor: spectrum.resolvedFloor,
      unresolved: spectrum.unresolved,
      route: spectrum.route,
      precision: spectrum.precision,
      notes: [...layer.notes, ...spectrumNotes(spectrum, diagnosis)],
    },
  );
  const picture = smallPicture(spectrum, tail);
  return { layer, record: withVerdict(row), spectrum, bulk, edge, tail, decision, picture };
}

/**
 * Eigenvalues at or below this are zero within the precision of the weights: noise of the arithmetic, or of rounding to
 * the stored type.
 */
export function zeroFloorOf(layer: Layer, spectrum: Spectrum): number {
  return Math.max(spectrum.resolvedFloor, storageFloor(spectrum, layer));
}

/** The result of a layer without a spectrum: every number is null, and the reason is given. */
export function failedLayer(layer: Layer, reason: string, error?: unknown): LayerResult {
  const nothing = { spectrum: null, bulk: null, edge: null, tail: null, decision: null, picture: null };
  return { layer, record: unmeasuredRow(layer, reason), ...nothing, ...(error === undefined ? {} : { error }) };
}

function entryColumns(spectrum: Spectrum) {
  const { entries } = spectrum;
  if (entries === undefined)
    return { live_rows: null, live_columns: null, Q_live: null, entry_kurtosis: null, zero_share: null };
  const live = liveShape(spectrum);
  return {
    live_rows: live.N,
    live_columns: live.M,
    Q_live: Math.max(live.N / live.M, live.M / live.N),
    entry_kurtosis: entries.kurtosis,
    zero_share: entries.zeros / entries.count,
  };
}

function phaseColumns({ phase, confidence, evidence, reason, path }: PhaseDecision) {
  return {
    phase,
    phase_confidence: phase === null ? null : confidence,
    phase_evidence: evidence,
    phase_reason: reason,
    phase_path: path,
  };
}

interface Bulk extends Pick<Diagnosis, "bulk" | "goodness" | "edge" | "spacing" | "nullObjection" | "permuted"> {
  readonly scale: number;
}

function bulkColumns(spectrum: Spectrum, { bulk, goodness, edge, spacing, nullObjection, permuted, scale }: Bulk) {
  // If the entries do not follow the law that the tests assume, the permuted entries decide, or the values are null.
  const tested = nullObjection === null;
  const sigma = bulk === null ? null : Math.sqrt(bulk.sigma2 / scale);
  return {
    mp_soft_rank: bulk === null ? null : mpSoftRank(spectrum, bulk),
    bulk_sigma: sigma,
    // d sigma = d(sigma^2)/(2 sigma)
    bulk_sigma_se: bulk === null || sigma === null ? null : bulk.sigma2Se / scale / (2 * sigma),
    lambda_plus: bulk?.lambdaPlus ?? null,
    lambda_minus: bulk?.lambdaMinus ?? null,
    bulk_ks: bulk?.ks ?? null,
    bulk_p: tested ? (goodness?.p ?? null) : (permuted?.bulkP ?? null),
    level_spacing: spacing?.ratio ?? null,
    level_spacing_se: spacing?.standardError ?? null,
    spikes: tested ? (edge?.spikes ?? null) : (permuted?.spikes ?? edge?.spikes ?? null),
    tw_statistic: edge?.statistic ?? null,
    tw_p: tested ? (edge?.p ?? null) : (permuted?.edgeP ?? null),
    tw_low: tested ? (edge?.band.low ?? null) : null,
    tw_high: tested ? (edge?.band.high ?? null) : null,
    snr_spectrum: spectrumSnr(spectrum),
    snr_mp: bulk === null ? null : bulkSnr(spectrum, bulk),
  };
}

function spectrumNotes(
  spectrum: Spectrum,
  { bulk, nullObjection, permuted }: Pick<Diagnosis, "bulk" | "nullObjection" | "permuted">,
): string[] {
  const notes: string[] = [];
  if (nullObjection !== null) {
    notes.push(
      permuted === null
        ? `no p-values of bulk and edge: ${nullObjection}; use --randomize to compare with permuted entries`
        : `p-values of bulk and edge come from ${permuted.permutations} permutations of the entries: ${nullObjection}`,
    );
  }
  const initial = spectrum.entries === undefined ? null : recogniseInitialisation({ ...spectrum, ...spectrum.entries });
  if (initial !== null) notes.push(`${NOT_TRAINED} ${initial.sentence}`);
  if (spectrum.unresolved > 0) {
    notes.push(
      `${spectrum.unresolved} eigenvalues lie at or below the resolved floor ` +
        `${spectrum.resolvedFloor.toExponential(1)} and are rounding noise`,
    );
  }
  if (bulk !== null && !bulk.converged)
    notes.push("the bulk fit did not converge to one number of outliers; the largest was used");
  return notes;
}
