import { precisionOf } from "../../analysis/precision.js";
import type { KeptPlan } from "../../analysis/run/parse-plan.js";
import { keptLayer } from "../../analysis/run/report-of-kept.js";
import { type Digest, digestOfData } from "../../analysis/store/digest.js";
import { digestOfFiles } from "../../analysis/store/file-identity.js";
import type { Placement } from "../../analysis/store/run-keeper.js";
import { jobsOf } from "../../analysis/store/spectrum-job.js";
import { originFile } from "../run/shard.js";
import { type LayerMessage, MESSAGE_FORMAT, type ReportMessage } from "./message.js";
import type { SourceAddress } from "./opened-source.js";

/** Jobs of the queue, by their names. */
export const LAYER = "layer";
export const REPORT = "report";

/** A run of a model, by its folder, its plan and its source. */
export interface PlannedModel {
  readonly folder: string;
  readonly plan: KeptPlan;
  readonly address: SourceAddress;
}

/** How jobs are tried and when they come. */
export interface JobPolicy {
  /** From 0 to 9; the jobs of a smaller one come first. */
  readonly urgency: number;
  /** How often a layer is tried that fails. */
  readonly attempts: number;
  /** Milliseconds before the second try; they double with each, with jitter. */
  readonly backoffMs: number;
}

export const DEFAULT_POLICY: JobPolicy = { urgency: 5, attempts: 5, backoffMs: 1000 };

/** BullMQ takes 1 to 2^21 - 1, the smallest first. */
const PRIORITIES_PER_URGENCY = 200_000;
/**
 * Floating-point operations, a second or less. What takes no longer has one priority and so comes in the order in which
 * it was added, model by model and file by file: a worker then opens each model once.
 */
const MIN_ORDERED_WORK = 1e9;
/** Above that, jobs of about equal work have one priority. */
const STEPS_PER_OCTAVE = 4;
const MAX_OCTAVES = 64;

/** The priority of a layer: by urgency, then the largest first, in quarter octaves of its work. */
export function priorityOf(work: number, urgency: number): number {
  const octaves = Math.min(MAX_OCTAVES, Math.log2(Math.max(1, work / MIN_ORDERED_WORK)));
  // 1 is the report's.
  return 2 + urgency * PRIORITIES_PER_URGENCY + STEPS_PER_OCTAVE * MAX_OCTAVES - Math.ceil(STEPS_PER_OCTAVE * octaves);
}

/** Layers in the order in which they are added: file by file, the largest first in each. */
export function byFile(placements: readonly Placement[]): Placement[] {
  const files = new Map<string, Placement[]>();
  for (const placement of placements) {
    const file = originFile(placement.origin);
    const layers = files.get(file);
    if (layers === undefined) files.set(file, [placement]);
    else layers.push(placement);
  }
  return [...files.values()].flatMap((layers) => layers.sort((a, b) => b.work - a.work));
}

/** The id of a layer's job: the same for every coordinator, another one for another folder. */
export async function layerId(folder: string, { digest }: Pick<KeptPlan, "digest">, key: Digest): Promise<string> {
  return `l${await digestOfData({ folder, plan: digest, key })}`;
}

/** The id of the job that writes a model's report. */
export async function reportId(folder: string, { digest }: Pick<KeptPlan, "digest">): Promise<string> {
  return `r${await digestOfData({ folder, plan: digest })}`;
}

/** A job as BullMQ takes it. */
export interface AddedJob<Message> {
  readonly name: string;
  readonly data: Message;
  readonly opts: { readonly jobId: string; readonly [option: string]: unknown };
}

/** The job of one layer. Completed jobs leave the queue, so that the layer can be given out again. */
export async function layerJob(
  { folder, plan, address }: PlannedModel,
  { layer, stack, origin, key, work }: Placement,
  { urgency, attempts, backoffMs }: JobPolicy,
): Promise<AddedJob<LayerMessage>> {
  const { engine, precision, seed } = plan.options;
  const described = keptLayer({ layer, stack, origin, key, work }, engine);
  const context = {
    files: await digestOfFiles(plan.files),
    engine,
    precision: precisionOf(described, precision),
    seed,
  };
  return {
    name: LAYER,
    data: {
      ...{ format: MESSAGE_FORMAT, run: folder, plan: plan.digest, source: address.source },
      ...(address.base !== undefined && { base: address.base }),
      ...{ layer: layer.index, name: layer.name, key, job: jobsOf(described, context).exact },
      ...{ dtype: layer.dtype, shape: layer.shape, work },
    },
    opts: {
      jobId: await layerId(folder, plan, key),
      priority: priorityOf(work, urgency),
      ...{ attempts, backoff: { type: "exponential", delay: backoffMs, jitter: 0.5 } },
      // The report is written without a layer that is given up.
      ...{ removeOnComplete: true, ignoreDependencyOnFailure: true, stackTraceLimit: 0 },
    },
  };
}

/** A report is tried so often: each failure may be a disk or a network that is away. */
const REPORT_ATTEMPTS = 10;

/** The job that writes the report, the parent of its layers. */
export async function reportJob({ folder, plan }: PlannedModel, policy: JobPolicy): Promise<AddedJob<ReportMessage>> {
  return {
    name: REPORT,
    data: { format: MESSAGE_FORMAT, run: folder, plan: plan.digest, rounds: 0, missing: plan.placements.length + 1 },
    opts: {
      ...{ jobId: await reportId(folder, plan), priority: 1, removeOnComplete: true, stackTraceLimit: 0 },
      ...{ attempts: REPORT_ATTEMPTS, backoff: { type: "exponential", delay: policy.backoffMs, jitter: 0.5 } },
    },
  };
}
