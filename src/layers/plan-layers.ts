import { finish, type Pace, type Steps, unpaced } from "../bytes/pace.js";
import type { Tensor, WeightFile } from "../formats/tensor.js";
import { type AdapterConfig, adapterFromMetadata } from "./adapter-config.js";
import { companionsByModule } from "./companions.js";
import { type ComposeOptions, composeTensors } from "./compose.js";
import type { Composed } from "./composition.js";
import { readConvolution } from "./convolution.js";
import { readMatrix } from "./dense.js";
import { skipByEvidence } from "./evidence.js";
import { readFused } from "./fused.js";
import { outputAxes } from "./fused-cuts.js";
import { cutIntoHeads, type HeadOptions, type HeadPlan } from "./heads.js";
import type { Layer, SkippedTensor } from "./layer.js";
import type { HeadEvidence } from "./layer-heads.js";
import { layerNamesInSteps } from "./layer-names.js";
import { makeLayer } from "./make-layer.js";
import { configFromMetadata, type ModelConfig } from "./model-config.js";
import { skipEmpty, skipNonWeights } from "./not-weights.js";
import { type LayerOrder, orderTensorsInSteps } from "./order.js";
import { refuseBesideCodes, refuseQuantised } from "./quantised-schemes.js";
import type { Part, Reading, ReadingContext, Rule, Sides } from "./reading.js";
import { readRecurrent } from "./recurrent.js";
import { readScanned } from "./scanned.js";
import { countObjection, nameObjection, type Selection } from "./selection.js";
import { type SkippedPart, skippedParts } from "./skipped-parts.js";
import { gatherSourceTensors, SkippedList, type SourceTensor, skip } from "./source-tensors.js";
import { readThreeAxes } from "./three-axes.js";

export interface PlanOptions extends Selection {
  /** Convolutions as pooled slices, or flattened to one matrix. */
  readonly conv: "slices" | "flatten";
  /** Fused projections are split if the sizes of their parts are certain, or kept as stored. Default "split". */
  readonly fused?: "split" | "whole";
  /** The model's config.json. If it is absent, the file's own metadata are used. */
  readonly config?: ModelConfig | undefined;
  /**
   * By the name of a fused tensor, the sides of its parts in another model that stores them separately. The tensor is
   * cut like those if the configuration does not decide, the order of its parts is known and the sides add up to its
   * own. Its parts may be selected by the name of the whole.
   */
  readonly partSides?: ReadonlyMap<string, readonly Sides[]>;
  /** The adapter's configuration. If it is absent, the file's own metadata are used. */
  readonly adapter?: AdapterConfig | undefined;
  /**
   * The file's tensors that are tables of sines and cosines by their values (`findSinusoids`). Without it, values are
   * not used as evidence.
   */
  readonly sinusoids?: ReadonlySet<Tensor>;
  /** Projections of attention get their heads: those that the file, the caller or `headConfig` tells. Default: none. */
  readonly heads?: Pick<HeadOptions, "asked" | "config"> | undefined;
}

/** Every tensor of a file is in `layers`, or in `skipped` with its reason. */
export interface LayerPlan {
  readonly layers: readonly Layer[];
  readonly skipped: readonly SkippedTensor[];
  /** The order of both lists. */
  readonly order: LayerOrder;
  /** With the option heads: the projections of attention whose heads are not known, and why. */
  readonly uncut?: HeadPlan["uncut"];
}

/** A row is read whole. No weight matrix has longer rows (half a GiB decoded). */
const MAX_ROW_ELEMENTS = 2 ** 26;

/**
 * The rules for reading tensors, in this order: first those that reject non-weights, then those by name or graph, then
 * those by the number of axes.
 */
const RULES: readonly Rule[] = [
  ...[skipEmpty, refuseQuantised, skipByEvidence, skipNonWeights, refuseBesideCodes],
  ...[readScanned, readRecurrent, readFused, readMatrix, readThreeAxes, readConvolution],
];

/**
 * Plans a file's layers from its directory alone, in the order that `orderTensors` finds. Reads no data and throws
 * nothing: what cannot be analysed is in `skipped`.
 */
export function planLayers(file: WeightFile, options: PlanOptions): LayerPlan {
  return finish(planLayersInSteps(file, options, unpaced()));
}

/**
 * Steps to plan one tensor, or one of its layers, without those to scan its name: one per character, plus these for
 * each of the user's globs.
 */
const TENSOR_STEPS = 64;
const GLOB_CHARACTERS_PER_STEP = 8;
/** Steps to store something under a text key. */
const LOOK_UP_STEPS = 4;
/** Memory of a layer, without its name. */
const LAYER_BYTES = 800;

/**
 * `planLayers` with pauses, under a budget shared with the opening of the file. Throws `FormatError` if the budget is
 * exhausted.
 */
export function* planLayersInSteps(file: WeightFile, options: PlanOptions, pace: Pace): Steps<LayerPlan> {
  const { tensors: stored, order } = yield* orderTensorsInSteps(file, pace);
  const skipped = new SkippedList();
  const { composed, sourceTensors } = yield* sourceTensorsInSteps({ ...file, tensors: stored }, options, {
    skipped,
    pace,
  });
  const tensors = sourceTensors.map(({ tensor }) => tensor);
  // An .npy file is named by its stem, which may end in ".weight".
  const names =
    file.format === "npy"
      ? new Map(tensors.map((tensor) => [tensor, tensor.name]))
      : yield* layerNamesInSteps(tensors, pace);
  const context: ReadingContext = {
    conv: options.conv,
    fused: options.fused ?? "split",
    config: options.config ?? configFromMetadata(file.metadata),
    nameIsFile: file.format === "npy" && stored.length === 1,
    format: file.format,
    companions: yield* companionsByModule(stored, { format: file.format, pace }),
    sinusoids: options.sinusoids,
    partSides: options.partSides,
    byName: yield* tensorsByName([stored, tensors], pace),
  };
  const layers: Layer[] = [];
  const taken = new Map<string, number>();
  const evidence = new Map<number, HeadEvidence>();
  let candidates = 0;
  const globs = options.include.length + options.exclude.length;
  const stepsFor = (name: string): number =>
    TENSOR_STEPS + Math.ceil(name.length * (1 + globs / GLOB_CHARACTERS_PER_STEP));
  for (const group of yield* tiedGroups(sourceTensors, pace)) {
    for (const { tensor } of group) if (pace.spend(stepsFor(tensor.name))) yield;
    const wanted = group.find(({ tensor }) => nameObjection(names.get(tensor)!, tensor.name, options) === undefined);
    const sourceTensor = wanted ?? group[0];
    const { tensor, composition, position } = sourceTensor;
    const others = group.filter((other) => other !== sourceTensor);
    for (const other of others) skipped.add(other.position, skip(other.tensor, `tied with ${tensor.name}`));
    const listedAs = composition?.listedAs ?? tensor.name;
    const skipReason = composed.skipReasons.get(tensor);
    const reading = skipReason === undefined ? readTensor(tensor, context) : { reason: skipReason };
    if ("reason" in reading) {
      skipped.add(position, skip(tensor, reading.reason, listedAs));
      continue;
    }
    const facts = {
      type: reading.type,
      notes: [...(composition?.notes ?? []), ...(composed.notes.get(tensor) ?? []), ...reading.notes],
      tiedWith: others.map((other) => other.tensor.name),
      composition,
    };
    const left: SkippedPart[] = [];
    for (const part of reading.parts) {
      if (pace.spend(stepsFor(tensor.name))) yield;
      pace.keep(LAYER_BYTES + tensor.name.length);
      const [index, name] = [candidates++, uniqueName(names.get(tensor)! + part.suffix, taken)];
      const called = composition?.tensorName ?? tensor.name;
      const whole = options.partSides?.has(tensor.name) ? names.get(tensor)! : name;
      const reason = partObjection(name, whole, called, options) ?? sizeReason(part, options);
      if (options.heads !== undefined)
        evidence.set(index, part.heads ?? { outputs: outputAxes(tensor, context.byName) });
      if (reason === undefined) layers.push(makeLayer(tensor, part, { ...facts, index, name }));
      else left.push({ part, reason });
    }
    skipped.add(
      position,
      ...skippedParts(tensor, { left, of: reading.parts.length, name: names.get(tensor)!, listedAs }),
    );
  }
  const plan = { layers, skipped: yield* skipped.inOrder(pace), order };
  if (options.heads === undefined) return plan;
  const { asked, config } = options.heads;
  const own = configFromMetadata(file.metadata);
  const configFrom = config === undefined ? "the file's metadata" : "config.json";
  return { ...plan, ...cutIntoHeads(layers, { asked, config: config ?? own, configFrom, evidence }) };
}

/**
 * What there is to analyse: the tensors as they are stored, and those that are composed from several. The same for a
 * plan and for a thread that reads a planned layer by itself.
 */
export function* sourceTensorsInSteps(
  { tensors: stored, metadata }: Pick<WeightFile, "tensors" | "metadata">,
  options: ComposeOptions,
  { skipped, pace }: { readonly skipped: SkippedList; readonly pace: Pace },
): Steps<{ readonly composed: Composed; readonly sourceTensors: readonly SourceTensor[] }> {
  // Parts of quantised weights are no factors of a product, whatever they are called (SVDQuant's lora_down).
  const plain = stored.filter(({ hints }) => hints?.partOf === undefined && hints?.refusal === undefined);
  const composed = yield* composeTensors(plain, { adapter: options.adapter ?? adapterFromMetadata(metadata) }, pace);
  return { composed, sourceTensors: yield* gatherSourceTensors(stored, composed, { skipped, pace }) };
}

/** A part may have the name of another tensor ("experts[0]"); then the later one is numbered. */
function uniqueName(name: string, taken: Map<string, number>): string {
  let unique = name;
  // Counts on from the last number, so that a thousand equal names do not cost a million tries.
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

/** The file's tensors and the composed ones; a composed tensor replaces one of the same name. */
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

/** Source tensors grouped by the identity of their bytes, groups in the order of their first members. */
function* tiedGroups(sourceTensors: readonly SourceTensor[], pace: Pace): Steps<Iterable<readonly SourceTensor[]>> {
  const groups = new Map<string, SourceTensor[]>();
  for (const sourceTensor of sourceTensors) {
    if (pace.spend(LOOK_UP_STEPS)) yield;
    const group = groups.get(sourceTensor.tensor.storageKey);
    if (group === undefined) groups.set(sourceTensor.tensor.storageKey, [sourceTensor]);
    else group.push(sourceTensor);
  }
  return groups.values();
}

/** A part that the caller could not know of can be selected by the name of the whole too, and excluded by its own. */
function partObjection(name: string, whole: string, called: string, options: PlanOptions): string | undefined {
  const own = nameObjection(name, called, options);
  if (own === undefined || whole === name) return own;
  const excluded = nameObjection(name, called, { ...options, include: [] });
  return excluded ?? nameObjection(whole, called, options);
}

function sizeReason({ view, shape }: Part, options: PlanOptions): string | undefined {
  if (view.cols > MAX_ROW_ELEMENTS) return `rows of ${view.cols} elements (${shape.join(" x ")}) are too long to read`;
  return countObjection(Math.min(view.rows, view.cols) * view.count, options);
}
