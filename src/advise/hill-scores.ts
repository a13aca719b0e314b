import type { LayerResult } from "../analysis/index.js";
import type { LeftOut } from "./advice.js";
import { type AdvisedModel, moduleOf, NO_MODULE_OF_ITS_OWN } from "./advised-model.js";

/** A layer with the exponent that the papers use. */
export interface HillScore {
  readonly name: string;
  readonly block: number | null;
  /** Entries of the weight. */
  readonly parameters: number;
  /** Eigenvalues of the spectrum. */
  readonly eigenvalues: number;
  /** PL_Alpha_Hill: Hill's exponent on the upper half of the eigenvalues of W'W. */
  readonly alphaHill: number;
  /** Whether a power law describes the tail, by this program's own tests. The papers do not test that. */
  readonly isPowerLaw: boolean;
}

/** The layers that have a score, in the order of the model, and those that have none. */
export interface HillScores {
  readonly scores: readonly HillScore[];
  readonly leftOut: readonly LeftOut[];
  readonly failed: number;
}

/** Kinds of layers that the papers' code scores: nn.Linear and nn.Conv2d. */
const SCORED = new Set(["dense", "conv1d", "conv2d", "conv3d"]);

/** Whether the papers' code looks at a layer: a linear layer or a convolution, as a module of its own. */
export function isScored(result: LayerResult, format: string): boolean {
  return SCORED.has(result.record.layer_type) && moduleOf(result, format) !== undefined;
}

/**
 * PL_Alpha_Hill of every layer, as the papers compute it: k = n - floor(n/2) eigenvalues, the k-th largest among them
 * as xmin, no test of the fit ([ZLM23], tempbalance.py, pl_fitting='median'). Convolutions as pooled slices. A layer
 * has no score if it failed, or if half of its eigenvalues are zero or rounding noise: then the exponent would be that
 * of the noise.
 */
export function hillScores({ layers, format }: Pick<AdvisedModel, "layers" | "format">): HillScores {
  const scores: HillScore[] = [];
  const leftOut: LeftOut[] = [];
  let failed = 0;
  for (const result of layers) {
    const { record, spectrum } = result;
    const { name, block, layer_type: type } = record;
    if (!isScored(result, format)) {
      const reason = SCORED.has(type)
        ? NO_MODULE_OF_ITS_OWN
        : `the papers' code scores linear layers and convolutions, this is: ${type}`;
      leftOut.push({ name, reason });
      continue;
    }
    const n = spectrum?.eigenvalues.length ?? 0;
    if (spectrum === null) {
      failed++;
      leftOut.push({ name, reason: record.reason ?? "it has no spectrum" });
    } else if (record.alpha_hill === null || (record.unresolved ?? 0) > Math.floor(n / 2)) {
      leftOut.push({ name, reason: "half of its eigenvalues or more are zero or rounding noise: no exponent" });
    } else {
      scores.push({
        ...{ name, block, alphaHill: record.alpha_hill, isPowerLaw: record.alpha_valid },
        parameters: record.N * record.M * record.rf,
        eigenvalues: n,
      });
    }
  }
  return { scores, leftOut, failed };
}

/** The warning where the papers' exponent describes no power law; none if it does everywhere. */
export function powerLawWarnings(scores: readonly HillScore[]): readonly string[] {
  const others = scores.filter(({ isPowerLaw }) => !isPowerLaw).length;
  return others === 0
    ? []
    : [
        `in ${others} of ${scores.length} layers this program's tests find no power law; the method uses Hill's ` +
          "exponent all the same, and so does this table",
      ];
}
