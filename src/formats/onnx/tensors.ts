import type { Pace, Steps } from "../../bytes/pace.js";
import { sortInSteps } from "../../bytes/sort-in-steps.js";
import type { ErrorLocation } from "../../bytes/stored-bytes.js";
import { streamCodes } from "../code-run.js";
import { ELEMENT_TYPES } from "../element-types.js";
import { refuseValues } from "../stream-elements.js";
import type { Tensor, TensorHints } from "../tensor.js";
import { findCastCodes } from "./cast-codes.js";
import { type Consumers, consumersIn } from "./consumers.js";
import { affineCodes, dequantised, present } from "./dequantised-tensor.js";
import { elementsOf } from "./elements.js";
import { graphHints } from "./graph-hints.js";
import { bnb4Codes, findBnb4 } from "./matmul-bnb4.js";
import { blockedCodes, findBlockedWeight } from "./matmul-nbits.js";
import type { GraphTensor } from "./model.js";
import { operatorHints } from "./operators.js";
import { findPackedTable, tableCodes } from "./packed-table.js";
import { findQuantisation } from "./quantisation.js";
import type { ModelFiles } from "./regions.js";
import type { SidesAfter } from "./reshaping.js";
import { type Lookup, tensorLookup } from "./tensor-lookup.js";
import { common, type TensorContext, type Weight } from "./tensor-parts.js";

/**
 * Steps to classify a tensor, and the largest number of further steps for its uses (each of `MAX_USES` uses costs two).
 */
const TENSOR_STEPS = 32;
const MAX_USE_STEPS = 2000;

/** What is known of the graph besides its tensors. */
interface Graph {
  readonly files: ModelFiles;
  readonly sidesAfter: SidesAfter;
}

/**
 * The tensors of a graph as weights, in the order of the nodes that take them: codes dequantised if the graph says how,
 * roles from the operators that take them.
 */
export function* modelTensors(
  all: readonly GraphTensor[],
  { files, sidesAfter }: Graph,
  pace: Pace,
): Steps<{ tensors: Tensor[]; warnings: string[] }> {
  const lookup = tensorLookup(all);
  const weights = new Map<GraphTensor, Weight>();
  const parameters = new Set<GraphTensor>();
  const warnings: string[] = [];
  for (const tensor of all) {
    if (pace.spend(TENSOR_STEPS + Math.min(MAX_USE_STEPS, tensor.scope.uses(tensor.name).length))) yield;
    pace.keep(tensor.scope.prefix.length + tensor.name.length);
    const weight = findWeight(tensor, { lookup, files, sidesAfter });
    if (weight === "unknown")
      warnings.push(`the codes of ${tensor.name} have scales that this version cannot determine; they were skipped`);
    else if (weight !== undefined) {
      weights.set(tensor, weight);
      for (const parameter of weight.parameters) parameters.add(parameter);
    }
  }
  const names = uniqueNames(all);
  const consumersOf = consumersIn(lookup, pace);
  const placed: { readonly made: Tensor; readonly position: number }[] = [];
  for (const tensor of all) {
    if (pace.spend(TENSOR_STEPS + Math.min(MAX_USE_STEPS, tensor.scope.uses(tensor.name).length))) yield;
    const weight = weights.get(tensor);
    const name = names.get(tensor) ?? tensor.name;
    const { onlyFeeds, position = Number.POSITIVE_INFINITY, isMultiplied } = consumersOf(tensor);
    const made =
      weight === undefined
        ? plainTensor(tensor, { name, isParameter: parameters.has(tensor), onlyFeeds, isMultiplied, files, sidesAfter })
        : dequantised(tensor, { name, weight, onlyFeeds, files });
    if (weight !== undefined || !tensor.constant || !isArithmetic(made, isMultiplied)) placed.push({ made, position });
  }
  // Tensors that no node takes come last. The sort is stable.
  const before = (a: number, b: number): number => (a === b ? 0 : a - b);
  const ordered = yield* sortInSteps(placed, (a, b) => before(a.position, b.position), { pace });
  return { tensors: ordered.map(({ made }) => made), warnings };
}

/**
 * Constant nodes hold axes, limits and factors by the thousand. Only floating-point constants of two axes or more may
 * be weights. One with a single row is listed if a product or a convolution takes it.
 */
function isArithmetic({ floating, shape }: Tensor, isMultiplied: boolean): boolean {
  return !floating || shape.length < 2 || (!isMultiplied && shape.filter((side) => side > 1).length < 2);
}

function findWeight(
  tensor: GraphTensor,
  { lookup, files, sidesAfter }: Graph & { lookup: Lookup },
): Weight | "unknown" | undefined {
  const { proto, scope } = tensor;
  const { dtype = "" } = proto.type;
  if (!/^([IU]\d+|F8_.*)$/.test(dtype)) return undefined;
  const blocked = findBlockedWeight(tensor, lookup);
  if (blocked === "unknown") return "unknown";
  if (blocked !== undefined) {
    const affine = blockedCodes(tensor, blocked, files);
    const { shape, bits, use } = blocked;
    const hints = labelled(tensor, operatorHints(use, shape), sidesAfter);
    return affine === undefined
      ? "unknown"
      : { shape, bits, dtype: `uint${bits}-affine`, affine, hints, parameters: present(blocked) };
  }
  const bnb4 = findBnb4(tensor, lookup);
  if (bnb4 === "unknown") return "unknown";
  if (bnb4 !== undefined) {
    const affine = bnb4Codes(tensor, bnb4, files);
    const { shape, use, kind } = bnb4;
    const hints = labelled(tensor, operatorHints(use, shape), sidesAfter);
    return affine === undefined
      ? "unknown"
      : { shape, bits: 4, dtype: `bnb-${kind}`, affine, hints, parameters: present(bnb4) };
  }
  const packed = findPackedTable(tensor, lookup);
  if (packed === "unknown") return "unknown";
  if (packed !== undefined) {
    const affine = tableCodes(tensor, packed, files);
    const { shape, bits } = packed;
    return affine === undefined
      ? "unknown"
      : { shape, bits, dtype: `uint${bits}-affine`, affine, hints: { role: "embedding" }, parameters: present(packed) };
  }
  const found = findQuantisation(tensor, lookup) ?? findCastCodes(tensor, lookup, sidesAfter);
  if (found === undefined || found === "unknown") return found;
  const affine = affineCodes(tensor, found, files);
  if (affine === undefined) return "unknown";
  const view = "view" in found ? found.view : graphHints({ scope, name: tensor.name, shape: proto.shape, sidesAfter });
  return {
    // Codes come in stored order whatever the sides.
    shape: view?.shape ?? proto.shape,
    bits: proto.type.bits,
    dtype: `${proto.type.word}-affine`,
    affine,
    hints: view?.hints,
    parameters: present(found),
  };
}

/** The operator's hints, with the label given by the graph, if there is one. */
function labelled(
  { scope, name, proto }: GraphTensor,
  hints: TensorHints | undefined,
  sidesAfter: SidesAfter,
): TensorHints | undefined {
  return graphHints({ scope, name, shape: proto.shape, sidesAfter })?.hints ?? hints;
}

/** The largest number of operators that a reason names. */
const MAX_NAMED = 4;

function idleReason({ scope, name }: GraphTensor): string {
  const takers = [...new Set(scope.uses(name).map(({ node }) => node.op))].slice(0, MAX_NAMED);
  const taken = takers.length === 0 ? "" : ` (${takers.join(", ")})`;
  return `a Constant of the graph that no product or convolution takes${taken}, so not a weight matrix`;
}

function plainTensor(
  tensor: GraphTensor,
  {
    name,
    isParameter,
    onlyFeeds,
    isMultiplied,
    files,
    sidesAfter,
  }: TensorContext & Pick<Consumers, "isMultiplied"> & Graph & { isParameter: boolean },
): Tensor {
  const { proto, scope } = tensor;
  const { word, dtype, bits } = proto.type;
  const base = common(tensor, { name, files });
  // Exporters write masks, tables of positions and indices as constants too.
  const isIdle = tensor.constant && !isMultiplied;
  const view =
    isParameter || isIdle || onlyFeeds !== undefined
      ? undefined
      : graphHints({ scope, name: tensor.name, shape: proto.shape, sidesAfter });
  return {
    ...base,
    shape: view?.shape ?? proto.shape,
    dtype: dtype ?? word,
    storedBits: bits,
    floating: ELEMENT_TYPES.get(dtype ?? "")?.floating ?? false,
    quantised: false,
    hints: isParameter
      ? { role: "scale" }
      : isIdle
        ? { refusal: idleReason(tensor) }
        : onlyFeeds === undefined
          ? view?.hints
          : { onlyFeeds },
    values(range) {
      const where: ErrorLocation = { format: files.format, file: base.file, tensor: name };
      const run = elementsOf(proto, files);
      return run === undefined
        ? refuseValues(`its elements are ${word}, which this version does not decode`, where)
        : streamCodes(run, range);
    },
  };
}

/**
 * Tensors of bodies have the path of their graph as a prefix; if two names are still equal, a number distinguishes
 * them.
 */
function uniqueNames(all: readonly GraphTensor[]): Map<GraphTensor, string> {
  const uses = new Map<string, number>();
  const taken = new Set(all.map(({ scope, name }) => scope.prefix + name));
  return new Map(
    all.map((tensor) => {
      const wanted = tensor.scope.prefix + tensor.name;
      let count = (uses.get(wanted) ?? 0) + 1;
      while (count > 1 && taken.has(`${wanted} (${count})`)) count++;
      uses.set(wanted, count);
      return [tensor, count === 1 ? wanted : `${wanted} (${count})`];
    }),
  );
}
