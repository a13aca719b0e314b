import type { MatrixSource } from "../../layers/layer.js";
import { gramProducts } from "./gram-operator.js";
import type { ProductLoop } from "./lanczos-quadrature.js";

export interface Together {
  readonly source: MatrixSource;
  readonly signal?: AbortSignal;
  readonly onStep?: (step: number) => void;
}

export interface TogetherResult {
  /** What each loop returned. */
  readonly results: readonly unknown[];
  /** The trace of W'W, and how often the rows were read. */
  readonly trace: number;
  readonly passes: number;
}

/** Runs loops side by side: one reading of the matrix serves the vectors of all that are still running. */
export async function together(loops: readonly ProductLoop<unknown>[], { source, signal, onStep }: Together): Promise<TogetherResult> {
  const results: unknown[] = loops.map(() => undefined);
  const wanted = new Map<number, readonly Float64Array[]>();
  const advance = (k: number, next: IteratorResult<readonly Float64Array[], unknown>): void => {
    if (next.done) {
      results[k] = next.value;
      wanted.delete(k);
    } else wanted.set(k, next.value);
  };
  for (const [k, loop] of loops.entries()) advance(k, loop.next());
  let trace = 0;
  let passes = 0;
  for (let step = 1; wanted.size > 0; step++) {
    const asked = [...wanted];
    const found = await gramProducts(
      source,
      asked.flatMap(([, vectors]) => vectors),
      signal,
    );
    trace = found.trace;
    passes += found.passes;
    let from = 0;
    for (const [k, vectors] of asked) {
      advance(k, loops[k].next(found.products.slice(from, from + vectors.length)));
      from += vectors.length;
    }
    onStep?.(step);
  }
  return { results, trace, passes };
}
