import { FormatError } from "../../bytes/errors.js";
import type { Pace, Steps } from "../../bytes/pace.js";
import type { ErrorLocation } from "../../bytes/stored-bytes.js";
import {
  type Container,
  isContainer,
  keyText,
  type Section,
  type SectionEntry,
  sectionEntries,
  sectionsOf,
} from "./containers.js";
import type { Value } from "./pickle/values.js";
import { subclassAttributes, tensorOf } from "./torch-objects.js";
import type { TorchTensor } from "./torch-tensor.js";

/** No framework nests modules deeper; anything deeper is other data. */
const MAX_DEPTH = 64;
/** The longest names in use have about 200 characters. */
const MAX_NAME_LENGTH = 1024;
/** Memory of a tensor of the walk, without its name. */
const TENSOR_BYTES = 400;
/** Steps to examine a tensor's description. */
const TENSOR_STEPS = 16;

/** Separates the name of a quantised tensor from those of its attributes: "fc.weight:qdata". */
const ATTRIBUTE = ":";

export interface FoundTensor {
  readonly name: string;
  readonly tensor: TorchTensor;
}

export interface WalkOptions {
  readonly where: ErrorLocation;
  readonly pace: Pace;
  /** Called for each tensor; true ends the walk. */
  readonly onTensor: (found: FoundTensor) => boolean;
  /** Containers that were already entered, by identity: they are not entered again. */
  readonly seen?: Set<Container>;
  /** Called for each nested container that was not seen yet; true skips it. */
  readonly leaveOut?: (name: string, key: string, value: Value) => boolean;
  /** Called if a container that holds tensors is met again, and if one is nested too deep. */
  readonly onPassedBy?: (name: string, why: "shared" | "deep") => void;
}

/** A container whose contents are being visited. */
interface Level {
  readonly container: Container;
  readonly prefix: string;
  readonly sections: readonly Section[];
  /** The next section. */
  next: number;
  /** The owner of the section that is being read, and the rest of the section. */
  owner: Container;
  held: Iterator<SectionEntry>;
}

/**
 * Visits the tensors in a value and in everything that it holds, depth first, names joined by dots. A shared value is
 * entered once (a few shared lists can give 2^40 paths), nothing recurses, and no key or name is made for an atom:
 * O(references) time, O(containers) memory. Throws `FormatError` if a tensor's description is invalid.
 */
export function* walkTensors(value: Value, options: WalkOptions): Steps<void> {
  const { where, pace, onTensor, seen = new Set(), leaveOut, onPassedBy } = options;
  const open: Level[] = [];
  const holding = new Set<Container>();
  const leftOut = new Set<Container>();
  const known = new Map<Value, TorchTensor>();
  const describe = (held: Value): TorchTensor | undefined => {
    const tensor = known.get(held) ?? tensorOf(held, where);
    if (tensor !== undefined) known.set(held, tensor);
    return tensor;
  };
  const isTensor = (held: Value): boolean => isContainer(held) && describe(held) !== undefined;
  const passBy = (container: Container, name: string): void => {
    if (holding.has(container)) onPassedBy?.(name, "shared");
  };
  const enter = (container: Container, prefix: string): void => {
    const sections = sectionsOf(container);
    if (sections.length === 0) return;
    if (open.length >= MAX_DEPTH || prefix.length > MAX_NAME_LENGTH) {
      onPassedBy?.(prefix, "deep");
      return;
    }
    seen.add(container);
    open.push({ container, prefix, sections, next: 0, owner: container, held: [][Symbol.iterator]() });
  };
  const nextSection = (level: Level): void => {
    const section = level.sections[level.next++];
    const own = section.owner === level.container;
    if (!own && seen.has(section.owner)) {
      passBy(section.owner, level.prefix);
      return;
    }
    seen.add(section.owner);
    level.owner = section.owner;
    level.held = sectionEntries(section);
  };

  const single = describe(value);
  if (single !== undefined) onTensor({ name: "tensor", tensor: single });
  else if (isContainer(value)) enter(value, "");
  while (open.length > 0) {
    if (pace.spend(1)) yield;
    const level = open[open.length - 1];
    const item = level.held.next();
    if (item.done) {
      if (level.next < level.sections.length) nextSection(level);
      else open.pop();
      continue;
    }
    const child = item.value[1];
    if (!isContainer(child) || leftOut.has(child)) continue;
    const key = keyText(item.value);
    const name = level.prefix === "" ? key : `${level.prefix}${level.prefix.endsWith(ATTRIBUTE) ? "" : "."}${key}`;
    if (seen.has(child)) {
      passBy(child, name);
      continue;
    }
    const tensor = describe(child);
    const attributes = tensor?.kind === "unreadable" ? subclassAttributes(child) : undefined;
    if (attributes !== undefined && [...(attributes.entries?.values() ?? [])].some((held) => isTensor(held))) {
      if (seen.has(attributes)) passBy(attributes, name);
      else enter(attributes, `${name}${ATTRIBUTE}`);
    } else if (tensor !== undefined) {
      for (let k = open.length - 1; k >= 0 && !holding.has(open[k].owner); k--)
        holding.add(open[k].owner).add(open[k].container);
      pace.keep(TENSOR_BYTES + name.length);
      if (pace.spend(TENSOR_STEPS)) yield;
      if (onTensor({ name, tensor })) return;
    } else if (leaveOut?.(name, key, child)) leftOut.add(child);
    else enter(child, name);
  }
}

/** The number of tensors in a value, counted up to the first invalid description. */
export function* countTensors(value: Value, options: Omit<WalkOptions, "onTensor">): Steps<number> {
  let count = 0;
  try {
    yield* walkTensors(value, { ...options, onTensor: () => ++count < 0 });
  } catch (cause) {
    // This also catches the budget's own error: the rest of the opening will meet it again.
    if (!(cause instanceof FormatError)) throw cause;
  }
  return count;
}

/** Whether a value holds a tensor. */
export function* holdsTensors(value: Value, options: Omit<WalkOptions, "onTensor">): Steps<boolean> {
  let found = false;
  const onTensor = (): boolean => {
    found = true;
    return true;
  };
  yield* walkTensors(value, { ...options, onTensor });
  return found;
}
