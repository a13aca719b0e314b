import type { Layer, MatrixOrigin, MatrixSource } from "../../layers/index.js";
import type { EngineName, Precision, SpectralPool } from "../../spectra/index.js";
import { approximateSeed } from "../measure-approximate.js";
import { DegenerateWeights, withDegeneracyCheck } from "../weights-state.js";
import { digested } from "./content-digest.js";
import { type Digest, digestOfData } from "./digest.js";
import type { Outcome } from "./outcome.js";

/**
 * Raised whenever the eigenvalues of the same weights change by more than rounding, or the statistics of their entries
 * do: outcomes of an older version are then computed again.
 */
const SOLVE_VERSION = 1;

/** How a spectrum is computed, with everything decided: never "auto". */
export interface SolvePlan {
  readonly kind: "exact" | "approximate";
  readonly engine: EngineName;
  readonly precision: Precision;
  readonly version: number;
  /** Of the start vectors of an approximate spectrum. */
  readonly seed?: number;
}

/** One spectrum to compute, as plain data: the same for a pool of workers, a share of a run, and another machine. */
export interface SpectrumJob {
  /** Identity of the files that hold the weights (`identifyFiles`). */
  readonly files: Digest;
  readonly origin: MatrixOrigin;
  readonly solve: SolvePlan;
}

/** A spectrum to compute of weights with this content, wherever they are stored. */
export interface ContentJob {
  readonly content: Digest;
  readonly solve: SolvePlan;
}

export interface JobContext extends SolveContext {
  readonly files: Digest;
}

/** What a spectrum depends on besides the weights. */
export interface SolveContext {
  readonly engine: EngineName;
  readonly precision: Precision;
  /** The seed of the analysis. */
  readonly seed: number;
}

/** The exact spectrum of a layer, and the approximate one, for a matrix past the engine's limit. */
export interface Jobs<Job> {
  readonly exact: Job;
  readonly approximate: Job;
}

/** The jobs of a layer of these files. */
export function jobsOf(
  { index, source: { origin } }: Pick<Layer, "index" | "source">,
  { files, ...context }: JobContext,
): Jobs<SpectrumJob> {
  if (origin === undefined) throw new RangeError("the values of this source come from no file: they make no job");
  const { exact, approximate } = plansOf(index, context);
  return { exact: { files, origin, solve: exact }, approximate: { files, origin, solve: approximate } };
}

/** The jobs of a layer whose weights have this content. */
export function contentJobsOf(
  { index }: Pick<Layer, "index">,
  { content, ...context }: SolveContext & { readonly content: Digest },
): Jobs<ContentJob> {
  const { exact, approximate } = plansOf(index, context);
  return { exact: { content, solve: exact }, approximate: { content, solve: approximate } };
}

function plansOf(index: number, { engine, precision, seed }: SolveContext): Jobs<SolvePlan> {
  const solve = { engine, precision, version: SOLVE_VERSION };
  return {
    exact: { kind: "exact", ...solve },
    approximate: { kind: "approximate", ...solve, seed: approximateSeed(seed, index) },
  };
}

/** What identifies a job and its outcome. It needs no weights. */
export function jobKey(job: SpectrumJob | ContentJob): Promise<Digest> {
  return digestOfData(job);
}

export interface JobHost {
  readonly key: Digest;
  readonly pool: SpectralPool;
  /** Whether the weights are digested, for an outcome that is kept. */
  readonly digest: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Computes the spectrum of a job on the pool, from the source that its origin describes. Rejects if the weights cannot
 * be read, if the matrix is past the engine's limit (`isPastLimit`), or with the signal's reason.
 */
export async function runSpectrumJob(
  { solve: { kind, precision, seed = 0 } }: Pick<SpectrumJob, "solve">,
  source: MatrixSource,
  { key, pool, digest, signal }: JobHost,
): Promise<Outcome> {
  const checked = withDegeneracyCheck(source);
  const watched = digest ? digested(checked) : { source: checked, content: async () => "" };
  try {
    if (kind === "approximate") {
      const spectrum = await pool.approximate(watched.source, { seed }, signal);
      return { key, kind, content: await watched.content(), spectrum };
    }
    const spectrum = await pool.solve(watched.source, signal, { precision });
    return { key, kind, content: await watched.content(), spectrum };
  } catch (cause) {
    if (!(cause instanceof DegenerateWeights)) throw cause;
    return { key, kind: "degenerate", reason: cause.message, ...(cause.value !== undefined && { value: cause.value }) };
  }
}
