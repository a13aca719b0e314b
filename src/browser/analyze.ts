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
import { type FileSet, FormatError } from "../formats/index.js";
import { matchScores, type NamedScore, type RankControls, type Ranking, rankModels } from "../rank/index.js";
import { hubFiles, isRemoteAddress, parseHubName, urlFiles } from "../remote/index.js";
import { uploadedFiles } from "./blob-source.js";
import { browserColumnWorkers } from "./column-workers.js";
import { browserRemoteHost } from "./remote-host.js";
import { browserWorkerPool } from "./worker-pool.js";

const host: AnalysisHost = {
  createPool: async ({ engine, jobs, memory }) => {
    if (engine === "native")
      throw new RangeError('option engine: "native" needs Node; a browser has "wasm" and "reference"');
    return browserWorkerPool({ engine: engine === "auto" ? "wasm" : engine, width: jobs, memory });
  },
  createColumnWorker: browserColumnWorkers,
};

/**
 * Analyses a weight file in the browser: a `File`, the files of a model together, an https address (whose server allows
 * it by CORS), the name of a model on the public Hugging Face hub (`org/model[@revision][:file]`), or a `FileSet` of
 * your own. Nothing is uploaded. The returned `Analysis` is an async stream of layer results in the order in which they
 * finish; `report()` gives the whole.
 */
export function analyze(input: Input, options: AnalyzeOptions & Omit<AnalyzeControls, "base"> & OnBase = {}): Analysis {
  return analyzeFiles(() => filesOf(input, options.signal), { ...options, base: baseOf(options) }, host);
}

/** Lists a weight file's tensors and layers without computing anything. */
export async function describe(
  input: Input,
  options: AnalyzeOptions & Pick<AnalyzeControls, "signal"> & OnBase = {},
): Promise<Description> {
  return describeFiles(() => filesOf(input, options.signal), { ...options, base: baseOf(options) });
}

/**
 * The spectrum of one layer (by its `layer_id`) with its entries shuffled: the same entries without their order. The
 * options are those of the analysis.
 */
export async function shuffledSpectrum(
  input: Input,
  layerId: number,
  options: AnalyzeOptions & Omit<ShuffleControls, "base"> & OnBase = {},
): Promise<ShuffledSpectrum> {
  const files = () => filesOf(input, options.signal);
  return shuffledSpectrumOf(files, layerId, { ...options, base: baseOf(options), host });
}

/** Compares two weight files, layer by layer and by name: `b` is the later state of `a`. */
export async function compare(a: Input, b: Input, options: CompareOptions & CompareControls = {}): Promise<Comparison> {
  const [first, second] = await Promise.all([a, b].map((input) => filesOf(input, options.signal)));
  return compareModels({ a: first, b: second }, options, host);
}

/** Scores of the models to rank. */
export interface WithScores {
  /** One per model, by the name of its file or folder, with or without the extension, or by its address. */
  readonly scores?: readonly NamedScore[] | undefined;
}

/**
 * Ranks models: one row each, the group that its spectra put it into, and, with `scores`, how each column goes with
 * them. Every input is one model. One that cannot be read gives a row that says why.
 */
export async function rank(
  inputs: readonly Input[],
  options: AnalyzeOptions & RankControls & WithScores = {},
): Promise<Ranking> {
  const { scores, ...controls } = options;
  const models = inputs.map((input) => ({ path: labelOf(input), files: () => filesOf(input, options.signal) }));
  const paths = models.map(({ path }) => path);
  const matched = scores === undefined ? undefined : matchScores(scores, paths, "scores");
  const scored = models.map((model, i) => ({ ...model, score: matched?.[i] }));
  return rankModels(scored, controls, host);
}

/** What a user would call the input: an address, or the name of its only file, else of its first. */
function labelOf(input: Input): string {
  if (typeof input === "string") return input;
  if (input instanceof File) return input.name;
  return Array.isArray(input) ? (input[0]?.name ?? "") : (input as FileSet).label;
}

/** An address or a model of a hub, a file, the files of a model together, or a `FileSet` of your own. */
export type Input = string | File | readonly File[] | FileSet;

/** An adapter's base, named like any input. */
export interface OnBase {
  /**
   * The model for which `input`, a low-rank adapter, was made: the layers that the adapter changes are analysed with
   * it, as W + dW.
   */
  readonly base?: Input;
}

function baseOf({ base, signal }: OnBase & Pick<AnalyzeControls, "signal">): FileSource | undefined {
  return base === undefined ? undefined : () => filesOf(base, signal);
}

async function filesOf(input: Input, signal?: AbortSignal): Promise<FileSet> {
  if (typeof input === "string") return namedFiles(input, signal);
  return input instanceof File || Array.isArray(input) ? uploadedFiles(input) : (input as FileSet);
}

async function namedFiles(input: string, signal?: AbortSignal): Promise<FileSet> {
  const access = { host: browserRemoteHost, signal };
  if (isRemoteAddress(input)) return urlFiles(input, access);
  const name = parseHubName(input);
  if (name !== undefined) return hubFiles(name, access);
  throw new FormatError("this is neither an https address nor the name of a model on a hub (org/model)", {
    kind: "missing",
    file: input,
  });
}
