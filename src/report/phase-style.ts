import pc from "picocolors";
import type { LayerRecord } from "../analysis/report.js";
import { PHASES, type Phase } from "../phases/phase.js";

/** Where a layer stands: in a phase, in none that can be told, or without a spectrum. */
export type Standing = Phase | "undecided" | "failed";

/** In the order in which they are listed. */
export const STANDINGS: readonly Standing[] = [...PHASES, "undecided", "failed"];

export function standingOf({ phase, lambda_max }: LayerRecord): Standing {
  return lambda_max === null ? "failed" : (phase ?? "undecided");
}

/** How many layers stand where; empty standings are left out. */
export function countStandings(layers: readonly LayerRecord[]): { readonly standing: Standing; readonly count: number }[] {
  return STANDINGS.map((standing) => ({ standing, count: layers.filter((layer) => standingOf(layer) === standing).length })).filter(
    ({ count }) => count > 0,
  );
}

/**
 * How a phase looks, the same in every form of the report. Colours are told apart with any colour vision (no red
 * against green; in the page [OI08]'s set, adjusted to 3:1 contrast on its background) and never stand alone: the name
 * is written, and each phase has its own marker.
 */
interface Style {
  readonly ink: "gray" | "cyan" | "blue" | "yellow" | "magenta" | "red" | "dim";
  /** CSS colour, a variable of the page. */
  readonly colour: string;
  readonly marker: "circle" | "square" | "triangle" | "diamond2" | "star" | "times";
  readonly hollow: boolean;
  /** What it means, in a sentence. */
  readonly meaning: string;
}

export const STYLE: Readonly<Record<Standing, Style>> = {
  "random-like": {
    ink: "gray",
    colour: "var(--phase-random-like)",
    marker: "circle",
    hollow: false,
    meaning: "The spectrum is that of random weights: a Marchenko-Pastur bulk and nothing beyond it.",
  },
  "bleeding-out": {
    ink: "cyan",
    colour: "var(--phase-bleeding-out)",
    marker: "square",
    hollow: false,
    meaning: "A random bulk whose upper edge begins to let eigenvalues out.",
  },
  "bulk+spikes": {
    ink: "blue",
    colour: "var(--phase-bulk-spikes)",
    marker: "triangle",
    hollow: false,
    meaning: "A random bulk and a few eigenvalues clearly above it: signal of low rank in noise.",
  },
  "bulk-decay": {
    ink: "yellow",
    colour: "var(--phase-bulk-decay)",
    marker: "diamond2",
    hollow: false,
    meaning: "The edge of the bulk dissolves: its density decays instead of ending.",
  },
  "heavy-tailed": {
    ink: "magenta",
    colour: "var(--phase-heavy-tailed)",
    marker: "star",
    hollow: false,
    meaning: "No bulk is left; a power law describes the tail: strong correlations on all scales, as in well-trained networks.",
  },
  "rank-collapse": {
    ink: "red",
    colour: "var(--phase-rank-collapse)",
    marker: "times",
    hollow: false,
    meaning: "Many eigenvalues are zero: the layer has lost rank.",
  },
  undecided: {
    ink: "dim",
    colour: "var(--phase-none)",
    marker: "circle",
    hollow: true,
    meaning:
      "No phase describes the spectrum (narrower than random, or wider with an edge), or the layer is too small; its sentence says which.",
  },
  failed: {
    ink: "red",
    colour: "var(--phase-none)",
    marker: "square",
    hollow: true,
    meaning: "The layer has no spectrum: its weights are not finite, all the same, or cannot be read.",
  },
};

export type Painter = ReturnType<typeof pc.createColors>;

/** Colours for a terminal, or none. */
export function painter(color: boolean): Painter {
  return pc.createColors(color);
}

/** A text in the colour of a phase. */
export function paintStanding(text: string, standing: Standing, paint: Painter): string {
  return paint[STYLE[standing].ink](text);
}
