import type { Basis, TimeRange } from "./estimate.js";

/** What one model takes. */
export interface ModelCost {
  readonly name: string;
  readonly format: string;
  readonly engine: string;
  readonly target: string | null;
  readonly isRemote: boolean;
  readonly files: number;
  readonly layers: number;
  /** A convolution has several per layer. */
  readonly matrices: number;
  /** Tensors that are left out. */
  readonly skipped: number;
  readonly readBytes: number;
  readonly operations: number;
  readonly coreSeconds: TimeRange;
  /** At most so many core-seconds more, if all layers are masked: their spectra are compared with permutations. */
  readonly maskedSeconds: number;
  /** The layer that takes the most memory; null without layers. */
  readonly largest: {
    readonly name: string;
    readonly N: number;
    readonly M: number;
    readonly memoryBytes: number;
  } | null;
  /** Layers past the engine's limit: their spectra are approximate, and their time is uncertain. */
  readonly approximate: number;
}

/** What all models take together, on workers. */
export interface FleetCost {
  readonly models: readonly ModelCost[];
  readonly layers: number;
  readonly matrices: number;
  readonly readBytes: number;
  /** Of these, bytes that come over the network. */
  readonly networkBytes: number;
  readonly operations: number;
  /** The start of all workers included. */
  readonly coreSeconds: TimeRange;
  readonly maskedSeconds: number;
  readonly workers: number;
  /** Layers at once on each worker. */
  readonly jobs: number;
  /** Bytes of the matrix that takes the most, and of as many of the largest as one worker solves at once. */
  readonly memory: { readonly largestBytes: number; readonly workerBytes: number };
  /** Until the last worker ends. Without waiting for the network. */
  readonly elapsedSeconds: TimeRange;
  readonly deadline: Deadline | null;
  readonly cost: Cost | null;
}

/** Workers that end in time; null where no number is enough, because one layer alone takes longer. */
export interface Deadline {
  readonly seconds: number;
  readonly workers: number | null;
  /** The same if all takes as long as the upper end of the range. */
  readonly workersAtHigh: number | null;
}

/** In the currency of the price. */
export interface Cost {
  readonly pricePerCoreHour: number;
  /** Of the core-hours. */
  readonly work: TimeRange;
  /** If the cores of all workers are paid until the last one ends. */
  readonly paid: TimeRange;
}

/** What `fleet plan --json` writes. */
export interface FleetPlan extends FleetCost {
  readonly tool: { readonly name: "eigenscope"; readonly version: string };
  /** What the times of each engine rest on. */
  readonly bases: readonly EngineBasis[];
  /** Models that could not be planned. */
  readonly unread: readonly { readonly name: string; readonly reason: string }[];
  /** Options that take time which is not in the plan. */
  readonly notEstimated: readonly string[];
}

export interface EngineBasis extends Pick<Basis, "kind" | "measured" | "slowness"> {
  readonly engine: string;
  readonly target: string | null;
}
