import type { LayerDescription, StackShape } from "../../layers/index.js";
import type { ApproximateRequest, EigenvectorRequest, Precision, Spectrum } from "../../spectra/index.js";
import type { DirectionsRequest } from "../compare/leading-directions.js";
import type { RoundingError } from "../compare/rounding.js";
import type { LayerResult } from "../layer-result.js";
import type { ResolvedOptions } from "../options.js";
import type { Digest } from "../store/digest.js";
import type { Outcome } from "../store/outcome.js";
import type { Recipe } from "./recipe.js";
import type { SentError } from "./sent-error.js";

// What the caller's thread and a worker say to each other about one layer: plain data (structured clone).

/** Layers to analyse in a worker, which reads the weights by itself. */
export interface LayerCall {
  readonly kind: "layers";
  readonly layers: readonly DescribedLayer[];
  readonly options: ResolvedOptions;
  /** Set if what is computed is kept, or may have been kept before: the worker asks for it and tells it. */
  readonly memory?: { readonly files: Digest | null; readonly writes: boolean };
  /** As in `LayerWork`. */
  readonly onlyKept?: boolean;
}

export interface DescribedLayer {
  readonly layer: LayerDescription;
  readonly weights: Recipe;
  /** The key of the layer's exact job, if it is known already. */
  readonly key?: Digest;
}

/** A worker asks for a kept outcome, or tells a new one. */
export type StoreQuestion =
  | { readonly kind: "get"; readonly key: Digest }
  | { readonly kind: "put"; readonly outcome: Outcome };

/** Only the spectrum of a stack whose values the worker makes by itself. */
export interface StackCall {
  readonly kind: "stack";
  readonly recipe: Recipe;
  readonly request: StackRequest;
}

export type StackRequest =
  | { readonly kind: "spectrum"; readonly precision: Precision }
  | ({ readonly kind: "approximate" } & ApproximateRequest);

export interface StackReply {
  readonly result?: unknown;
  /** Set for `DegenerateWeights`. */
  readonly degenerate?: { readonly reason: string; readonly value?: number };
}

/** What measures eigenvectors (column-work.ts). */
export type VectorWork = "weightWatcherVectors" | "localisation";

/** Measures of all eigenvectors of a stack; the vectors themselves stay in the worker. */
export interface VectorsCall {
  readonly kind: "vectors";
  readonly recipe: Recipe;
  readonly side: EigenvectorRequest["side"];
  readonly work: VectorWork;
}

/** Per matrix of the stack, in order: the eigenvalues, ascending, and the measures of their vectors. */
export type VectorsReply = readonly { readonly values: Float64Array; readonly measures: readonly unknown[] }[];

/** How two stacks are aligned (compare/alignment.ts). */
export interface AlignmentCall {
  readonly kind: "alignment";
  readonly a: Recipe;
  readonly b: Recipe;
}

/** How the leading directions of two stacks agree (compare/leading-directions.ts). */
export interface DirectionsCall {
  readonly kind: "directions";
  readonly a: Recipe;
  readonly b: Recipe;
  readonly request: DirectionsRequest;
}

/** How large the rounding of two stacks can make their difference (compare/rounding.ts). */
export interface RoundingCall {
  readonly kind: "rounding";
  readonly a: Recipe;
  readonly b: Recipe;
  readonly errors: readonly [RoundingError, RoundingError];
}

/** What the spectrum of a difference tells (compare/measure-difference.ts). It reads no weights. */
export interface DifferenceCall {
  readonly kind: "difference";
  readonly layer: LayerDescription;
  readonly shape: StackShape;
  readonly spectrum: Spectrum;
  readonly noise: number;
}

export type WorkerCall =
  | LayerCall
  | StackCall
  | VectorsCall
  | AlignmentCall
  | DirectionsCall
  | RoundingCall
  | DifferenceCall;

/** What a worker made of each layer. The caller has the layer itself. */
export interface LayerReply {
  readonly result: Omit<LayerResult, "layer" | "error">;
  readonly error?: SentError;
  /** The key of the outcome of its spectrum, or of the reason why it has none. */
  readonly key?: Digest;
}
