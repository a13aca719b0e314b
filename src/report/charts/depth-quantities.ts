import type { LayerRecord } from "../../analysis/report.js";
import { OVER_TRAINED_BELOW, UNDER_TRAINED_ABOVE } from "../../analysis/verdict.js";
import { HEAVY_INDEX } from "../../tails/tail-judgement.js";
import { type PhaseLabel, phaseLabelOf } from "../phase-style.js";
import type { Interval } from "./scale.js";

/** A layer of a chart along the depth. */
export interface DepthLayer {
  readonly name: string;
  /** "pending" for a layer that is not done yet. */
  readonly phase: PhaseLabel | "pending";
  /** The block that it is part of. Layers of a block are neighbours. */
  readonly block: string | null;
  /** null if there is no value that may be read. */
  readonly value: number | null;
  /** The 95 % interval of the value. */
  readonly interval: Interval | null;
}

export type DepthQuantityName = "alpha" | "soft rank" | "stable rank" | "log norm" | "tail index";

/** A number of a layer that is drawn along the depth. */
export interface DepthQuantity {
  readonly kind: "linear" | "log";
  /** Values outside are drawn at the end of the axis. */
  readonly limits: Interval;
  /** What the axis shows in any case. */
  readonly include: Interval;
  /** The usual range, shaded. */
  readonly usual?: Interval;
  /** Dashed lines with their names. */
  readonly lines?: readonly { readonly value: number; readonly name: string }[];
  /** Why a layer may have no value, in words. */
  readonly missing: string;
  readonly valueIn: (record: LayerRecord) => number | null;
  readonly intervalIn: (record: LayerRecord) => Interval | null;
}

/** 1.96 standard errors hold 95 % if the estimate is normal, as alpha is for many eigenvalues [CSN09]. */
const STANDARD_ERRORS = 1.96;

const none = (): null => null;

function alphaInterval({ alpha, alpha_low, alpha_high, sigma }: LayerRecord): Interval | null {
  if (typeof alpha_low === "number" && typeof alpha_high === "number") return [alpha_low, alpha_high];
  if (alpha === null || sigma === null) return null;
  // A power law needs alpha > 1.
  return [Math.max(1, alpha - STANDARD_ERRORS * sigma), alpha + STANDARD_ERRORS * sigma];
}

function indexInterval({ tail_index_low, tail_index_high }: LayerRecord): Interval | null {
  return typeof tail_index_low === "number" && typeof tail_index_high === "number"
    ? [tail_index_low, tail_index_high]
    : null;
}

export const DEPTH_QUANTITIES: Readonly<Record<DepthQuantityName, DepthQuantity>> = {
  alpha: {
    kind: "linear",
    limits: [1, 12],
    include: [1, 7],
    usual: [OVER_TRAINED_BELOW, UNDER_TRAINED_ABOVE],
    missing: "no power law describes the tail",
    valueIn: ({ alpha, alpha_valid }) => (alpha_valid ? alpha : null),
    intervalIn: alphaInterval,
  },
  "soft rank": {
    kind: "linear",
    limits: [0, 1.05],
    include: [0, 1.05],
    missing: "no random bulk fits",
    valueIn: ({ mp_soft_rank }) => mp_soft_rank,
    intervalIn: none,
  },
  "stable rank": {
    kind: "log",
    limits: [1, 1e9],
    include: [1, 10],
    missing: "no spectrum",
    valueIn: ({ stable_rank }) => stable_rank,
    intervalIn: none,
  },
  "log norm": {
    kind: "linear",
    limits: [-300, 300],
    include: [0, 1],
    missing: "no spectrum",
    valueIn: ({ log_norm }) => log_norm,
    intervalIn: none,
  },
  "tail index": {
    kind: "linear",
    limits: [-1.5, 2.5],
    include: [-0.8, 0.6],
    lines: [
      { value: HEAVY_INDEX, name: "power laws above" },
      { value: 0, name: "exponential" },
      { value: -2 / 3, name: "edge of a bulk" },
    ],
    missing: "no tail index",
    valueIn: ({ tail_index }) => tail_index ?? null,
    intervalIn: indexInterval,
  },
};

/** The layers of a report along its order, with one of their numbers. */
export function depthLayersOf(records: readonly LayerRecord[], name: DepthQuantityName): DepthLayer[] {
  const { valueIn, intervalIn } = DEPTH_QUANTITIES[name];
  return records.map((record) => {
    const value = valueIn(record);
    return {
      name: record.name,
      phase: phaseLabelOf(record),
      block: record.block === null ? null : `block ${record.block}`,
      value,
      interval: value === null ? null : intervalIn(record),
    };
  });
}
