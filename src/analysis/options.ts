import { type EngineName, engineBytes, type Precision } from "../spectra/index.js";
import { WEIGHTWATCHER_NAMES } from "./optional-columns.js";

/**
 * What can be asked of an analysis. Every option has a default; `resolveOptions` fills them in and refuses nonsense.
 */
export interface AnalyzeOptions {
  /** Globs on full layer names: only matching layers are analysed. Default: all. */
  readonly layers?: readonly string[];
  /** Globs on full layer names: matching layers are left out (and listed as skipped). */
  readonly exclude?: readonly string[];
  /** Layers with fewer eigenvalues (M * rf) are left out. Default 10, WeightWatcher's. */
  readonly minEigenvalues?: number;
  /**
   * Convolutions as k*k slices pooled into one spectrum ("slices", WeightWatcher's way), or flattened to one out x
   * (in*k*k) matrix.
   */
  readonly conv?: "slices" | "flatten";
  /**
   * Fused projections (qkv, gate and up): split where their parts are certain from the model's config.json or by name,
   * or taken whole, as WeightWatcher does.
   */
  readonly fused?: "split" | "whole";
  /**
   * What computes the eigenvalues: "wasm" (embedded, everywhere), "native" (a BLAS on this machine; Node only),
   * "reference" (slow, to check the others), or "auto": native where one is found and the model is large enough to pay
   * its start, else wasm. The report names the one that was used.
   */
  readonly engine?: "auto" | EngineName;
  /**
   * Arithmetic of the spectra. "mixed" forms the Gram matrix in f32 with f64 sums, "f32" reduces it in f32 too. "auto":
   * f32 where weights are stored in 16 bits or fewer or quantised, else f64. Each row tells its own precision and what
   * it resolves.
   */
  readonly precision?: "auto" | Precision;
  /** Layers worked on at once. Default: the pool's own width. */
  readonly jobs?: number;
  /**
   * Bytes that the matrices under way may take together, `MIN_MEMORY_BYTES` or more; it decides how many are worked on
   * at once, and one always is. Default: the host's own.
   */
  readonly memory?: number;
  /**
   * Seed of every randomised estimate. The default columns use none; it is recorded so that the run can be repeated.
   */
  readonly seed?: number;
  /**
   * Refuses pickles (PyTorch) that name code beyond what weights need, instead of reading it as inert data with a
   * warning. Default false.
   */
  readonly strictPickle?: boolean;
  /**
   * Which part of a nested checkpoint holds the weights: a path of keys ("ema.state_dict"), "" for all of it. Default
   * null: the usual keys decide.
   */
  readonly root?: string | null;
  /**
   * How often each layer's weights are permuted and solved again, to tell what correlations made of its spectrum.
   * Default 0: not at all.
   */
  readonly randomize?: number;
  /**
   * Adds WeightWatcher's optional columns, under its names and by its formulas: all of them, or those that are listed,
   * by the names of its options ("mp_fit", "detX", "randomize", "vectors") or of single columns. Default false.
   */
  readonly weightwatcher?: boolean | readonly string[];
  /** Adds the localisation of eigenvectors in the bulk and beyond its edge (M up to 1024). Default false. */
  readonly vectors?: boolean;
  /**
   * Adds the other laws of the tail and the label of the best, fits without fingers, and the tail exponent mu of the
   * entries. Default false.
   */
  readonly tails?: boolean;
  /**
   * How often each tail is drawn again, to tell the intervals of alpha and xmin and the p-value of the power law.
   * Default 0: not at all.
   */
  readonly bootstrap?: number;
  /** Adds Hill's exponent over square windows of each matrix, which the aspect ratio does not bias. Default false. */
  readonly farms?: boolean;
}

/** The options that add columns, and none of them. */
export const NOTHING_OPTIONAL = { randomize: 0, weightwatcher: false, vectors: false, tails: false, bootstrap: 0, farms: false } as const;

export type ResolvedOptions = Required<Omit<AnalyzeOptions, "jobs" | "memory">>;

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

/** More permutations sharpen no estimate, and each costs as much as the layer itself. */
const MOST_PERMUTATIONS = 1000;
/** Fewer say nothing about a spread (`powerLawUncertainty`); more sharpen no digit that is shown. */
const FEWEST_REPLICATES = 20;
const MOST_REPLICATES = 100_000;

/**
 * What the smallest matrix takes while it is worked on: a smaller budget never lets in a matrix, and so limits nothing.
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
    throw new TypeError(`option weightwatcher: found ${JSON.stringify(weightwatcher)}, expected true, false or a list of names`);
  const unknown = weightwatcher.filter((name) => !WEIGHTWATCHER_NAMES.includes(name));
  if (unknown.length > 0)
    throw new RangeError(
      `option weightwatcher: found ${unknown.map((name) => JSON.stringify(name)).join(", ")}, expected some of ${WEIGHTWATCHER_NAMES.join(", ")}`,
    );
}

/** Fills in the defaults. Throws `TypeError` or `RangeError` naming option, value and what was expected. */
export function resolveOptions(options: AnalyzeOptions = {}): ResolvedOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([key, value]) => value !== undefined && key in DEFAULTS));
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
  if (!Number.isInteger(resolved.randomize) || resolved.randomize < 0 || resolved.randomize > MOST_PERMUTATIONS) {
    throw new RangeError(`option randomize: found ${resolved.randomize}, expected a whole number from 0 to ${MOST_PERMUTATIONS}`);
  }
  const { bootstrap } = resolved;
  if (bootstrap !== 0 && !(Number.isInteger(bootstrap) && bootstrap >= FEWEST_REPLICATES && bootstrap <= MOST_REPLICATES)) {
    throw new RangeError(
      `option bootstrap: found ${bootstrap}, expected 0 or a whole number from ${FEWEST_REPLICATES} to ${MOST_REPLICATES}`,
    );
  }
  for (const option of ["vectors", "tails", "farms", "strictPickle"] as const) {
    if (typeof resolved[option] !== "boolean") {
      throw new TypeError(`option ${option}: found ${JSON.stringify(resolved[option])}, expected true or false`);
    }
  }
  assertWeightWatcherNames(resolved.weightwatcher);
  if (options.jobs !== undefined && (!Number.isInteger(options.jobs) || options.jobs < 1)) {
    throw new RangeError(`option jobs: found ${options.jobs}, expected a whole number from 1`);
  }
  if (options.memory !== undefined && !(options.memory >= MIN_MEMORY_BYTES)) {
    const least = `${MIN_MEMORY_BYTES} (${Math.ceil(MIN_MEMORY_BYTES / 1024)}K)`;
    throw new RangeError(`option memory: found ${options.memory}, expected ${least} bytes or more, what the smallest matrix takes`);
  }
  return resolved;
}
