import { type EngineName, engineBytes, type Precision } from "../spectra/index.js";
import { WEIGHTWATCHER_NAMES } from "./optional-columns.js";
import { readHeads } from "./stated-heads.js";

/**
 * The options of an analysis. Every option has a default; `resolveOptions` fills in the defaults and rejects invalid
 * values.
 */
export interface AnalyzeOptions {
  /** Globs on full layer names: only matching layers are analysed. Default: all. */
  readonly layers?: readonly string[];
  /** Globs on full layer names: matching layers are skipped and listed as such. */
  readonly exclude?: readonly string[];
  /** Layers with fewer eigenvalues (M * rf) are skipped. Default 10, as in WeightWatcher. */
  readonly minEigenvalues?: number;
  /**
   * Convolutions: "slices" pools k*k slices into one spectrum, as WeightWatcher does; "flatten" makes one out x
   * (in*k*k) matrix.
   */
  readonly conv?: "slices" | "flatten";
  /**
   * Fused projections (qkv, gate and up): "split" cuts them if the model's config.json or the name gives the parts;
   * "whole" keeps them as one matrix, as WeightWatcher does.
   */
  readonly fused?: "split" | "whole";
  /**
   * What computes the eigenvalues: "wasm" (embedded, everywhere), "native" (compiled for this processor; Node
   * only), "reference" (slow, to check the others), or "auto". "auto" uses native if it is there, agrees with the
   * reference, and the model is large enough to be worth its start; else wasm. The report names the engine that was
   * used.
   */
  readonly engine?: "auto" | EngineName;
  /**
   * Arithmetic of the spectra. "mixed" forms the Gram matrix in f32 with f64 sums, "f32" reduces it in f32 too. "auto":
   * f32 if the weights are quantised or stored in at most 16 bits, else f64. Each row gives its precision and its
   * resolved floor.
   */
  readonly precision?: "auto" | Precision;
  /** Most layers that run at once. Default: the pool's own width. */
  readonly jobs?: number;
  /**
   * Most bytes that the running matrices may take together, at least `MIN_MEMORY_BYTES`. It limits how many run at
   * once; one always runs. Default: the host's own.
   */
  readonly memory?: number;
  /**
   * Seed of every randomised estimate. Most default columns use none. The report records it so that the run can be
   * repeated.
   */
  readonly seed?: number;
  /**
   * Rejects PyTorch pickles that name more code than weights need. Otherwise such code is read as inert data, with a
   * warning. Default false.
   */
  readonly strictPickle?: boolean;
  /**
   * Which part of a nested checkpoint holds the weights: a path of keys ("ema.state_dict"), or "" for all of it.
   * Default null: the usual keys are tried.
   */
  readonly root?: string | null | undefined;
  /**
   * How many times each layer's weights are permuted and solved again, to show the effect of correlations on its
   * spectrum. Default 0: not at all.
   */
  readonly randomize?: number;
  /**
   * Adds WeightWatcher's optional columns, with its names and formulas: all of them (true), or a list of its options
   * ("mp_fit", "detX", "randomize", "vectors") and single columns. Default false.
   */
  readonly weightwatcher?: boolean | readonly string[];
  /** Adds the localisation of eigenvectors in the bulk and beyond its edge (M up to 1024). Default false. */
  readonly vectors?: boolean;
  /** Adds truncated power laws, fits without fingers, and the tail exponent mu of the entries. Default false. */
  readonly tails?: boolean;
  /**
   * How many times each tail is resampled, for the intervals of alpha and xmin and the p-value of the power law.
   * Default 0: not at all.
   */
  readonly bootstrap?: number;
  /** Adds Hill's exponent over square windows of each matrix; the aspect ratio does not bias it. Default false. */
  readonly farms?: boolean;
  /**
   * Adds a spectrum per head of attention: true if the file, its graph or config.json tells the number of heads, else
   * the number itself: 12, or "12/4" for 12 heads of queries and 4 of keys and values. Default false.
   */
  readonly heads?: boolean | number | string;
}

/** The options that ask for optional measurements (`extras/`), all switched off. */
export const NOTHING_OPTIONAL = {
  randomize: 0,
  weightwatcher: false,
  vectors: false,
  tails: false,
  bootstrap: 0,
  farms: false,
  heads: false,
} as const;

/** An optional measurement, by the option that asks for it. */
export type ExtraName = keyof typeof NOTHING_OPTIONAL;

export type ResolvedOptions = {
  readonly [Option in Exclude<keyof AnalyzeOptions, "jobs" | "memory">]-?: Exclude<AnalyzeOptions[Option], undefined>;
};

const DEFAULTS: ResolvedOptions = {
  layers: [],
  exclude: [],
  minEigenvalues: 10,
  conv: "slices",
  fused: "split",
  engine: "auto",
  precision: "auto",
  seed: 0,
  strictPickle: false,
  root: null,
  ...NOTHING_OPTIONAL,
};

/** More permutations do not improve the estimates, and each costs as much as the layer itself. */
const MAX_PERMUTATIONS = 1000;
/**
 * With fewer replicates, `powerLawUncertainty` gives no spread. With more than the maximum, no printed digit changes.
 */
const MIN_REPLICATES = 20;
const MAX_REPLICATES = 100_000;

/**
 * Bytes that the smallest matrix needs while it runs. A smaller budget would be below every matrix and limit nothing.
 */
export const MIN_MEMORY_BYTES = engineBytes({ rows: 1, cols: 1 });

const CHOICES = {
  conv: ["slices", "flatten"],
  fused: ["split", "whole"],
  engine: ["auto", "wasm", "native", "reference"],
  precision: ["auto", "f64", "mixed", "f32"],
} as const;

function assertWeightWatcherNames(weightwatcher: unknown): void {
  if (typeof weightwatcher === "boolean") return;
  if (!Array.isArray(weightwatcher) || weightwatcher.length === 0)
    throw new TypeError(
      `option weightwatcher: found ${JSON.stringify(weightwatcher)}, expected true, false or a list of names`,
    );
  const unknown = weightwatcher.filter((name) => !WEIGHTWATCHER_NAMES.includes(name));
  if (unknown.length > 0)
    throw new RangeError(
      `option weightwatcher: found ${unknown.map((name) => JSON.stringify(name)).join(", ")}, expected some ` +
        `of ${WEIGHTWATCHER_NAMES.join(", ")}`,
    );
}

/** Fills in the defaults. Throws `TypeError` or `RangeError` that names the option, its value and what was expected. */
export function resolveOptions(options: AnalyzeOptions = {}): ResolvedOptions {
  const given = Object.fromEntries(
    Object.entries(options).filter(([key, value]) => value !== undefined && key in DEFAULTS),
  );
  const resolved: ResolvedOptions = { ...DEFAULTS, ...given };
  for (const [option, allowed] of Object.entries(CHOICES)) {
    const value = resolved[option as keyof typeof CHOICES];
    if (!(allowed as readonly string[]).includes(value)) {
      throw new RangeError(`option ${option}: found ${JSON.stringify(value)}, expected one of ${allowed.join(", ")}`);
    }
  }
  if (!Number.isInteger(resolved.minEigenvalues) || resolved.minEigenvalues < 1) {
    throw new RangeError(`option minEigenvalues: found ${resolved.minEigenvalues}, expected a whole number from 1`);
  }
  if (!Number.isSafeInteger(resolved.seed) || resolved.seed < 0) {
    throw new RangeError(`option seed: found ${resolved.seed}, expected a whole number from 0`);
  }
  if (!Number.isInteger(resolved.randomize) || resolved.randomize < 0 || resolved.randomize > MAX_PERMUTATIONS) {
    throw new RangeError(
      `option randomize: found ${resolved.randomize}, expected a whole number from 0 to ${MAX_PERMUTATIONS}`,
    );
  }
  const { bootstrap } = resolved;
  if (bootstrap !== 0 && !(Number.isInteger(bootstrap) && bootstrap >= MIN_REPLICATES && bootstrap <= MAX_REPLICATES)) {
    throw new RangeError(
      `option bootstrap: found ${bootstrap}, expected 0 or a whole number from ${MIN_REPLICATES} to ${MAX_REPLICATES}`,
    );
  }
  for (const option of ["vectors", "tails", "farms", "strictPickle"] as const) {
    if (typeof resolved[option] !== "boolean") {
      throw new TypeError(`option ${option}: found ${JSON.stringify(resolved[option])}, expected true or false`);
    }
  }
  assertWeightWatcherNames(resolved.weightwatcher);
  readHeads(resolved.heads);
  if (options.jobs !== undefined && (!Number.isInteger(options.jobs) || options.jobs < 1)) {
    throw new RangeError(`option jobs: found ${options.jobs}, expected a whole number from 1`);
  }
  if (options.memory !== undefined && !(options.memory >= MIN_MEMORY_BYTES)) {
    const least = `${MIN_MEMORY_BYTES} (${Math.ceil(MIN_MEMORY_BYTES / 1024)}K)`;
    throw new RangeError(
      `option memory: found ${options.memory}, expected ${least} bytes or more, which the smallest matrix needs`,
    );
  }
  return resolved;
}
