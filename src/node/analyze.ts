import { type Analysis, type AnalyzeControls, type AnalyzeOptions, analyzeFiles } from "../analysis/index.js";
import type { FileSet } from "../formats/index.js";
import { nodeHost } from "./host.js";
import { baseOf, type OnBase, sourceOf } from "./named-source.js";
import type { InputOptions } from "./open-input.js";
import { runFolder } from "./run/run-folder.js";
import type { Shard } from "./run/shard.js";

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
