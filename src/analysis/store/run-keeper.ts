import type { FileSet } from "../../formats/index.js";
import type { Layer, LayerDescription, MatrixOrigin, StackShape } from "../../layers/index.js";
import { descriptionOf } from "../../layers/layer.js";
import type { EngineName } from "../../spectra/index.js";
import { CONFIG_NAMES } from "../configs-beside.js";
import type { RunEvent } from "../events/run-event.js";
import type { OpenedModel } from "../open-model.js";
import type { ResolvedOptions } from "../options.js";
import { precisionOf } from "../precision.js";
import type { Report, SkippedRecord } from "../report.js";
import type { Digest } from "./digest.js";
import { digestOfFiles, type FileIdentity, identifyFiles } from "./file-identity.js";
import type { OutcomeStore } from "./outcome.js";
import { jobKey, jobsOf } from "./spectrum-job.js";

/** A layer of a run as plain data: what it is, where its values come from, and the key of its spectrum. */
export interface Placement {
  readonly layer: LayerDescription;
  readonly stack: StackShape;
  readonly origin: MatrixOrigin;
  readonly key: Digest;
  /** Floating-point operations, optional measurements included: shares of a run are cut by it. */
  readonly work: number;
}

/** All that is decided before any work: the same for every process that takes part in a run. */
export interface RunPlan {
  readonly input: Report["input"];
  /** The engine is the one that is used, never "auto". */
  readonly options: ResolvedOptions & {
    readonly engine: EngineName;
    /** Which of the engine's kernels (`SpectralPool.target`): others give other last bits. */
    readonly engineTarget?: string;
  };
  /** All files that decide the result: weights, shards, configurations, and those of a base. */
  readonly files: readonly FileIdentity[];
  readonly placements: readonly Placement[];
  readonly skipped: readonly SkippedRecord[];
}

/** A place where a run keeps what is done, so that a later process, or one beside it, goes on from there. */
export interface RunKeeper {
  /**
   * The engine of the run, if it was begun before: all processes use the same. Rejects with an `OptionError` if
   * `asked` is another one.
   */
  engine(asked: ResolvedOptions["engine"]): Promise<EngineName | undefined>;
  /**
   * Begins or joins the run. Rejects with an `OptionError` or a `FormatError` if what is kept is of another model, or
   * made with other options.
   */
  begin(plan: RunPlan): Promise<RunSession>;
}

/** Where a run keeps the events of one process. Nothing depends on it: an event that cannot be kept is lost. */
export interface EventLog {
  /** The name under which the events are kept. */
  readonly writer: string;
  /** Does not throw. */
  write(event: RunEvent): void;
}

/** One process's part in a run. */
export interface RunSession {
  readonly store: OutcomeStore;
  /** Whether the store itself keeps the first of two outcomes of a key: asking before is of no use. */
  readonly keepsFirst?: boolean;
  /** Indices of the layers of this process's share. Absent: all. */
  readonly share?: ReadonlySet<number>;
  /** Keeps the events of this process. Absent: nowhere. */
  readonly events?: EventLog;
  /**
   * Claims a job, so that processes beside this one do others first. False while another one is at it. It only saves
   * work: a job that two processes do is done twice, with equal results.
   */
  claim(key: Digest): Promise<boolean>;
  release(key: Digest): Promise<void>;
  /** Resolves when it is worth asking again for a claim. */
  pause(signal?: AbortSignal): Promise<void>;
  /** Everything put so far is on disk when it resolves. */
  close(): Promise<void>;
}

export interface Planning {
  readonly options: RunPlan["options"];
  readonly input: Report["input"];
  readonly work: (layer: Layer) => number;
  readonly signal?: AbortSignal | undefined;
}

/** The plan of an opened model. Reads a few blocks of each file. */
export async function runPlanOf(
  model: OpenedModel,
  sets: readonly FileSet[],
  { options, input, work, signal }: Planning,
): Promise<RunPlan> {
  const files = await identitiesOf(model, sets, signal);
  const digest = await digestOfFiles(files);
  const placements: Placement[] = [];
  for (const layer of model.layers) {
    signal?.throwIfAborted();
    const { source } = layer;
    const description = descriptionOf(layer);
    const { count, rows, cols, origin } = source;
    const context = {
      files: digest,
      engine: options.engine,
      precision: precisionOf(layer, options.precision),
      seed: options.seed,
    };
    const key = await jobKey(jobsOf(layer, context).exact);
    placements.push({
      layer: description,
      stack: { count, rows, cols },
      origin: origin as MatrixOrigin,
      key,
      work: work(layer),
    });
  }
  return { input, options, files, placements, skipped: model.skipped };
}

async function identitiesOf(
  model: OpenedModel,
  sets: readonly FileSet[],
  signal?: AbortSignal,
): Promise<FileIdentity[]> {
  const weights = [model.file.files, ...(model.base === undefined ? [] : [model.base.files])];
  const identities: FileIdentity[] = [];
  for (const [i, files] of sets.entries()) {
    const beside = new Set(await files.list());
    const names = [...weights[i].map(({ name }) => name), ...CONFIG_NAMES.filter((name) => beside.has(name))];
    const found = await identifyFiles(files, [...new Set(names)], signal);
    // An adapter and its base may have files of one name.
    identities.push(...(i === 0 ? found : found.map((file) => ({ ...file, name: `base: ${file.name}` }))));
  }
  return identities;
}
