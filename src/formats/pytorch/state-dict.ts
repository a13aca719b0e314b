import { FormatError, printable } from "../../bytes/errors.js";
import { finish, type Pace, type Steps, unpaced } from "../../bytes/pace.js";
import type { ErrorLocation } from "../../bytes/stored-bytes.js";
import { type Container, sectionsOf } from "./containers.js";
import type { Value } from "./pickle/values.js";
import { isOptimizer, listedKeys, namedRoot, type SkippedPart, skippedText, usualRoot } from "./state-dict-root.js";
import { type FoundTensor, walkTensors } from "./walk.js";

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
