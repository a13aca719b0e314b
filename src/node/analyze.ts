import {
  type Analysis,
  type AnalysisHost,
  type AnalyzeControls,
  type AnalyzeOptions,
  analyzeFiles,
  type CompareControls,
  type CompareOptions,
  type Comparison,
  compareModels,
  type Description,
  describeFiles,
  type FileSource,
  type ShuffleControls,
  type ShuffledSpectrum,
  shuffledSpectrumOf,
} from "../analysis/index.js";
import type { FileSet } from "../formats/index.js";
import { columnWorkers } from "./column-workers.js";
import { memoryBudget } from "./memory-budget.js";
import { openPool } from "./native/open-pool.js";
import { type InputOptions, namedFiles } from "./open-input.js";
import { runFolder } from "./run/run-folder.js";
import type { Shard } from "./run/shard.js";

/** Workers and memory of this machine. */
export const nodeHost: AnalysisHost = {
  createPool: ({ engine, jobs, memory = memoryBudget(), work, ownThread }) =>
    openPool({ engine, width: jobs, memory, work, ownThread }),
  createColumnWorker: columnWorkers,
};

/**
 * Analyses a weight file: a path (a file, the folder of a model, or a glob), an https address,
 * `org/model[@revision][:file]` of a Hugging Face hub, or a `FileSet` of your own. The returned `Analysis` is an async
 * stream of layer results in the order in which they finish; `report()` gives the whole. If a file does not exist or no
 * reader accepts it, the stream and the report reject with a `FormatError`.
 *
 * @example const analysis = analyze("model.safetensors"); for await (const { record } of analysis)
 * console.log(record.name, record.phase); const { summary } = await analysis.report();
 */
export function analyze(
  input: string | FileSet,
  options: AnalyzeOptions & Omit<AnalyzeControls, "base" | "keeper"> & InputOptions & OnBase & InFolder = {},
): Analysis {
  const { run, shard } = options;
  if (shard !== undefined) assertShard(shard, run);
  const keeper = run === undefined ? undefined : runFolder(run, { shard });
  return analyzeFiles(sourceOf(input, options), { ...options, base: baseOf(options), keeper }, nodeHost);
}

/** Where an analysis is kept, so that it can be stopped, resumed, shared and reported later. */
export interface InFolder {
  /**
   * A folder that keeps what is done. The same call again does what is missing; other processes may do their part at
   * the same time. Another model, or options that lead to other spectra, reject.
   */
  readonly run?: string | undefined;
  /** Only this share of the layers: `index` (from 1) of `count`. Needs `run`; the report then has these layers only. */
  readonly shard?: Shard | undefined;
}

function assertShard({ index, count }: Shard, run: string | undefined): void {
  if (run === undefined) throw new RangeError("option shard: needs the option run, the folder that the shares go to");
  if (Number.isInteger(index) && Number.isInteger(count) && index >= 1 && index <= count) return;
  throw new RangeError(`option shard: found ${index}/${count}, expected i/n with i from 1 to n`);
}

/** Lists a weight file's tensors and layers without computing anything. */
export async function describe(
  input: string | FileSet,
  options: AnalyzeOptions & InputOptions & OnBase & Pick<AnalyzeControls, "onOpened"> = {},
): Promise<Description> {
  return describeFiles(sourceOf(input, options), { ...options, base: baseOf(options) });
}

/**
 * The spectrum of one layer (by its `layer_id`) with its entries shuffled: the same entries without their order. The
 * options are those of the analysis.
 */
export async function shuffledSpectrum(
  input: string | FileSet,
  layerId: number,
  options: AnalyzeOptions & InputOptions & OnBase & Omit<ShuffleControls, "base"> = {},
): Promise<ShuffledSpectrum> {
  return shuffledSpectrumOf(sourceOf(input, options), layerId, { ...options, base: baseOf(options), host: nodeHost });
}

/**
 * Compares two weight files, layer by layer and by name: `b` is the later state of `a`. Rejects with a `FormatError` if
 * one cannot be read.
 */
export async function compare(
  a: string | FileSet,
  b: string | FileSet,
  options: CompareOptions & CompareControls & InputOptions = {},
): Promise<Comparison> {
  const [first, second] = await Promise.all(
    [a, b].map((input) => (typeof input === "string" ? namedFiles(input, options) : input)),
  );
  return compareModels({ a: first, b: second }, options, nodeHost);
}

/** An adapter's base, named like any input. */
export interface OnBase {
  /**
   * The model for which `input`, a low-rank adapter, was made. The layers that the adapter changes are then analysed
   * with it, as W + dW. A layer that the base does not have rejects with a `FormatError` that names it.
   */
  readonly base?: string | FileSet | undefined;
}

function sourceOf(input: string | FileSet, options: InputOptions): FileSource {
  return typeof input === "string" ? () => namedFiles(input, options) : input;
}

/** `--revision` applies to the adapter. Give the base's revision in its name: org/model@revision. */
function baseOf({ base, hub, signal }: OnBase & InputOptions): FileSource | undefined {
  return base === undefined ? undefined : sourceOf(base, { hub: { ...hub, revision: undefined }, signal });
}
