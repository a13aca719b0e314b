import type { Values } from "../formats/tensor.js";
import type { StackShape } from "../layers/layer.js";
import type { EngineName, StackSpectrum } from "./engine.js";

/** What a pool says to a worker. `task` numbers the stacks, so that answers to a cancelled one are known as such. */
export type ToWorker =
  | { readonly kind: "engine"; readonly name: EngineName }
  | { readonly kind: "begin"; readonly task: number; readonly shape: StackShape }
  | { readonly kind: "block"; readonly task: number; readonly values: Values }
  | { readonly kind: "finish"; readonly task: number }
  | { readonly kind: "cancel"; readonly task: number };

/** What a worker answers: one "taken" for each block, then "solved"; "failed" once where the engine threw, and nothing more for that task. */
export type FromWorker =
  | { readonly kind: "taken"; readonly task: number }
  | { readonly kind: "solved"; readonly task: number; readonly spectrum: StackSpectrum }
  | { readonly kind: "failed"; readonly task: number; readonly error: Error };
