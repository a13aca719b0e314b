import type { Tensor, WeightFile } from "../formats/tensor.js";
import { readConvolution } from "./convolution.js";
import { readMatrix } from "./dense.js";
import { matchesGlob } from "./glob.js";
import type { Layer, SkippedTensor } from "./layer.js";
import { sourceOf } from "./matrix-source.js";
import { leaveOutNonWeights } from "./not-weights.js";
import { refuseQuantised } from "./quantised-schemes.js";
import type { Part, Reading, ReadingContext, Rule } from "./reading.js";
import { readRecurrent } from "./recurrent.js";
import { layerNames } from "./tensor-name.js";
import { readThreeAxes } from "./three-axes.js";

export interface PlanOptions {
  /** Convolutions as pooled slices, or flattened to one matrix. */
  readonly conv: "slices" | "flatten";
  /** Globs on full names; empty: all layers. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Layers with fewer eigenvalues (M * rf) are left out. */
  readonly minEigenvalues: number;
}

/** Every tensor of a file is in `layers`, or in `skipped` with its reason. */
export interface LayerPlan {
  readonly layers: readonly Layer[];
  readonly skipped: readonly SkippedTensor[];
}

/** A row is read whole; longer ones (half a GiB decoded) are no weight matrix's. */
const MAX_ROW_ELEMENTS = 2 ** 26;

/** How tensors are read, in this order: first what is no weight, then what a name or graph tells, then what the number of axes leaves. */
const RULES: readonly Rule[] = [refuseQuantised, leaveOutNonWeights, readRecurrent, readMatrix, readThreeAxes, readConvolution];

/** Plans a file's layers from its directory alone, in the file's order. Reads no data and throws nothing: what cannot be analysed is in `skipped`. */
export function planLayers(file: WeightFile, options: PlanOptions): LayerPlan {
  // An .npy file is called by its stem, which may well end in ".weight".
  const names = file.format === "npy" ? new Map(file.tensors.map((tensor) => [tensor, tensor.name])) : layerNames(file.tensors);
  const context: ReadingContext = { conv: options.conv, byName: new Map(file.tensors.map((tensor) => [tensor.name, tensor])) };
  const layers: Layer[] = [];
  const skippedBy = new Map<Tensor, SkippedTensor[]>();
  const taken = new Set<string>();
  let index = 0;
  for (const group of tiedGroups(file.tensors)) {
    const tensor = group.find((member) => filterReason(names.get(member)!, member.name, options) === undefined) ?? group[0];
    for (const other of group) if (other !== tensor) skippedBy.set(other, [skip(other, `tied with ${tensor.name}`)]);
    const reading = readTensor(tensor, context);
    if ("reason" in reading) {
      skippedBy.set(tensor, [skip(tensor, reading.reason)]);
      continue;
    }
    const tiedWith = group.filter((other) => other !== tensor).map((other) => other.name);
    const left: { readonly part: Part; readonly reason: string }[] = [];
    for (const part of reading.parts) {
      const layer = makeLayer(tensor, part, {
        index: index++,
        name: uniqueName(names.get(tensor)! + part.suffix, taken),
        tiedWith,
        reading,
      });
      const reason = filterReason(layer.name, tensor.name, options) ?? sizeReason(layer, options);
      if (reason === undefined) layers.push(layer);
      else left.push({ part, reason });
    }
    skippedBy.set(tensor, skippedParts(tensor, names.get(tensor)!, { left, of: reading.parts.length }));
  }
  return { layers, skipped: file.tensors.flatMap((tensor) => skippedBy.get(tensor) ?? []) };
}

/** A part may be called like another tensor ("experts[0]"); then the later one is numbered. */
function uniqueName(name: string, taken: Set<string>): string {
  let unique = name;
  for (let k = 2; taken.has(unique); k++) unique = `${name} (${k})`;
  taken.add(unique);
  return unique;
}

function readTensor(tensor: Tensor, context: ReadingContext): Reading {
  for (const rule of RULES) {
    const reading = rule(tensor, context);
    if (reading !== undefined) return reading;
  }
  return { reason: `${tensor.shape.length} axes (${tensor.shape.join(" x ")}): no known way to read them as matrices` };
}

/** Tensors by identity of their bytes, groups in the order of their first members. */
function tiedGroups(tensors: readonly Tensor[]): Iterable<readonly Tensor[]> {
  const groups = new Map<string, Tensor[]>();
  for (const tensor of tensors) {
    const group = groups.get(tensor.storageKey);
    if (group === undefined) groups.set(tensor.storageKey, [tensor]);
    else group.push(tensor);
  }
  return groups.values();
}

interface LayerFacts {
  readonly index: number;
  readonly name: string;
  readonly tiedWith: readonly string[];
  readonly reading: Exclude<Reading, { readonly reason: string }>;
}

function makeLayer(tensor: Tensor, { shape, view, eigenvalueScale }: Part, { index, name, tiedWith, reading }: LayerFacts): Layer {
  const N = Math.max(view.rows, view.cols);
  const M = Math.min(view.rows, view.cols);
  return {
    index,
    name,
    tensorName: tensor.name,
    type: reading.type,
    shape,
    dtype: tensor.dtype,
    storedBits: tensor.storedBits,
    quantised: tensor.quantised,
    N,
    M,
    Q: N / M,
    rf: view.count,
    transposed: view.rows < view.cols,
    eigenvalueScale,
    tiedWith,
    notes: tensor.quantised ? [...reading.notes, dequantisedNote(tensor)] : reading.notes,
    source: sourceOf(tensor, view),
  };
}

function dequantisedNote({ dtype }: Tensor): string {
  return `weights were dequantised from ${dtype}: rounding adds noise to the bulk of the spectrum`;
}

/** Globs may be meant for the layer's name or for the tensor's. */
function filterReason(name: string, tensorName: string, { include, exclude }: PlanOptions): string | undefined {
  const matches = (glob: string): boolean => matchesGlob(name, glob) || matchesGlob(tensorName, glob);
  const excluding = exclude.find(matches);
  if (excluding !== undefined) return `excluded by --exclude ${excluding}`;
  return include.length === 0 || include.some(matches) ? undefined : "not selected by --layers";
}

function sizeReason({ M, rf, source, shape }: Layer, { minEigenvalues }: PlanOptions): string | undefined {
  if (source.cols > MAX_ROW_ELEMENTS) return `rows of ${source.cols} elements (${shape.join(" x ")}) are too long to be read`;
  const count = M * rf;
  return count < minEigenvalues
    ? `${count} ${count === 1 ? "eigenvalue" : "eigenvalues"}, fewer than ${minEigenvalues} (--min-eigenvalues)`
    : undefined;
}

/** One entry for a tensor whose parts are all left out for one reason; else one a part, named like the layer that it would have been. */
function skippedParts(
  tensor: Tensor,
  name: string,
  { left, of }: { readonly left: readonly { readonly part: Part; readonly reason: string }[]; readonly of: number },
): SkippedTensor[] {
  if (left.length === 0) return [];
  if (left.length === of && left.every(({ reason }) => reason === left[0].reason)) return [skip(tensor, left[0].reason)];
  return left.map(({ part, reason }) => ({ name: name + part.suffix, shape: part.shape, dtype: tensor.dtype, reason }));
}

function skip({ name, shape, dtype }: Tensor, reason: string): SkippedTensor {
  return { name, shape, dtype, reason };
}
