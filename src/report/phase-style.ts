import type { LayerRecord } from "../analysis/report.js";
import { PHASES, type Phase } from "../phases/phase.js";

/** The label of a layer: its phase, "undecided", or "failed" without a spectrum. */
export type PhaseLabel = Phase | "undecided" | "failed";

/** All labels in the order in which reports list them. */
export const PHASE_LABELS: readonly PhaseLabel[] = [...PHASES, "undecided", "failed"];

export function phaseLabelOf({ phase, lambda_max }: LayerRecord): PhaseLabel {
  return lambda_max === null ? "failed" : (phase ?? "undecided");
}

/**
 * From the label that a reader must not miss to the usual one. Where several layers share a pixel, the first wins: no
 * spectrum, lost rank, untrained, then what is less and less remarkable.
 */
const WORST_FIRST: readonly PhaseLabel[] = [
  "failed",
  "rank-collapse",
  "random-like",
  "bleeding-out",
  "undecided",
  "bulk+spikes",
  "bulk-decay",
  "heavy-tailed",
];

/** The worst of some labels. Throws `RangeError` if there is none. */
export function worstPhase(labels: readonly PhaseLabel[]): PhaseLabel {
  const worst = WORST_FIRST.find((label) => labels.includes(label));
  if (worst === undefined) throw new RangeError("worstPhase: found no label, expected at least one");
  return worst;
}

/** How many layers have each label. Labels without a layer are omitted. */
export function countByPhaseLabel(
  layers: readonly LayerRecord[],
): { readonly phaseLabel: PhaseLabel; readonly count: number }[] {
  return PHASE_LABELS.map((phaseLabel) => ({
    phaseLabel,
    count: layers.filter((layer) => phaseLabelOf(layer) === phaseLabel).length,
  })).filter(({ count }) => count > 0);
}

/**
 * How a phase looks, the same in every form of the report. phase-palette.ts has the colours, which can be distinguished
 * with any colour vision. Colour is never the only sign: the name is written, and each phase has its own mark.
 */
interface Style {
  readonly ink: "gray" | "cyan" | "blue" | "yellow" | "magenta" | "red" | "dim";
  /** CSS colour, a variable of the page. */
  readonly colour: string;
  readonly mark: "circle" | "square" | "triangle" | "diamond" | "star" | "cross" | "dashed ring" | "ring with bar";
  /** False for what is no phase: its cells are outlines, never filled. */
  readonly isPhase: boolean;
  /** The meaning of the phase, in one sentence. */
  readonly meaning: string;
}

export const STYLE: Readonly<Record<PhaseLabel, Style>> = {
  "random-like": {
    ink: "gray",
    colour: "var(--phase-random-like)",
    mark: "circle",
    isPhase: true,
    meaning: "The spectrum is that of random weights: a Marchenko-Pastur bulk and nothing beyond it.",
  },
  "bleeding-out": {
    ink: "cyan",
    colour: "var(--phase-bleeding-out)",
    mark: "square",
    isPhase: true,
    meaning: "A random bulk with eigenvalues just beginning to leave its upper edge.",
  },
  "bulk+spikes": {
    ink: "blue",
    colour: "var(--phase-bulk-spikes)",
    mark: "triangle",
    isPhase: true,
    meaning: "A random bulk and a few eigenvalues clearly above it: signal of low rank in noise.",
  },
  "bulk-decay": {
    ink: "yellow",
    colour: "var(--phase-bulk-decay)",
    mark: "diamond",
    isPhase: true,
    meaning: "The bulk has no sharp edge: its density decays gradually instead.",
  },
  "heavy-tailed": {
    ink: "magenta",
    colour: "var(--phase-heavy-tailed)",
    mark: "star",
    isPhase: true,
    meaning:
      "No bulk is left; a power law describes the tail: strong correlations on all scales, as in " +
      "well-trained networks.",
  },
  "rank-collapse": {
    ink: "red",
    colour: "var(--phase-rank-collapse)",
    mark: "cross",
    isPhase: true,
    meaning: "Many eigenvalues are zero, or nearly: the layer has lost rank.",
  },
  undecided: {
    ink: "dim",
    colour: "var(--phase-none)",
    mark: "dashed ring",
    isPhase: false,
    meaning:
      "No phase describes the spectrum (narrower than random, or wider with an edge), or the layer is too " +
      "small. Its reason says which.",
  },
  failed: {
    ink: "red",
    colour: "var(--phase-none)",
    mark: "ring with bar",
    isPhase: false,
    meaning: "The layer has no spectrum: its weights are not finite, all the same, or cannot be read.",
  },
};
