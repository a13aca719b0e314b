import type { Values } from "../formats/tensor.js";
import type { StackShape } from "../layers/layer.js";
import type { EngineName, Precision, StackSpectrum } from "./engine.js";
import type { HelpWanted } from "./wasm/team.js";

/** What a pool says to a worker. `task` numbers the stacks, so that answers to a cancelled one are known as such. */
export type ToWorker =
  | { readonly kind: "engine"; readonly name: EngineName }
  | {
      readonly kind: "begin";
      readonly task: number;
      readonly shape: StackShape;
      readonly precision: Precision;
      /** Whether the pool has other workers that could help. */
      readonly mayHaveHelp: boolean;
    }
  | { readonly kind: "block"; readonly task: number; readonly values: Values }
  | { readonly kind: "finish"; readonly task: number }
  | { readonly kind: "cancel"; readonly task: number }
  /** Helps another worker with its matrix, under the given number; takes no messages until that is done or the helper is recalled (wasm/team.ts). */
  | { readonly kind: "assist"; readonly wanted: HelpWanted; readonly member: number };

/**
 * What a worker answers: one "taken" for each block, then "solved"; "failed" once where the engine threw, and nothing more for that task. "help-wanted"
 * comes at most once, after "begin"; "passes" too, before the first "taken", where rows are to come more than once; "assisted" when it has done helping.
 */
export type FromWorker =
  | { readonly kind: "help-wanted"; readonly task: number; readonly wanted: HelpWanted }
  | { readonly kind: "passes"; readonly task: number; readonly passes: number }
  | { readonly kind: "taken"; readonly task: number }
  | { readonly kind: "solved"; readonly task: number; readonly spectrum: StackSpectrum }
  | { readonly kind: "failed"; readonly task: number; readonly error: Error }
  | { readonly kind: "assisted" };
