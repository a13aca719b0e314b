import { FormatError, printable } from "../../bytes/errors.js";
import { OptionError } from "../../bytes/option-error.js";
import { finish, type Pace, type Steps, unpaced } from "../../bytes/pace.js";
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
import { countTensors, type FoundTensor, holdsTensors, walkTensors } from "./walk.js";

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

export interface StateDict {
  /** Names are unique. */
  readonly tensors: readonly FoundTensor[];
  /** Which part of the checkpoint was taken, and what was skipped. */
  readonly warnings: readonly string[];
}

export interface StateDictOptions {
  readonly where: ErrorLocation;
  /** The part to take ("ema.state_dict"); "" for everything. Undefined: the usual keys decide. */
  readonly root?: string | undefined;
  /** Default: all at once, without a budget. */
  readonly pace?: Pace;
}

/**
 * The weights in a checkpoint. The rule: descend repeatedly into the first of the usual keys that holds tensors. If
 * there is none, everything at that level is weights, except optimizer states. `warnings` says what was taken and what
 * was skipped. Throws `FormatError` if there is no tensor, and `OptionError` if the requested root does not exist.
 */
export function stateDictOf(top: Value, options: StateDictOptions): StateDict {
  return finish(stateDictInSteps(top, options));
}

/** `stateDictOf` with pauses. */
export function* stateDictInSteps(top: Value, { where, root, pace = unpaced() }: StateDictOptions): Steps<StateDict> {
  const context = { where, pace };
  const { value, path, siblings } =
    root === undefined ? yield* usualRoot(top, context) : yield* namedRoot(top, root, context);
  const seen = new Set<Container>();
  const leftOut: SkippedPart[] = [];
  let shared: string | undefined;
  let deep: string | undefined;
  const leaveOut = (name: string, key: string, child: Value): boolean => {
    if (root !== undefined || !isOptimizer(key, child)) return false;
    leftOut.push({ name, value: child });
    return true;
  };
  const onPassedBy = (name: string, why: "shared" | "deep"): void => {
    if (why === "shared") shared ??= name;
    else deep ??= name;
  };
  const tensors: FoundTensor[] = [];
  const uniqueName = uniqueNames();
  const onTensor = ({ name, tensor }: FoundTensor): boolean => {
    tensors.push({ name: uniqueName(name), tensor });
    return false;
  };
  yield* walkTensors(value, { ...context, seen, leaveOut, onPassedBy, onTensor });
  if (tensors.length === 0) refuseEmpty(top, path, where);

  const left = yield* skippedText([...siblings, ...leftOut], { ...context, seen });
  const warnings: string[] = [];
  if (path !== "") warnings.push(`the weights were taken from "${printable(path)}"${left}`);
  else if (left !== "") warnings.push(`optimizer states are not weights${left}`);
  if (shared !== undefined)
    warnings.push(
      `tensors that the file holds in several places are listed at the first only (not again: "${printable(shared)}")`,
    );
  if (deep !== undefined)
    warnings.push(`parts nested too deep to be modules were skipped (the first: "${printable(deep)}")`);
  return { tensors, warnings };
}

interface RootContext {
  readonly where: ErrorLocation;
  readonly pace: Pace;
}

/** The parts with tensors that were not taken, as the end of a sentence; "" if there are none. */
function* skippedText(
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

interface SkippedPart {
  readonly name: string;
  readonly value: Value;
}

interface Root {
  readonly value: Value;
  readonly path: string;
  /** The parts beside the path. */
  readonly siblings: readonly SkippedPart[];
}

function* usualRoot(top: Value, context: RootContext): Steps<Root> {
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
function* namedRoot(top: Value, wanted: string, context: RootContext): Steps<Root> {
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
function isOptimizer(key: string, value: Value): boolean {
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
function listedKeys(value: Value): string {
  const total = sectionsOf(value).reduce(
    (sum, { entries, items, pairs }) => sum + (entries?.size ?? 0) + (items?.length ?? 0) + (pairs?.length ?? 0),
    0,
  );
  const first: string[] = [];
  for (const held of allEntries(value)) if (first.push(keyText(held)) === MAX_LISTED) break;
  return listedNames(first, total);
}

/** Two paths may give one name ("a.b" beside "a" with "b" in it); then the later is numbered. */
function uniqueNames(): (name: string) => string {
  const uses = new Map<string, number>();
  return (name) => {
    let unique = name;
    while (uses.has(unique)) {
      const use = uses.get(name)! + 1;
      uses.set(name, use);
      unique = `${name} (${use})`;
    }
    uses.set(unique, 1);
    return unique;
  };
}

function refuseEmpty(top: Value, path: string, where: ErrorLocation): never {
  throw new FormatError(path === "" ? "it holds no tensor" : `its part "${path}" holds no tensor`, {
    ...where,
    kind: "unsupported",
    remedy:
      sectionsOf(top).length === 0 ? "It is a PyTorch file, but it holds no weights." : `It holds ${listedKeys(top)}.`,
  });
}
