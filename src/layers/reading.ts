import type { Tensor } from "../formats/tensor.js";
import type { CompanionsByModule } from "./companions.js";
import type { LayerType, StackView } from "./layer.js";
import type { HeadEvidence } from "./layer-heads.js";
import type { ModelConfig } from "./model-config.js";

/** One layer that a tensor gives. */
export interface Part {
  /** Appended to the layer's name: "" for the whole tensor, "[k]" or "[gate]" for a part of it. */
  readonly suffix: string;
  /** Shape of the part in the tensor's own axes. */
  readonly shape: readonly number[];
  readonly view: StackView;
  readonly eigenvalueScale: number;
  /** What the tensor or the graph shows of its heads (attention). */
  readonly heads?: HeadEvidence;
}

/** How a tensor is read: as layers, or skipped for a reason. */
export type Reading =
  | { readonly type: LayerType; readonly parts: readonly Part[]; readonly notes: readonly string[] }
  | { readonly reason: string };

/** Rows and columns of one matrix as it is stored. */
export type Sides = readonly [rows: number, cols: number];

/** What a rule may use besides the tensor. */
export interface ReadingContext {
  readonly conv: "slices" | "flatten";
  /** Fused projections are split if the sizes of their parts are certain, or kept as stored. */
  readonly fused: "split" | "whole";
  readonly config?: ModelConfig | undefined;
  /** By the name of a fused tensor, the sides of its parts in another model that stores them separately. */
  readonly partSides?: ReadonlyMap<string, readonly Sides[]> | undefined;
  /** The one tensor of an .npy file is named by the file's stem, which says nothing about its role in a network. */
  readonly nameIsFile?: boolean;
  /** The file's format, which decides how its names form modules. */
  readonly format?: string;
  /** By module, the packed codes and scales in it. */
  readonly companions?: CompanionsByModule;
  /** Tensors that are tables of sines and cosines by their values, if these were read (`findSinusoids`). */
  readonly sinusoids?: ReadonlySet<Tensor> | undefined;
  /**
   * Every tensor of the file by name: companions decide what a tensor is (scales beside packed integers, the other
   * matrix of a cell).
   */
  readonly byName: ReadonlyMap<string, Tensor>;
}

/** A reading rule: how it reads a tensor, or undefined if it does not apply. */
export type Rule = (tensor: Tensor, context: ReadingContext) => Reading | undefined;

/** `count` matrices stored one after the other, in whole rows: read as stored. */
export function contiguousView(count: number, rows: number, cols: number, offset = 0): StackView {
  return { count, rows, cols, offset, matrixStride: rows * cols, rowStride: cols, colStride: 1 };
}

/** The whole tensor as one matrix, its elements in stored order. */
export function wholeMatrix(tensor: Tensor, rows: number, cols: number): Part {
  return { suffix: "", shape: tensor.shape, view: contiguousView(1, rows, cols), eigenvalueScale: 1 };
}

export function product(sides: readonly number[]): number {
  return sides.reduce((total, side) => total * side, 1);
}
