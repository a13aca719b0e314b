import type { JsonValue } from "../../bytes/json-value.js";
import type { Pace, Steps } from "../../bytes/pace.js";
import type { ErrorLocation } from "../../bytes/stored-bytes.js";
import { parseJsonInSteps } from "../../bytes/strict-json.js";
import type { Tensor, WeightFile } from "../tensor.js";
import { layersTopology } from "../tfjs/layers-topology.js";
import { inOrderOf } from "../tfjs/topology.js";
import { scaleWords, variableOf } from "./keras-variables.js";
import type { Tree } from "./tree.js";

/** Nested Keras models reach about 40. */
const MAX_JSON_DEPTH = 128;
/** Whole models store their weights here, beside their optimizer's state. */
const WEIGHTS = "model_weights";
const OPTIMIZER = /^(optimizer_weights|optimizer|_optimizer)(\/|$)/;

/** Steps to look up a tensor's name among the layers, without one per character. */
const TENSOR_STEPS = 16;

type Contents = Pick<WeightFile, "tensors" | "order" | "metadata" | "warnings">;
type Texts = ReadonlyMap<string, readonly string[]>;

/**
 * The tensors of a file under Keras' names, in Keras' order, with hints from their layers. A file of another library
 * keeps its paths. The optimizer's state is skipped: it is not a weight, whatever its shape.
 */
export function* kerasModel(
  all: readonly Tensor[],
  { texts }: Pick<Tree, "texts">,
  { where, pace }: { readonly where: ErrorLocation; readonly pace: Pace },
): Steps<Contents> {
  const warnings: string[] = [];
  const tensors = all.filter(({ name }) => !OPTIMIZER.test(name));
  if (tensors.length < all.length)
    warnings.push(`${all.length - tensors.length} tensors of the optimizer's state were skipped`);
  const root = texts.get("") ?? new Map();
  const metadata: Record<string, string> = {};
  for (const key of ["keras_version", "backend"]) {
    const [value] = root.get(key) ?? [];
    if (value !== undefined) metadata[key] = value;
  }
  const base = texts.has(WEIGHTS) ? WEIGHTS : "";
  const layers = listOf(texts.get(base), "layer_names");
  const named = layers.length > 0 ? byLayerNames(tensors, { texts, base, layers }) : withVariables(tensors, texts);
  const config = yield* readConfig(root.get("model_config")?.[0], { where, pace, warnings });
  const topology = yield* layersTopology(config, pace);
  warnings.push(...lambdaWarnings(config));
  const hinted: Tensor[] = [];
  for (const tensor of named) {
    if (pace.spend(TENSOR_STEPS + tensor.name.length)) yield;
    hinted.push({ ...tensor, hints: tensor.hints ?? topology.hintFor(tensor.name) });
  }
  // The attribute "layer_names" lists the layers in the order of the configuration.
  if (layers.length > 0) return { tensors: hinted, order: "configuration", metadata, warnings };
  return { tensors: yield* inOrderOf(topology, hinted, pace), order: topology.order, metadata, warnings };
}

/** The texts of a list that may be split into several attributes. */
function listOf(texts: Texts | undefined, name: string): string[] {
  const whole = texts?.get(name) ?? [];
  const parts: string[] = [...whole];
  for (let k = 0; texts?.has(`${name}${k}`); k++) parts.push(...(texts.get(`${name}${k}`) ?? []));
  return parts;
}

interface Listed {
  readonly texts: Tree["texts"];
  readonly base: string;
  readonly layers: readonly string[];
}

/** The older form: every layer's group lists the names of its weights, which are their paths in it. */
function byLayerNames(tensors: readonly Tensor[], { texts, base, layers }: Listed): Tensor[] {
  const byPath = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const prefix = base === "" ? "" : `${base}/`;
  const listed: { tensor: Tensor; short: string; long: string }[] = [];
  const add = (tensor: Tensor, short: string): void => {
    byPath.delete(tensor.name);
    listed.push({ tensor, short, long: tensor.name.slice(prefix.length) });
  };
  for (const layer of layers) {
    for (const weight of listOf(texts.get(prefix + layer), "weight_names")) {
      const tensor = byPath.get(`${prefix}${layer}/${weight}`);
      if (tensor !== undefined) add(tensor, weight);
    }
  }
  for (const tensor of [...byPath.values()])
    add(tensor, tensor.name.startsWith(prefix) ? tensor.name.slice(prefix.length) : tensor.name);
  const uses = new Map<string, number>();
  for (const { short } of listed) uses.set(short, (uses.get(short) ?? 0) + 1);
  const unique = listed.every(({ short }) => uses.get(short) === 1);
  return listed.map(({ tensor, short, long }) => ({ ...tensor, name: unique ? short : long }));
}

function withVariables(tensors: readonly Tensor[], texts: Tree["texts"]): Tensor[] {
  const scales = scaleWords(tensors);
  return tensors.map((tensor) => {
    const word = scales.get(tensor.name);
    const owner = variableOf(tensor.name)?.owner ?? "";
    return word === undefined
      ? byVariable(tensor, texts)
      : { ...tensor, name: owner === "" ? word : `${owner}/${word}`, hints: { role: "scale" } };
  });
}

/** The newer form: weights are numbered in a group "vars", whose owner's path gives the layer's class. */
function byVariable(tensor: Tensor, texts: Tree["texts"]): Tensor {
  const variable = variableOf(tensor.name);
  if (variable === undefined) return tensor;
  const { name, hints, owner, word } = variable;
  const layer = texts.get(variable.group)?.get("name")?.[0];
  const main = word === undefined || word === "kernel" || word === "embeddings";
  const label =
    layer === undefined || layer === "" || word === undefined ? undefined : main ? layer : `${layer}/${word}`;
  return {
    ...tensor,
    name,
    hints:
      hints === undefined && label === undefined
        ? undefined
        : { ...hints, ...(label === undefined || owner === "" ? {} : { label }) },
  };
}

function* readConfig(
  text: string | undefined,
  { where, pace, warnings }: { readonly where: ErrorLocation; readonly pace: Pace; readonly warnings: string[] },
): Steps<JsonValue | undefined> {
  if (text === undefined) return undefined;
  try {
    return yield* parseJsonInSteps(new TextEncoder().encode(text), { ...where, maxDepth: MAX_JSON_DEPTH }, pace);
  } catch {
    warnings.push("the model's configuration is not valid JSON; the layers' classes are not known");
    return undefined;
  }
}

/** Lambda layers hold code, pickled or marshalled. It is treated as data and never run. */
export function lambdaWarnings(config: JsonValue | undefined): string[] {
  const count = countLambdas(config);
  return count === 0 ? [] : [`${count} Lambda layers hold code, which was not read and not run`];
}

function countLambdas(value: JsonValue | undefined): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item: JsonValue) => sum + countLambdas(item), 0);
  if (!(value instanceof Map)) return 0;
  let count = value.get("class_name") === "Lambda" ? 1 : 0;
  for (const item of value.values()) count += countLambdas(item);
  return count;
}
