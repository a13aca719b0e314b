import {
  readRandomisation,
  type WeightWatcherVectorMeasures,
  weightWatcherBulk,
  weightWatcherRandomised,
  weightWatcherVectorMeasures,
} from "../metrics/index.js";
import { drawReplicates } from "./extras/replicates.js";
import { tailColumns } from "./extras/tail-columns.js";
import { type VectorMeasures, vectorMeasures } from "./extras/vector-measures.js";

/**
 * The fits and measures of optional columns that are too slow for the caller's thread (20 ms to minutes each). They are
 * pure functions; their arguments and results can be sent to a worker.
 */
export const COLUMN_WORK = {
  replicates: drawReplicates,
  tails: tailColumns,
  weightWatcherBulk,
  weightWatcherRandomised,
  randomisation: readRandomisation,
  /** Vectors are rows of `M` values. */
  weightWatcherVectors: (vectors: Float64Array, M: number): WeightWatcherVectorMeasures[] =>
    rowsOf(vectors, M).map(weightWatcherVectorMeasures),
  localisation: (vectors: Float64Array, M: number): VectorMeasures[] => rowsOf(vectors, M).map(vectorMeasures),
};

type ColumnWork = typeof COLUMN_WORK;

/** Computes optional columns, on the workers of the host if it has any. */
export interface ColumnWorker {
  /** Warnings about where the work was done. The list may grow while work is running. */
  readonly warnings?: readonly string[];
  /** Rejects with the error that the function throws, or with the signal's reason. */
  run<Name extends keyof ColumnWork>(
    name: Name,
    args: Parameters<ColumnWork[Name]>,
    signal?: AbortSignal,
  ): Promise<ReturnType<ColumnWork[Name]>>;
  close(): Promise<void>;
}

/** The message to a worker; `ColumnAnswer` is its reply. */
export interface ColumnCall {
  readonly name: keyof ColumnWork;
  readonly args: readonly unknown[];
}
export type ColumnAnswer = { readonly result: unknown } | { readonly error: unknown };

/** Answers one call. Runs in the worker. */
export function answerCall({ name, args }: ColumnCall): ColumnAnswer {
  try {
    return { result: (COLUMN_WORK[name] as (...args: readonly unknown[]) => unknown)(...args) };
  } catch (error) {
    return { error };
  }
}

/** Runs the calls on the caller's thread, one after the other. It yields to the event loop before each call. */
export function columnWorkInPlace(): ColumnWorker {
  let turn: Promise<unknown> = Promise.resolve();
  return {
    run(name, args, signal) {
      const done = turn.then(async () => {
        await new Promise((resolve) => setTimeout(resolve));
        signal?.throwIfAborted();
        return (COLUMN_WORK[name] as (...args: unknown[]) => unknown)(...(args as unknown[])) as never;
      });
      // The next call runs even if this one failed.
      turn = done.catch(() => {});
      return done;
    },
    close: async () => {},
  };
}

function rowsOf(values: Float64Array, M: number): Float64Array[] {
  return Array.from({ length: values.length / M }, (_, i) => values.subarray(i * M, (i + 1) * M));
}
