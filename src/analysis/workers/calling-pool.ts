import type { MatrixSource } from "../../layers/index.js";
import {
  type ApproximateSpectrum,
  approximateBytes,
  engineBytes,
  type SpectralPool,
  type StackSpectrum,
} from "../../spectra/index.js";
import { DegenerateWeights } from "../weights-state.js";
import type { StackCall, StackReply } from "./layer-call.js";
import type { Recipe } from "./recipe.js";
import { runCall } from "./run-call.js";

/**
 * The pool, where workers make the values by themselves of every source that has a recipe. The values of other sources
 * are made in this thread and streamed to the workers. Eigenvectors are always streamed: what is measured of them is
 * measured where they are (`measureVectorsByWorker`).
 */
export function callingPool(pool: SpectralPool): SpectralPool {
  /** Undefined if the source's values must be streamed. */
  const run = async <Result>(
    source: MatrixSource,
    { request, bytes }: { readonly request: StackCall["request"]; readonly bytes: number },
    signal?: AbortSignal,
  ): Promise<Result | undefined> => {
    if (source.recipe === undefined) return undefined;
    const description: StackCall = { kind: "stack", recipe: source.recipe as Recipe, request };
    const reply = await runCall<StackReply>({ description, bytes }, { pool, signal });
    if (reply?.degenerate !== undefined) throw new DegenerateWeights(reply.degenerate.reason, reply.degenerate.value);
    return reply?.result as Result | undefined;
  };
  return {
    ...pool,
    get warnings() {
      return pool.warnings;
    },
    async solve(source, signal, { precision = "f64" } = {}) {
      const call = { bytes: engineBytes(source, precision), request: { kind: "spectrum", precision } } as const;
      return (await run<StackSpectrum>(source, call, signal)) ?? pool.solve(source, signal, { precision });
    },
    async approximate(source, request, signal) {
      const call = { bytes: approximateBytes(source, request), request: { kind: "approximate", ...request } } as const;
      return (await run<ApproximateSpectrum>(source, call, signal)) ?? pool.approximate(source, request, signal);
    },
  };
}
