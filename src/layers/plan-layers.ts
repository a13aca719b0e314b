import { finish, type Pace, type Steps, unpaced } from "../formats/pace.js";
import type { Tensor, WeightFile } from "../formats/tensor.js";
import type { AdapterConfig } from "./adapter-config.js";
import { composeTensors } from "./compose.js";
import { readConvolution } from "./convolution.js";
import { readMatrix } from "./dense.js";
import { leaveOutByEvidence } from "./evidence.js";
import { readFused } from "./fused.js";
import type { Layer, SkippedTensor } from "./layer.js";
import { makeLayer } from "./make-layer.js";
import { configFromMetadata, type ModelConfig } from "./model-config.js";
import { leaveOutEmpty, leaveOutNonWeights } from "./not-weights.js";
import { type LayerOrder, orderTensorsInSteps } from "./order.js";
import { refuseQuantised } from "./quantised-schemes.js";
import type { Part, Reading, ReadingContext, Rule, Sides } from "./reading.js";
import { readRecurrent } from "./recurrent.js";
import { countObjection, nameObjection, type Selection } from "./selection.js";
import { gatherSubjects, SkippedList, type Subject, skip } from "./subjects.js";
import { layerNamesInSteps } from "./tensor-name.js";
import { readThreeAxes } from "./three-axes.js";

export interface PlanOptions extends Selection {
  /** Convolutions as pooled slices, or flattened to one matrix. */
  readonly conv: "slices" | "flatten";
  /**
   * Fused projections (qkv, gate and up) in their parts where the parts' sizes are certain, or as they are stored.
   * Default "split".
   */
  readonly fused?: "split" | "whole";
  /** What the model's config.json says; what a file's own metadata say stands in for it. */
  readonly config?: ModelConfig;
  /**
   * By the name of a fused tensor, the sides of its parts in another model that stores them apart: it is cut like those
   * where the configuration does not tell, its parts' order is known and the sides add up to its own. Its parts may be
   * chosen by the name of the whole.
   */
  readonly partSides?: ReadonlyMap<string, readonly Sides[]>;
  /** What an adapter's adapter_config.json says. */
  readonly adapter?: AdapterConfig;
  /**
   * The file's tensors that are tables of sines and cosines by their values (`findSinusoids`); without it, values speak
   * for nothing.
   */
  readonly sinusoids?: ReadonlySet<Tensor>;
}

/** Every tensor of a file is in `layers`, or in `skipped` with its reason. */
export interface LayerPlan {
  readonly layers: readonly Layer[];
  readonly skipped: readonly SkippedTensor[];
  /** What the order of both lists follows. */
  readonly order: LayerOrder;
}

/** A row is read whole; longer ones (half a GiB decoded) are no weight matrix's. */
const MAX_ROW_ELEMENTS = 2 ** 26;

/**
 * How tensors are read, in this order: first what is no weight, then what a name or graph tells, then what the number
 * of axes leaves.
 */
const RULES: readonly Rule[] = [
  ...[leaveOutEmpty, refuseQuantised, leaveOutByEvidence, leaveOutNonWeights],
  ...[readRecurrent, readFused, readMatrix, readThreeAxes, readConvolution],
];

/**
 * Plans a file's layers from its directory alone, in the order that `orderTensors` finds. Reads no data and throws
 * nothing: what cannot be analysed is in `skipped`.
 */
export function planLayers(file: WeightFile, options: PlanOptions): LayerPlan {
  return finish(planLayersInSteps(file, options, unpaced()));
}

/**
 * Steps of planning one tensor, or one of the layers that it gives, without those of looking at its name: one per
 * character, and these for each of the user's globs.
 */
const TENSOR_STEPS = 64;
const GLOB_CHARACTERS_PER_STEP = 8;
/** Of filing something under a text. */
const LOOK_UP_STEPS = 4;
/** What a layer costs in memory, without its name. */
const LAYER_BYTES = 800;

/**
 * `planLayers` with pauses, under a budget that it shares with the opening of the file. Throws `FormatError` where that
 * is used up.
 */
export function* planLayersInSteps(file: WeightFile, options: PlanOptions, pace: Pace): Steps<LayerPlan> {
  const { tensors: stored, order } = yield* orderTensorsInSteps(file, pace);
  const composed = yield* composeTensors(stored, options, pace);
  const skipped = new SkippedList();
  const subjects = yield* gatherSubjects(stored, composed, { skipped, pace });
  const tensors = subjects.map(({ tensor }) => tensor);
  // An .npy file is called by its stem, which may well end in ".weight".
  const names = file.format === "npy" ? new Map(tensors.map((tensor) => [tensor, tensor.name])) : yield* layerNamesInSteps(tensors, pace);
  const context: ReadingContext = {
    conv: options.conv,
    fused: options.fused ?? "split",
    config: options.config ?? configFromMetadata(file.metadata),
    nameIsFile: file.format === "npy" && stored.length === 1,
    sinusoids: options.sinusoids,
    partSides: options.partSides,
    byName: yield* tensorsByName([stored, tensors], pace),
  };
  const layers: Layer[] = [];
  const taken = new Map<string, number>();
  let candidates = 0;
  const globs = options.include.length + options.exclude.length;
  const stepsFor = (name: string): number => TENSOR_STEPS + Math.ceil(name.length * (1 + globs / GLOB_CHARACTERS_PER_STEP));
  for (const group of yield* tiedGroups(subjects, pace)) {
    for (const { tensor } of group) if (pace.spend(stepsFor(tensor.name))) yield;
    const wanted = group.find(({ tensor }) => nameObjection(names.get(tensor)!, tensor.name, options) === undefined);
    const subject = wanted ?? group[0];
    const { tensor, composition, place } = subject;
    const others = group.filter((other) => other !== subject);
    for (const other of others) skipped.add(other.place, skip(other.tensor, `tied with ${tensor.name}`));
    const listedAs = composition?.listedAs ?? tensor.name;
    const lost = composed.leftOut.get(tensor);
    const reading = lost === undefined ? readTensor(tensor, context) : { reason: lost };
    if ("reason" in reading) {
      skipped.add(place, skip(tensor, reading.reason, listedAs));
      continue;
    }
    const facts = {
      type: reading.type,
      notes: [...(composition?.notes ?? []), ...(composed.notes.get(tensor) ?? []), ...reading.notes],
      tiedWith: others.map((other) => other.tensor.name),
      composition,
    };
    const left: LeftPart[] = [];
    for (const part of reading.parts) {
      if (pace.spend(stepsFor(tensor.name))) yield;
      pace.keep(LAYER_BYTES + tensor.name.length);
      const [index, name] = [candidates++, uniqueName(names.get(tensor)! + part.suffix, taken)];
      const called = composition?.tensorName ?? tensor.name;
      const whole = options.partSides?.has(tensor.name) ? names.get(tensor)! : name;
      const reason = partObjection(name, whole, called, options) ?? sizeReason(part, options);
      if (reason === undefined) layers.push(makeLayer(tensor, part, { ...facts, index, name }));
      else left.push({ part, reason });
    }
    skipped.add(place, ...skippedParts(tensor, { left, of: reading.parts.length, name: names.get(tensor)!, listedAs }));
  }
  return { layers, skipped: yield* skipped.inOrder(pace), order };
}

interface LeftPart {
  readonly part: Part;
  readonly reason: string;
}

interface LeftParts {
  readonly left: readonly LeftPart[];
  /** How many parts there were. */
  readonly of: number;
  readonly name: string;
  readonly listedAs: string;
}

/**
 * One entry for a tensor whose parts are all left out for one reason; else one a part, named like the layer that it
 * would have been.
 */
function skippedParts(tensor: Tensor, { left, of, name, listedAs }: LeftParts): SkippedTensor[] {
  if (left.length === 0) return [];
  if (left.length === of && left.every(({ reason }) => reason === left[0].reason)) return [skip(tensor, left[0].reason, listedAs)];
  return left.map(({ part, reason }) => ({ name: name + part.suffix, shape: part.shape, dtype: tensor.dtype, reason }));
}

/** A part may be called like another tensor ("experts[0]"); then the later one is numbered. */
function uniqueName(name: string, taken: Map<string, number>): string {
  let unique = name;
  // Numbered on from the last time, so that a thousand of one name are not tried a million times.
  let k = taken.get(name) ?? 1;
  while (taken.has(unique)) unique = `${name} (${++k})`;
  taken.set(name, k).set(unique, taken.get(unique) ?? 1);
  return unique;
}

function readTensor(tensor: Tensor, context: ReadingContext): Reading {
  for (const rule of RULES) {
    const reading = rule(tensor, context);
    if (reading !== undefined) return reading;
  }
  return { reason: `${tensor.shape.length} axes (${tensor.shape.join(" x ")}): no known way to read them as matrices` };
}

/** The file's tensors and those put together, which take the place of one of the same name. */
function* tensorsByName(lists: readonly (readonly Tensor[])[], pace: Pace): Steps<ReadonlyMap<string, Tensor>> {
  const byName = new Map<string, Tensor>();
  for (const tensors of lists) {
    for (const tensor of tensors) {
      byName.set(tensor.name, tensor);
      if (pace.spend(LOOK_UP_STEPS)) yield;
    }
  }
  return byName;
}

/** Subjects by identity of their bytes, groups in the order of their first members. */
function* tiedGroups(subjects: readonly Subject[], pace: Pace): Steps<Iterable<readonly Subject[]>> {
  const groups = new Map<string, Subject[]>();
  for (const subject of subjects) {
    if (pace.spend(LOOK_UP_STEPS)) yield;
    const group = groups.get(subject.tensor.storageKey);
    if (group === undefined) groups.set(subject.tensor.storageKey, [subject]);
    else group.push(subject);
  }
  return groups.values();
}

/** A part that the caller could not know of is chosen by the name of the whole too, and left out by its own. */
function partObjection(name: string, whole: string, called: string, options: PlanOptions): string | undefined {
  const own = nameObjection(name, called, options);
  if (own === undefined || whole === name) return own;
  const excluded = nameObjection(name, called, { ...options, include: [] });
  return excluded ?? nameObjection(whole, called, options);
}

function sizeReason({ view, shape }: Part, options: PlanOptions): string | undefined {
  if (view.cols > MAX_ROW_ELEMENTS) return `rows of ${view.cols} elements (${shape.join(" x ")}) are too long to be read`;
  return countObjection(Math.min(view.rows, view.cols) * view.count, options);
}
