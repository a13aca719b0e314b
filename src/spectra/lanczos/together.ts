import type { Values } from "../../formats/tensor.js";
import type { MatrixSource } from "../../layers/layer.js";
import { beginGramProducts, type ProductPass } from "./gram-operator.js";
import type { ProductLoop } from "./lanczos-quadrature.js";

export interface Together {
  readonly source: MatrixSource;
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: (step: number) => void;
}

export interface TogetherResult {
  /** What each loop returned. */
  readonly results: readonly unknown[];
  /** The trace of W'W, and how often the rows were read. */
  readonly trace: number;
  readonly passes: number;
}

/** Loops that advance together while rows are pushed. */
export interface LoopsTogether {
  /** How often the rows are needed, as far as is known: it grows when a reading ends. */
  readonly passes: number;
  push(block: Values): void;
  /** Throws `RangeError` if rows are missing. */
  finish(): TogetherResult;
}

/**
 * Runs loops together: one reading of the matrix serves the vectors of all loops that are still running. `onStep` is
 * called after each step.
 */
export function loopsTogether(
  loops: readonly ProductLoop<unknown>[],
  shape: Pick<MatrixSource, "rows" | "cols">,
  onStep?: (step: number) => void,
): LoopsTogether {
  const results: unknown[] = loops.map(() => undefined);
  const wanted = new Map<number, readonly Float64Array[]>();
  let reading: ProductPass | undefined;
  let step = 0;
  let passes = 0;
  let trace = 0;

  const advance = (k: number, next: IteratorResult<readonly Float64Array[], unknown>): void => {
    if (next.done) {
      results[k] = next.value;
      wanted.delete(k);
    } else wanted.set(k, next.value);
  };
  const beginReading = (): void => {
    reading = wanted.size === 0 ? undefined : beginGramProducts(shape, [...wanted.values()].flat());
    passes += reading?.readings ?? 0;
  };
  for (const [k, loop] of loops.entries()) advance(k, loop.next());
  beginReading();

  return {
    get passes() {
      return passes;
    },
    push(block) {
      if (reading === undefined) throw new RangeError("push: no further reading of the matrix was requested");
      reading.push(block);
      if (!reading.complete) return;
      const found = reading.finish();
      trace = found.trace;
      let from = 0;
      for (const [k, vectors] of [...wanted]) {
        advance(k, loops[k].next(found.products.slice(from, from + vectors.length)));
        from += vectors.length;
      }
      onStep?.(++step);
      beginReading();
    },
    finish() {
      // An incomplete reading throws.
      reading?.finish();
      return { results, trace, passes };
    },
  };
}

/** The same for a source. Rejects with what the source throws, or with the signal's reason. */
export async function together(
  loops: readonly ProductLoop<unknown>[],
  { source, signal, onStep }: Together,
): Promise<TogetherResult> {
  const run = loopsTogether(loops, source, onStep);
  for (let pass = 0; pass < run.passes; pass++) {
    for await (const block of source.blocks(signal)) {
      signal?.throwIfAborted();
      run.push(block);
    }
  }
  return run.finish();
}
