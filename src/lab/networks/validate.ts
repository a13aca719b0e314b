import type { Network, NetworkLayer } from "./network.js";
import { shapesOf } from "./shapes.js";

/** The valid values of a field, as a check and in words. */
interface Rule {
  readonly accepts: (value: unknown) => boolean;
  readonly words: string;
  readonly optional?: true;
}

type Rules<Layer> = { readonly [Field in keyof Layer]-?: Rule };

/** Largest side, count or kernel of a network. It keeps arithmetic on shapes exact. */
const MAX_COUNT = 65536;

const optional = (rule: Rule): Rule => ({ ...rule, optional: true });
const oneOf = (...values: string[]): Rule => ({
  accepts: (value) => typeof value === "string" && values.includes(value),
  words: `one of ${values.join(", ")}`,
});
const number = (words: string, accepts: (value: number) => boolean): Rule => ({
  accepts: (value) => typeof value === "number" && Number.isFinite(value) && accepts(value),
  words,
});

const count = number(
  `a whole number from 1 to ${MAX_COUNT}`,
  (value) => Number.isInteger(value) && value >= 1 && value <= MAX_COUNT,
);
const name: Rule = {
  accepts: (value) => typeof value === "string" && /^[A-Za-z0-9_.-]+$/.test(value),
  words: "a name of letters, digits, _, . and -",
};
const padding = optional(oneOf("same", "valid"));
const weights = {
  activation: optional(oneOf("relu", "linear")),
  initialisation: optional(oneOf("glorot-normal", "glorot-normal-truncated", "glorot-uniform")),
  bias: optional(number("a number", () => true)),
  l2: optional(number("a number of at least 0", (value) => value >= 0)),
};

const LAYER_RULES: { readonly [Type in NetworkLayer["type"]]: Rules<Extract<NetworkLayer, { type: Type }>> } = {
  dense: { type: oneOf("dense"), name, units: count, ...weights },
  convolution: { type: oneOf("convolution"), name, filters: count, kernel: count, padding, ...weights },
  "max-pooling": { type: oneOf("max-pooling"), size: count, stride: count, padding },
  "batch-normalisation": {
    type: oneOf("batch-normalisation"),
    name,
    momentum: optional(number("a number from 0 to below 1", (value) => value >= 0 && value < 1)),
    epsilon: optional(number("a positive number", (value) => value > 0)),
  },
  dropout: { type: oneOf("dropout"), rate: number("a number from 0 to below 1", (value) => value >= 0 && value < 1) },
  flatten: { type: oneOf("flatten") },
};

const NETWORK_RULES: Rules<Network> = {
  name: { accepts: (value) => typeof value === "string" && value.trim() !== "", words: "a name" },
  input: { accepts: isRecord, words: "an object with height, width and channels" },
  layers: { accepts: (value) => Array.isArray(value) && value.length > 0, words: "a list of at least one layer" },
};
const INPUT_RULES: Rules<Network["input"]> = { height: count, width: count, channels: count };

/**
 * Checks a network that a user wrote as JSON. Throws `RangeError` for a missing or unknown field, a value out of range,
 * two layers of one name, or layers that do not fit each other (`shapesOf`). The error names the field, its value and
 * what was expected.
 */
export function validateNetwork(value: unknown): Network {
  const network = checkFields<Network>(value, NETWORK_RULES, "network");
  checkFields(network.input, INPUT_RULES, `network "${network.name}", input`);
  const names = new Set<string>();
  for (const [index, layer] of network.layers.entries()) {
    const subject = `network "${network.name}", layer ${index + 1}`;
    checkLayer(layer, subject);
    if (!("name" in layer)) continue;
    if (names.has(layer.name))
      throw new RangeError(`${subject}: the name "${layer.name}" is taken by an earlier layer`);
    names.add(layer.name);
  }
  shapesOf(network);
  return network;
}

function checkLayer(layer: unknown, subject: string): void {
  const type = isRecord(layer) ? layer.type : layer;
  if (typeof type !== "string" || !Object.hasOwn(LAYER_RULES, type))
    throw new RangeError(
      `${subject}: type must be one of ${Object.keys(LAYER_RULES).join(", ")}, got ${JSON.stringify(type)}`,
    );
  const rules: Readonly<Record<string, Rule>> = LAYER_RULES[type as NetworkLayer["type"]];
  checkFields(layer, rules, `${subject} (${type})`);
}

function checkFields<T>(value: unknown, rules: Rules<T> | Readonly<Record<string, Rule>>, subject: string): T {
  if (!isRecord(value)) throw new RangeError(`${subject}: must be an object, got ${JSON.stringify(value)}`);
  const fields = Object.keys(rules);
  const unknown = Object.keys(value).find((field) => !fields.includes(field));
  if (unknown !== undefined)
    throw new RangeError(`${subject}: has no field "${unknown}"; its fields are ${fields.join(", ")}`);
  for (const [field, rule] of Object.entries<Rule>(rules)) {
    if (value[field] === undefined && rule.optional) continue;
    if (!rule.accepts(value[field]))
      throw new RangeError(`${subject}: ${field} must be ${rule.words}, got ${JSON.stringify(value[field])}`);
  }
  return value as T;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
