import { type ResolvedOptions, resolveOptions } from "../options.js";
import type { Digest } from "../store/digest.js";
import type { Placement, RunPlan } from "../store/run-keeper.js";

/** run.json: all of a plan but its layers. */
export interface RunHeader extends Omit<RunPlan, "placements"> {
  readonly format: number;
  readonly version: string;
  /** The file with the layers, one a line, and how many there are. */
  readonly plan: string;
  readonly layers: number;
  /** Of all other fields (`digestOfData`): a damaged file is recognised. */
  readonly digest: Digest;
}

/** Whether a parsed text is an object or a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

const isText = (value: unknown): value is string => typeof value === "string";
/** A size or a number of things. */
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isAmount = (value: unknown): value is number => Number.isFinite(value) && (value as number) >= 0;
const isListOf = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(isItem);
const isTextOrNull = (value: unknown): boolean => value === null || isText(value);

/** Whether run.json has what is read from it, of the kinds that are expected. */
export function isHeader(header: unknown): header is RunHeader {
  if (!isObject(header)) return false;
  const { version, plan, layers, files, skipped, options, input } = header;
  return (
    isText(version) &&
    isText(plan) &&
    isCount(layers) &&
    areOptions(options) &&
    isListOf(
      files,
      (file) =>
        isObject(file) &&
        isText(file.name) &&
        isCount(file.byteLength) &&
        isText(file.sample) &&
        isText(file.modified ?? ""),
    ) &&
    isListOf(
      skipped,
      (tensor) =>
        isObject(tensor) &&
        isText(tensor.name) &&
        isText(tensor.reason) &&
        isText(tensor.dtype) &&
        isListOf(tensor.shape, isCount),
    ) &&
    isObject(input) &&
    isText(input.label) &&
    isText(input.format) &&
    isText(input.order) &&
    isListOf(input.warnings, isText) &&
    isListOf(input.files, (file) => isObject(file) && isText(file.name) && isCount(file.byteLength)) &&
    isObject(input.base ?? {})
  );
}

function areOptions(options: unknown): options is ResolvedOptions {
  if (!isObject(options) || options.engine === "auto" || !isText(options.engineTarget ?? "")) return false;
  const { layers, exclude, root } = options;
  try {
    resolveOptions(options);
  } catch {
    return false;
  }
  return isListOf(layers, isText) && isListOf(exclude, isText) && isTextOrNull(root);
}

/** Whether a line of the plan is a layer, of the kinds of values that are expected. */
export function isPlacement(placement: unknown): placement is Placement {
  if (!isObject(placement)) return false;
  const { layer, stack, origin, key, work } = placement;
  return (
    isText(key) &&
    isAmount(work) &&
    isLayer(layer) &&
    isObject(stack) &&
    [stack.count, stack.rows, stack.cols].every(isCount) &&
    isOrigin(origin)
  );
}

function isLayer(layer: unknown): boolean {
  if (!isObject(layer)) return false;
  const { index, N, M, rf, Q, eigenvalueScale, storedBits, transposed, quantised, shape, tiedWith, notes } = layer;
  return (
    [layer.name, layer.tensorName, layer.type, layer.dtype, layer.family].every(isText) &&
    [layer.role].every(isTextOrNull) &&
    (layer.block === null || isCount(layer.block)) &&
    [index, N, M, rf].every(isCount) &&
    [Q, eigenvalueScale, storedBits].every(isAmount) &&
    [transposed, quantised].every((value) => typeof value === "boolean") &&
    isListOf(shape, isCount) &&
    [tiedWith, notes].every((list) => isListOf(list, isText))
  );
}

/** How deep origins of origins may be; an adapter has a sum of two, which may be rescaled. */
const MAX_DEPTH = 8;

/** Whether it says where values come from. */
export function isOrigin(origin: unknown, depth = 0): boolean {
  if (!isObject(origin) || depth > MAX_DEPTH) return false;
  if (origin.kind === "stored") return isText(origin.file) && isText(origin.tensor);
  if (origin.kind === "rescaled") {
    const { along, lengths } = origin;
    return (along === "rows" || along === "columns") && isText(lengths) && isOrigin(origin.of, depth + 1);
  }
  return (
    origin.kind === "sum" &&
    isListOf(origin.terms, (term) => isOrigin(term, depth + 1)) &&
    (origin.terms as unknown[]).length > 0
  );
}
