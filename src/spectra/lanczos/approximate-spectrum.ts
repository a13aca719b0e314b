import type { MatrixSource, StackShape } from "../../layers/layer.js";
import { createRng, normalSampler, type Rng } from "../../numeric/random.js";
import type { ApproximateRequest, StreamedTask } from "../engine.js";
import { EPSILON } from "../route.js";
import { assertStackShape } from "../stack-task.js";
import type { ApproximateSpectrum } from "./approximate-result.js";
import { blockLanczos, type RitzPairs } from "./block-lanczos.js";
import { type GaussRule, lanczosQuadrature, type ProductLoop } from "./lanczos-quadrature.js";
import { spectralCdf } from "./spectral-cdf.js";
import { loopsTogether } from "./together.js";

/** The defaults. */
const PROBES = 8;
const STEPS = 80;
const BLOCK = 8;

export interface ApproximateOptions {
  /** Draws the start vectors: the same random numbers give the same result. */
  readonly rng: Rng;
  /** Number of start vectors of the density. Its standard error falls with the square root. Default 8. */
  readonly probes?: number;
  /** Number of Lanczos steps: each reads the matrix. The density's resolution falls in proportion. Default 80. */
  readonly steps?: number;
  /** Width of the block for the top of the spectrum, and the number of eigenvalues returned. Default 8 and 16. */
  readonly block?: number;
  readonly count?: number;
  readonly signal?: AbortSignal;
  /** Called after each reading of the matrix. */
  readonly onStep?: (step: number) => void;
}

/**
 * The density of the spectrum by stochastic Lanczos quadrature [UCS17] and its top by block Lanczos, from products with
 * W'W alone: each step reads the rows once (a wide matrix's twice) for all vectors of both. O(4 N M (probes + block)
 * steps) operations, and (probes + 2 block) steps vectors of length M of memory: 1.5 GiB at M = 100,000 with the
 * defaults. Throws `RangeError` for a stack of several matrices and for numbers that are not positive integers; rejects
 * with what the source throws or the signal's reason.
 */
export async function approximateSpectrum(
  source: MatrixSource,
  { signal, ...options }: ApproximateOptions,
): Promise<ApproximateSpectrum> {
  const task = beginApproximate(source, options);
  for (let pass = 0; pass < task.passes; pass++) {
    for await (const block of source.blocks(signal)) {
      signal?.throwIfAborted();
      task.push(block);
    }
  }
  return task.finish();
}

/** The same as a task to which rows are pushed, for workers. */
export function approximateTask(
  shape: StackShape,
  { seed, ...options }: ApproximateRequest,
): StreamedTask<ApproximateSpectrum> {
  return beginApproximate(shape, { ...options, rng: createRng(seed) });
}

type Options = Omit<ApproximateOptions, "signal">;

function beginApproximate(
  shape: StackShape,
  { rng, probes = PROBES, steps = STEPS, block = BLOCK, count = 16, onStep }: Options,
): StreamedTask<ApproximateSpectrum> & { readonly passes: number } {
  assertStackShape(shape);
  if (shape.count !== 1)
    throw new RangeError(`approximateSpectrum: found a stack of ${shape.count} matrices, expected one`);
  for (const [name, value] of Object.entries({ probes, steps, block, count })) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`approximateSpectrum: ${name} must be a positive integer, got ${value}`);
  }
  const [N, M] = [Math.max(shape.rows, shape.cols), Math.min(shape.rows, shape.cols)];
  const normal = normalSampler(rng);
  // The probes are signs: their squared entries are all 1, which removes part of the variance. The block is Gaussian:
  // it spans any subspace.
  const signs = Array.from({ length: probes }, () => Float64Array.from({ length: M }, () => (rng() < 0.5 ? -1 : 1)));
  const gaussians = Array.from({ length: Math.min(block, M) }, () => Float64Array.from({ length: M }, normal));
  const loops: [ProductLoop<GaussRule[]>, ProductLoop<RitzPairs>] = [
    lanczosQuadrature(signs, Math.min(steps, M)),
    blockLanczos(gaussians, { steps, count }),
  ];
  const run = loopsTogether(loops, shape, onStep);
  return {
    get passes() {
      return run.passes;
    },
    push: run.push,
    finish() {
      const { results, trace, passes } = run.finish();
      const [rules, ritz] = results as [GaussRule[], RitzPairs];
      return { approximate: true, N, M, trace, probes, steps, passes, ...estimates(rules, ritz, M) };
    },
    cancel() {},
  };
}

function estimates(
  rules: readonly GaussRule[],
  ritz: RitzPairs,
  M: number,
): Pick<ApproximateSpectrum, "lambdaMax" | "top" | "density" | "cdf"> {
  // Products of f64 vectors with W'W have at most this error, whatever the residual says.
  const rounding = M * EPSILON * ritz.values[0];
  const top = {
    values: ritz.values.map((value) => Math.max(0, value)),
    bounds: ritz.residuals.map((residual) => residual + rounding),
  };
  const lambdaMax = { value: top.values[0], bound: top.bounds[0] };
  return { lambdaMax, top, density: pooled(rules), cdf: spectralCdf(rules, lambdaMax.value + lambdaMax.bound) };
}

/** Bytes for an approximate spectrum: (probes + 2 block) steps vectors of length M, and the vectors of one product. */
export function approximateBytes(
  { rows, cols }: Pick<StackShape, "rows" | "cols">,
  { probes = PROBES, steps = STEPS, block = BLOCK }: Pick<ApproximateRequest, "probes" | "steps" | "block">,
): number {
  const vectors = (probes + 2 * block) * steps;
  return 8 * (Math.min(rows, cols) * (vectors + 2 * (probes + block)) + (rows < cols ? cols * (probes + block) : 0));
}

function pooled(rules: readonly GaussRule[]): ApproximateSpectrum["density"] {
  const points = rules.flatMap(({ nodes, weights }) =>
    Array.from(nodes, (node, i) => ({ node, weight: weights[i] / rules.length })),
  );
  points.sort((a, b) => a.node - b.node);
  return {
    nodes: Float64Array.from(points, ({ node }) => node),
    weights: Float64Array.from(points, ({ weight }) => weight),
  };
}
