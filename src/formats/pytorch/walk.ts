import { FormatError } from "../errors.js";
import type { Whereabouts } from "../stored-bytes.js";
import { type Child, childrenOf } from "./containers.js";
import type { Value } from "./pickle/values.js";
import { type TorchTensor, tensorOf } from "./torch-objects.js";

/** No framework nests modules deeper; what lies deeper is something else's data. */
const MAX_DEPTH = 64;
/** The longest names in use have about 200 characters. */
const MAX_NAME_LENGTH = 4096;

export interface FoundTensor {
  readonly name: string;
  readonly tensor: TorchTensor;
}

export interface WalkOptions {
  readonly where: Whereabouts;
  /** Containers that were seen already, by identity: they are not entered again. */
  readonly seen?: Set<Value>;
  /** Called for each container within; true leaves it out. */
  readonly leaveOut?: (name: string, key: string, value: Value) => boolean;
  /** Called where a container that holds tensors is met again, and where one lies too deep. */
  readonly onPassedBy?: (name: string, why: "shared" | "deep") => void;
}

/** A container that is being walked through. */
interface Level {
  readonly container: Value;
  readonly prefix: string;
  readonly children: readonly Child[];
  next: number;
}

/**
 * The tensors in a value and in all that it holds, depth first, names joined by dots. A container that is shared is entered once (a few shared
 * lists can spell 2^40 paths), and nothing recurses. Throws `FormatError` where a tensor's description is broken.
 */
export function* tensorsIn(value: Value, { where, seen = new Set(), leaveOut, onPassedBy }: WalkOptions): Generator<FoundTensor> {
  const open: Level[] = [];
  const holding = new Set<Value>();
  const enter = (container: Value, prefix: string): void => {
    const children = childrenOf(container);
    if (children.length === 0) return;
    if (seen.has(container)) {
      if (holding.has(container)) onPassedBy?.(prefix, "shared");
    } else if (open.length >= MAX_DEPTH || prefix.length > MAX_NAME_LENGTH) onPassedBy?.(prefix, "deep");
    else {
      seen.add(container);
      open.push({ container, prefix, children, next: 0 });
    }
  };

  const single = tensorOf(value, where);
  if (single !== undefined) yield { name: "tensor", tensor: single };
  else enter(value, "");
  while (open.length > 0) {
    const level = open[open.length - 1];
    if (level.next === level.children.length) {
      open.pop();
      continue;
    }
    const [key, child] = level.children[level.next++];
    if (child === null || typeof child !== "object") continue;
    const name = level.prefix === "" ? key : `${level.prefix}.${key}`;
    const tensor = tensorOf(child, where);
    if (tensor !== undefined) {
      for (let k = open.length - 1; k >= 0 && !holding.has(open[k].container); k--) holding.add(open[k].container);
      yield { name, tensor };
    } else if (leaveOut?.(name, key, child) !== true) enter(child, name);
  }
}

/** How many tensors there are in a value, as far as they are described rightly. */
export function countTensors(value: Value, options: WalkOptions): number {
  let count = 0;
  try {
    for (const _ of tensorsIn(value, options)) count++;
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
  }
  return count;
}

/** Is there a tensor in a value? */
export function holdsTensors(value: Value, where: Whereabouts): boolean {
  return tensorsIn(value, { where }).next().done === false;
}
