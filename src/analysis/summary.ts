import { finish } from "../bytes/pace.js";
import { PHASES, type Phase } from "../phases/index.js";
import { type StandsOut, standsOutInSteps } from "./findings/findings.js";
import { headlineOf } from "./findings/headline.js";
import type { LayerRecord, Mean, ReportSummary, SkippedRecord } from "./report.js";

/** Whether a layer has a spectrum, an exact or an approximate one. The others count as failed. */
export function hasSpectrum({ lambda_max }: Pick<LayerRecord, "lambda_max">): boolean {
  return lambda_max !== null;
}

/**
 * Counts and means over a model's layers. Every mean has the number of its layers. alpha and what is computed from it
 * are averaged only over layers with a valid alpha.
 */
export function summarise(layers: readonly LayerRecord[], skipped: readonly SkippedRecord[]): ReportSummary {
  return summaryOf(layers, skipped, finish(standsOutInSteps(layers)));
}

/** `summarise` where it is known what stands out. A few milliseconds for thousands of layers. */
export function summaryOf(
  layers: readonly LayerRecord[],
  skipped: readonly SkippedRecord[],
  { findings, sentences }: StandsOut,
): ReportSummary {
  const analysed = layers.filter(hasSpectrum);
  const withAlpha = layers.filter((layer) => layer.alpha_valid);
  const phases = Object.fromEntries(
    PHASES.map((phase) => [phase, layers.filter((layer) => layer.phase === phase).length]),
  ) as Record<Phase, number>;
  return {
    ...headlineOf(layers, findings),
    layers: layers.length,
    analysed: analysed.length,
    failed: layers.length - analysed.length,
    skipped: skipped.length,
    eigenvalues: analysed.reduce((sum, layer) => sum + layer.num_evals, 0),
    phases,
    undecided: layers.filter((layer) => layer.phase === null || layer.phase === "undecided").length,
    alpha: mean(withAlpha.map((layer) => layer.alpha)),
    alpha_weighted: mean(withAlpha.map((layer) => layer.alpha_weighted)),
    log_alpha_norm: mean(withAlpha.map((layer) => layer.log_alpha_norm)),
    log_norm: mean(analysed.map((layer) => layer.log_norm)),
    log_spectral_norm: mean(analysed.map((layer) => layer.log_spectral_norm)),
    stable_rank: mean(analysed.map((layer) => layer.stable_rank)),
    mp_soft_rank: mean(analysed.map((layer) => layer.mp_soft_rank)),
    findings: sentences,
  };
}

function mean(values: readonly (number | null)[]): Mean {
  const present = values.filter((value) => value !== null && Number.isFinite(value)) as number[];
  return {
    mean: present.length === 0 ? null : present.reduce((sum, value) => sum + value, 0) / present.length,
    layers: present.length,
  };
}
