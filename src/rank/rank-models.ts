import { type AnalyzeControls, analyzeFiles } from "../analysis/analysis.js";
import type { FileSource } from "../analysis/merged-model.js";
import type { OnOpened } from "../analysis/opened-inputs.js";
import { type AnalyzeOptions, resolveOptions } from "../analysis/options.js";
import type { AnalysisHost, Progress } from "../analysis/solve-layers.js";
import { type SharedSpectra, spectraInMemory } from "../analysis/store/memory-store.js";
import { hasSpectrum } from "../analysis/summary.js";
import { FormatError, OptionError } from "../formats/index.js";
import { architectureOfLayers, assembleRanking, type RankedOne } from "./assemble-ranking.js";
import { lastingPools } from "./lasting-pool.js";
import { shortNames } from "./names.js";
import { type SortOptions, sortColumn } from "./order.js";
import type { RankedModel } from "./ranked-model.js";
import type { Ranking } from "./ranking.js";
import { NOTHING_SUMMARISED, summariseModel } from "./summarise-model.js";

/** A model to rank. */
export interface RankInput {
  /** As the user named it. */
  readonly path: string;
  readonly files: FileSource;
  readonly score?: number | undefined;
}

export interface RankControls extends SortOptions, Pick<AnalyzeControls, "signal"> {
  /** Called per model, before any work on it. If it throws, the ranking rejects with that error. */
  readonly onOpened?: OnOpened;
  /** Called as the layers of a model finish: `model` of `models`, counted from 0. */
  readonly onProgress?: (progress: Progress, at: { readonly model: number; readonly models: number }) => void;
  /** Called when a model is done or has failed. Its family is not known yet. */
  readonly onModel?: (model: RankedModel) => void;
}

/**
 * Analyses models one after the other and compares them. Only the rows of a model are kept, not its weights. Layers
 * with equal weights in several models are solved once. A model that cannot be read gives a failed row with the
 * reason. Rejects with the error of the first model if no model could be read and an option was the reason, and with
 * the signal's reason.
 */
export async function rankModels(
  inputs: readonly RankInput[],
  options: AnalyzeOptions & RankControls,
  host: AnalysisHost,
): Promise<Ranking> {
  resolveOptions(options);
  if (options.sort !== undefined) sortColumn(options.sort);
  const spectra = inputs.length > 1 ? spectraInMemory() : undefined;
  const names = shortNames(inputs.map(({ path }) => path));
  const ranked: RankedOne[] = [];
  const lasting = lastingPools(host);
  try {
    for (const [index, input] of inputs.entries()) {
      const place = { index, count: inputs.length, name: names[index], spectra };
      const one = await rankOne(input, { ...options, ...place }, lasting.host);
      ranked.push(one);
      options.onModel?.(one.model);
    }
  } finally {
    await lasting.close();
  }
  const refused = ranked.find((one) => one.refused !== undefined)?.refused;
  if (refused !== undefined && ranked.every(({ architecture }) => architecture === undefined)) throw refused;
  return assembleRanking(ranked, options);
}

interface OneOfMany extends AnalyzeOptions, RankControls {
  readonly index: number;
  readonly count: number;
  readonly name: string;
  readonly spectra: SharedSpectra | undefined;
}

async function rankOne(
  { path, files, score = undefined }: RankInput,
  { index, count, name, spectra, onProgress, onOpened, onModel: _, sort: __, descending: ___, ...options }: OneOfMany,
  host: AnalysisHost,
): Promise<RankedOne> {
  spectra?.nextModel();
  const identity = { name, path, family: null, score: score ?? null };
  const failed = (reason: string, warnings: readonly string[] = []): RankedModel => ({
    ...NOTHING_SUMMARISED,
    ...identity,
    ...{ status: "failed", reason, solved: 0, reused: 0, warnings },
  });
  try {
    const analysis = analyzeFiles(
      files,
      {
        ...options,
        ...(spectra && { spectra }),
        ...(onOpened && { onOpened }),
        ...(onProgress && { onProgress: (progress) => onProgress(progress, { model: index, models: count }) }),
      },
      host,
    );
    const [report, results] = [await analysis.report(), await analysis.results()];
    const { warnings } = report.input;
    if (results.length === 0) return { model: failed(nothingAnalysed(report.skipped.length), warnings) };
    const reused = spectra?.reused ?? 0;
    const summary = summariseModel(results);
    const solved = results.filter(({ record }) => hasSpectrum(record)).length;
    const nothing = solved === 0;
    return {
      model: {
        ...summary,
        ...identity,
        status: nothing ? "failed" : "success",
        reason: nothing ? `no layer has a spectrum: ${results[0].record.reason}` : null,
        solved: Math.max(0, solved - reused),
        reused,
        warnings,
      },
      ...(!nothing && { architecture: architectureOfLayers(report.layers) }),
      options: report.options,
    };
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (cause instanceof FormatError) return { model: failed(cause.message) };
    if (cause instanceof OptionError) return { model: failed(cause.message), refused: cause };
    throw cause;
  }
}

function nothingAnalysed(skipped: number): string {
  const tensors = skipped === 1 ? "its only tensor was" : `all ${skipped} tensors were`;
  return `no layer was analysed: ${skipped === 0 ? "it holds no tensors" : `${tensors} skipped`}`;
}
