import type { Averages, PerPhase, WeightWatcherSummary } from "./columns.js";
import type { Group } from "./groups.js";

/** What is read off the layers of one model. */
export interface ModelSummary {
  /** All planned layers, those without a spectrum among them, and those whose alpha is valid. */
  readonly layers: number;
  readonly failed_layers: number;
  readonly valid_layers: number;
  /** Layers with a spectrum, by phase. A layer that is too small for a phase is undecided. */
  readonly phases: PerPhase;
  /** The same as shares of the layers with a spectrum. null if there is none. */
  readonly phase_shares: PerPhase | null;
  /** Means and medians over all layers that have the column, and over those of them whose alpha is valid. */
  readonly means: Averages;
  readonly valid_means: Averages;
  readonly medians: Averages;
  readonly valid_medians: Averages;
  /** WeightWatcher's `get_summary`, as WeightWatcher computes it: failed fits count as alpha = -1. */
  readonly weightwatcher: WeightWatcherSummary;
  readonly group: Group | null;
}

/** One model of a ranking. */
export interface RankedModel extends ModelSummary {
  /** Short and unique in the ranking. */
  readonly name: string;
  /** As the user named it, or found below what the user named. */
  readonly path: string;
  /** "failed" if nothing of it could be analysed; `reason` says why. */
  readonly status: "success" | "failed";
  readonly reason: string | null;
  /** The number of its family in `comparable.families`. null if it failed. */
  readonly family: number | null;
  /** Layers whose spectrum was solved for this model, and those whose equal was solved for an earlier one. */
  readonly solved: number;
  readonly reused: number;
  readonly score: number | null;
  readonly warnings: readonly string[];
}
