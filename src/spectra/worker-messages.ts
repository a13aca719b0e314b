import type { Values } from "../formats/tensor.js";
import type { StackShape } from "../layers/layer.js";
import type {
  ApproximateRequest,
  Eigensystem,
  EigenvectorRequest,
  EngineName,
  Precision,
  StackSpectrum,
} from "./engine.js";
import type { ApproximateSpectrum } from "./lanczos/approximate-result.js";
import type { HelpWanted } from "./team-control.js";

/** What to compute of a stack. */
export type StreamRequest =
  | {
      readonly kind: "spectrum";
      readonly precision: Precision;
      /** Whether the pool has other workers that could help. */
      readonly mayHaveHelp: boolean;
    }
  | { readonly kind: "eigenvectors"; readonly side: EigenvectorRequest["side"] }
  | ({ readonly kind: "approximate" } & ApproximateRequest);

/** What a request resolves to. */
export interface StreamResult {
  readonly spectrum: StackSpectrum;
  readonly eigenvectors: undefined;
  readonly approximate: ApproximateSpectrum;
}

/** Messages of a pool to a worker. `task` numbers the stacks, so that answers to a cancelled one can be recognised. */
export type ToWorker =
  | { readonly kind: "engine"; readonly name: EngineName }
  | { readonly kind: "begin"; readonly task: number; readonly shape: StackShape; readonly request: StreamRequest }
  | { readonly kind: "block"; readonly task: number; readonly values: Values }
  | { readonly kind: "finish"; readonly task: number }
  | { readonly kind: "cancel"; readonly task: number }
  /** A task that the worker does by itself, from a description of it (`PoolCall`). */
  | { readonly kind: "call"; readonly task: number; readonly description: unknown }
  /** The answer to a question of such a task. */
  | { readonly kind: "reply"; readonly task: number; readonly ask: number; readonly answer: Settled }
  /**
   * Helps another worker with its matrix, under the given member number. It receives no messages until that is done or
   * the helper is recalled (team-control.ts).
   */
  | { readonly kind: "assist"; readonly wanted: HelpWanted; readonly member: number };

/** How a promise ended on the other side. */
export type Settled = { readonly value: unknown } | { readonly error: unknown };

/**
 * Answers of a worker: one "taken" for each block, then "solved"; or "failed" once if the engine threw, and nothing
 * more for that task. "help-wanted" comes at most once, after "begin". "passes" comes before the "taken" of the same
 * block, if the rows are needed more often than was known (once). "matrix" comes for each matrix whose eigenvectors are
 * done; "assisted" when it has finished helping. A "call" may ask questions ("ask"), wants help for several matrices
 * one after the other ("help-over" after each), and ends with "returned" or "failed".
 */
export type FromWorker =
  | { readonly kind: "help-wanted"; readonly task: number; readonly wanted: HelpWanted }
  | { readonly kind: "passes"; readonly task: number; readonly passes: number }
  | { readonly kind: "taken"; readonly task: number }
  | { readonly kind: "matrix"; readonly task: number; readonly eigensystem: Eigensystem }
  | { readonly kind: "solved"; readonly task: number; readonly result: StreamResult[keyof StreamResult] }
  | { readonly kind: "failed"; readonly task: number; readonly error: Error }
  | { readonly kind: "assisted" }
  | { readonly kind: "help-over"; readonly task: number }
  | { readonly kind: "ask"; readonly task: number; readonly ask: number; readonly question: unknown }
  | { readonly kind: "returned"; readonly task: number; readonly value: unknown };
