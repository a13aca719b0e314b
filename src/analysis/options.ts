import type { EngineName } from "../spectra/index.js";

/** What can be asked of an analysis. Every option has a default; `resolveOptions` fills them in and refuses nonsense. */
export interface AnalyzeOptions {
  /** Globs on full layer names: only matching layers are analysed. Default: all. */
  readonly layers?: readonly string[];
  /** Globs on full layer names: matching layers are left out (and listed as skipped). */
  readonly exclude?: readonly string[];
  /** Layers with fewer eigenvalues (M * rf) are left out. Default 10, the peer's. */
  readonly minEigenvalues?: number;
  /** Convolutions as k*k slices pooled into one spectrum ("slices", the peer's way), or flattened to one out x (in*k*k) matrix. */
  readonly conv?: "slices" | "flatten";
  readonly engine?: "auto" | EngineName;
  readonly precision?: "auto" | "f64";
  /** Layers worked on at once. Default: the pool's own width. */
  readonly jobs?: number;
  /** Seed of every randomised estimate. The default columns use none; it is recorded so that the run can be repeated. */
  readonly seed?: number;
}

export type ResolvedOptions = Required<Omit<AnalyzeOptions, "jobs">>;

const DEFAULTS: ResolvedOptions = {
  layers: [],
  exclude: [],
  minEigenvalues: 10,
  conv: "slices",
  engine: "auto",
  precision: "auto",
  seed: 0,
};

const CHOICES = {
  conv: ["slices", "flatten"],
  engine: ["auto", "wasm", "reference"],
  precision: ["auto", "f64"],
} as const;

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
  if (options.jobs !== undefined && (!Number.isInteger(options.jobs) || options.jobs < 1)) {
    throw new RangeError(`option jobs: found ${options.jobs}, expected a whole number from 1`);
  }
  return resolved;
}
