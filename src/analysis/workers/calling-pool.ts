import type { MatrixSource } from "../../layers/index.js";
import {
  type ApproximateSpectrum,
  approximateBytes,
  CallUnavailable,
  type Eigensystem,
  eigenvectorBytes,
  engineBytes,
  type SpectralPool,
  type StackSpectrum,
} from "../../spectra/index.js";
import { DegenerateWeights } from "../weights-state.js";
import type { StackCall, StackReply, StackRequest } from "./layer-call.js";
import type { Recipe } from "./recipe.js";
import { receiveReply } from "./sent-error.js";

/**
 * The pool, where workers make the values by themselves of every source that has a recipe. The values of other sources
 * are made in this thread and streamed to the workers.
 */
export function callingPool(pool: SpectralPool): SpectralPool {
  const run = async <Result>(
    { source, bytes, request }: { source: MatrixSource; bytes: number; request: StackRequest },
    streamed: () => Promise<Result>,
    { signal, onMatrix }: { signal?: AbortSignal | undefined; onMatrix?: (eigensystem: Eigensystem) => void } = {},
  ): Promise<Result> => {
    if (pool.call === undefined || source.recipe === undefined) return streamed();
    const description: StackCall = { kind: "stack", recipe: source.recipe as Recipe, request };
    const onAsk = async (eigensystem: unknown): Promise<void> => onMatrix?.(eigensystem as Eigensystem);
    try {
      const reply = receiveReply<StackReply>(await pool.call({ description, bytes, onAsk }, signal));
      if (reply.degenerate !== undefined) throw new DegenerateWeights(reply.degenerate.reason, reply.degenerate.value);
      return reply.result as Result;
    } catch (cause) {
      if (cause instanceof CallUnavailable) return streamed();
      throw cause;
    }
  };
  return {
    ...pool,
    get warnings() {
      return pool.warnings;
    },
    solve: (source, signal, { precision = "f64" } = {}) =>
      run<StackSpectrum>(
        { source, bytes: engineBytes(source, precision), request: { kind: "spectrum", precision } },
        () => pool.solve(source, signal, { precision }),
        { signal },
      ),
    eigenvectors: (source, request, signal) =>
      run<void>(
        { source, bytes: eigenvectorBytes(source), request: { kind: "eigenvectors", side: request.side } },
        () => pool.eigenvectors(source, request, signal),
        { signal, onMatrix: request.onMatrix },
      ),
    approximate: (source, request, signal) =>
      run<ApproximateSpectrum>(
        { source, bytes: approximateBytes(source, request), request: { kind: "approximate", ...request } },
        () => pool.approximate(source, request, signal),
        { signal },
      ),
  };
}
