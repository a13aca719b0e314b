import { printable } from "../../bytes/errors.js";
import { OptionError } from "../../bytes/option-error.js";
import type { Pace, Steps } from "../../bytes/pace.js";
import type { ErrorLocation } from "../../bytes/stored-bytes.js";
import {
  type Container,
  isMapping,
  keyText,
  type SectionEntry,
  sectionEntries,
  sectionsOf,
  valueUnder,
} from "./containers.js";
import { listedNames, MAX_LISTED } from "./listed-names.js";
import type { Value } from "./pickle/values.js";
import { countTensors, holdsTensors } from "./walk.js";

/**
 * The keys under which checkpoints store their weights, the likeliest first. Of a model and its running average the
 * model comes first: the trained weights, not the smoothed ones.
 */
export const USUAL_KEYS: readonly string[] = [
  ...[
    "state_dict",
    "model_state_dict",
    "model_state",
    "model",
    "module",
    "net",
    "network",
    "net_state_dict",
    "weights",
  ],
  ...["params", "params_ema", "ema_state_dict", "model_ema", "ema"],
];
/** A checkpoint in a checkpoint ("ema.state_dict") is common; deeper ones are not. */
export const MAX_LEVELS = 4;

interface RootContext {
  readonly where: ErrorLocation;
  readonly pace: Pace;
}

/** The parts with tensors that were not taken, as the end of a sentence; "" if there are none. */
export function* skippedText(
  parts: readonly SkippedPart[],
  options: RootContext & { readonly seen: Set<Container> },
): Steps<string> {
  const counted: string[] = [];
  for (const { name, value } of parts) {
    const count = yield* countTensors(value, options);
    if (count > 0) counted.push(`"${name}" (${count} ${count === 1 ? "tensor" : "tensors"})`);
  }
  return counted.length === 0 ? "" : `; skipped: ${listedNames(counted)}`;
}

/** An entry of the checkpoint beside the chosen weights. */
export interface SkippedPart {
  readonly name: string;
  readonly value: Value;
}

interface Root {
  readonly value: Value;
  readonly path: string;
  /** The parts beside the path. */
  readonly siblings: readonly SkippedPart[];
}

/** Follows the usual keys down to the weights, and notes what lies beside them. */
export function* usualRoot(top: Value, context: RootContext): Steps<Root> {
  let root: Root = { value: top, path: "", siblings: [] };
  for (let level = 0; level < MAX_LEVELS && isMapping(root.value); level++) {
    const key = yield* usualKey(root.value, context);
    if (key === undefined) break;
    root = yield* descend(root, key, context);
  }
  return root;
}

/**
 * The first of the usual keys under which there are tensors. A value found to hold none is not searched again for the
 * next key.
 */
function* usualKey(value: Value, context: RootContext): Steps<string | undefined> {
  const sections = sectionsOf(value);
  const seen = new Set<Container>();
  for (const key of USUAL_KEYS) {
    const found = sections.map((section) => valueUnder(section, key)).findLast((child) => child !== undefined);
    if (found === undefined || sectionsOf(found).length === 0) continue;
    if (yield* holdsTensors(found, { ...context, seen })) return key;
  }
  return undefined;
}

/** Follows a path of keys, which may themselves contain dots: the longest matching key is tried first. */
export function* namedRoot(top: Value, wanted: string, context: RootContext): Steps<Root> {
  let root: Root = { value: top, path: "", siblings: [] };
  for (let rest = wanted; rest !== ""; ) {
    let fitting: string | undefined;
    for (const held of allEntries(root.value)) {
      if (context.pace.spend(1)) yield;
      const key = keyText(held);
      if (rest !== key && !rest.startsWith(`${key}.`)) continue;
      if (fitting === undefined || key.length > fitting.length) fitting = key;
    }
    if (fitting === undefined) {
      const part = root.path === "" ? "it" : `"${printable(root.path)}"`;
      throw new OptionError(
        "root",
        `${printable(context.where.file ?? "the checkpoint")} has no part called "${wanted}"; ${part} holds ` +
          `${listedKeys(root.value)}`,
      );
    }
    root = yield* descend(root, fitting, context);
    rest = rest.slice(fitting.length + 1);
  }
  return root;
}

function* descend({ value, path, siblings }: Root, key: string, { pace }: RootContext): Steps<Root> {
  const inside = (child: string): string => (path === "" ? child : `${path}.${child}`);
  const others: SkippedPart[] = [];
  let within: Value = null;
  for (const held of allEntries(value)) {
    if (pace.spend(1)) yield;
    const child = held[1];
    if (keyText(held) === key) within = child;
    else if (child !== null && typeof child === "object") others.push({ name: inside(keyText(held)), value: child });
  }
  return { value: within, path: inside(key), siblings: [...siblings, ...others] };
}

/** An optimizer's state is recognised by its own two keys, or by its key in the checkpoint. */
export function isOptimizer(key: string, value: Value): boolean {
  if (isOptimizerName(key)) return true;
  if (!isMapping(value)) return false;
  const sections = sectionsOf(value);
  return ["state", "param_groups"].every((sign) => sections.some((section) => valueUnder(section, sign) !== undefined));
}

/** Whether a key of a checkpoint names the state of an optimizer. */
export function isOptimizerName(key: string): boolean {
  return /(^|_)optim(izer)?s?(_|$)/i.test(key);
}

/** All contents of a value. */
function* allEntries(value: Value): Generator<SectionEntry> {
  for (const section of sectionsOf(value)) yield* sectionEntries(section);
}

/** The first few keys of a value, and how many more there are. */
export function listedKeys(value: Value): string {
  const total = sectionsOf(value).reduce(
    (sum, { entries, items, pairs }) => sum + (entries?.size ?? 0) + (items?.length ?? 0) + (pairs?.length ?? 0),
    0,
  );
  const first: string[] = [];
  for (const held of allEntries(value)) if (first.push(keyText(held)) === MAX_LISTED) break;
  return listedNames(first, total);
}
