import { FormatError, printable } from "../errors.js";
import { OptionError } from "../option-error.js";
import type { Whereabouts } from "../stored-bytes.js";
import { childrenOf, isMapping } from "./containers.js";
import { listedNames } from "./listed-names.js";
import type { Value } from "./pickle/values.js";
import { countTensors, type FoundTensor, holdsTensors, tensorsIn, type WalkOptions } from "./walk.js";

/**
 * Under which keys checkpoints keep their weights, the likeliest first. Of a model and its running average the model comes first: what was
 * trained, not what was smoothed.
 */
const USUAL_KEYS: readonly string[] = [
  ...["state_dict", "model_state_dict", "model_state", "model", "module", "net", "network", "net_state_dict", "weights"],
  ...["params", "params_ema", "ema_state_dict", "model_ema", "ema"],
];
/** A checkpoint in a checkpoint ("ema.state_dict") is common; deeper ones are not. */
const MAX_LEVELS = 4;

export interface StateDict {
  /** Names are unique. */
  readonly tensors: readonly FoundTensor[];
  /** Which part of the checkpoint was taken, what was left out. */
  readonly warnings: readonly string[];
}

export interface StateDictOptions {
  readonly where: Whereabouts;
  /** The part to take ("ema.state_dict"); "" for everything. Undefined: the usual keys decide. */
  readonly root?: string;
}

/**
 * The weights in a checkpoint. The rule: go into the first of the usual keys that holds tensors, again and again; where there is none, everything
 * there is weights, optimizer states aside. What was taken and what was left out is said in `warnings`. Throws `FormatError` where there is no tensor,
 * and `OptionError` where there is no such root.
 */
export function stateDictOf(top: Value, { where, root }: StateDictOptions): StateDict {
  const { value, path, siblings } = root === undefined ? usualRoot(top, where) : namedRoot(top, root, where);
  const seen = new Set<Value>();
  const leftOut: LeftOut[] = [];
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
  const tensors = withUniqueNames(tensorsIn(value, { where, seen, leaveOut, onPassedBy }));
  if (tensors.length === 0) refuseEmpty(top, path, where);

  const left = leftOutText([...siblings, ...leftOut], { where, seen });
  const warnings: string[] = [];
  if (path !== "") warnings.push(`the weights were taken from "${printable(path)}"${left}`);
  else if (left !== "") warnings.push(`optimizer states are no weights${left}`);
  if (shared !== undefined)
    warnings.push(`what the file holds in several places is listed in the first only (not again: "${printable(shared)}")`);
  if (deep !== undefined) warnings.push(`what lies too deep to be a module was left out (the first: "${printable(deep)}")`);
  return { tensors, warnings };
}

/** The parts with tensors that were not taken, as the end of a sentence; "" where there are none. */
function leftOutText(parts: readonly LeftOut[], options: WalkOptions): string {
  const counted = parts.map(({ name, value }) => ({ name, count: countTensors(value, options) })).filter(({ count }) => count > 0);
  if (counted.length === 0) return "";
  return `; left out: ${listedNames(counted.map(({ name, count }) => `"${name}" (${count} ${count === 1 ? "tensor" : "tensors"})`))}`;
}

interface LeftOut {
  readonly name: string;
  readonly value: Value;
}

interface Root {
  readonly value: Value;
  readonly path: string;
  /** What stands beside the path. */
  readonly siblings: readonly LeftOut[];
}

function usualRoot(top: Value, where: Whereabouts): Root {
  let root: Root = { value: top, path: "", siblings: [] };
  for (let level = 0; level < MAX_LEVELS && isMapping(root.value); level++) {
    const children = new Map(childrenOf(root.value));
    const key = USUAL_KEYS.find((usual) => childrenOf(children.get(usual) ?? null).length > 0 && holdsTensors(children.get(usual)!, where));
    if (key === undefined) break;
    root = descend(root, key);
  }
  return root;
}

/** Follows a path of keys, which may themselves contain dots: the longest key that fits goes first. */
function namedRoot(top: Value, wanted: string, where: Whereabouts): Root {
  let root: Root = { value: top, path: "", siblings: [] };
  for (let rest = wanted; rest !== ""; ) {
    const keys = childrenOf(root.value).map(([key]) => key);
    const fitting = keys.filter((key) => rest === key || rest.startsWith(`${key}.`)).sort((a, b) => b.length - a.length);
    if (fitting.length === 0) {
      const place = root.path === "" ? "it" : `"${printable(root.path)}"`;
      throw new OptionError(
        "root",
        `${printable(where.file ?? "the checkpoint")} has no part called "${wanted}"; ${place} holds ${listedNames(keys)}`,
      );
    }
    root = descend(root, fitting[0]);
    rest = rest.slice(fitting[0].length + 1);
  }
  return root;
}

function descend({ value, path, siblings }: Root, key: string): Root {
  const inside = (child: string): string => (path === "" ? child : `${path}.${child}`);
  const children = childrenOf(value);
  const others = children.filter(([other]) => other !== key).map(([other, child]) => ({ name: inside(other), value: child }));
  return { value: new Map(children).get(key) ?? null, path: inside(key), siblings: [...siblings, ...others] };
}

/** An optimizer's state is known by its own two keys, or by what the checkpoint calls it. */
function isOptimizer(key: string, value: Value): boolean {
  if (/(^|_)optim(izer)?s?(_|$)/i.test(key)) return true;
  const keys = new Set(isMapping(value) ? childrenOf(value).map(([child]) => child) : []);
  return keys.has("state") && keys.has("param_groups");
}

/** Two paths may spell one name ("a.b" beside "a" with "b" in it); then the later is numbered. */
function withUniqueNames(found: Iterable<FoundTensor>): FoundTensor[] {
  const uses = new Map<string, number>();
  const tensors: FoundTensor[] = [];
  for (const { name, tensor } of found) {
    let unique = name;
    while (uses.has(unique)) {
      const use = uses.get(name)! + 1;
      uses.set(name, use);
      unique = `${name} (${use})`;
    }
    uses.set(unique, 1);
    tensors.push({ name: unique, tensor });
  }
  return tensors;
}

function refuseEmpty(top: Value, path: string, where: Whereabouts): never {
  const keys = childrenOf(top).map(([key]) => key);
  throw new FormatError(path === "" ? "it holds no tensor" : `its part "${path}" holds no tensor`, {
    ...where,
    kind: "unsupported",
    remedy: keys.length === 0 ? "It is a PyTorch file, but not of weights." : `It holds ${listedNames(keys)}.`,
  });
}
