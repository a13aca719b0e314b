import { Pace } from "../../bytes/pace.js";
import { type FileSet, FormatError, type WeightFile } from "../../formats/index.js";
import type { PhaseName } from "../../phases/index.js";
import { assertChoicesMatch } from "../chosen-names.js";
import { type OpenedModel, openModel, type ReplannableModel } from "../open-model.js";
import type { OnOpened } from "../opened-inputs.js";
import { type AnalyzeOptions, NOTHING_OPTIONAL, type ResolvedOptions, resolveOptions } from "../options.js";
import type { Report } from "../report.js";
import { type AnalysisHost, type Progress, solveAll } from "../solve-layers.js";
import { VERSION } from "../version.js";
import { callableLayers } from "../workers/call-layer.js";
import { shareModel } from "../workers/shared-model.js";
import { stampedFiles } from "../workers/stamped-files.js";
import { MIN_UNRELATED_CHANGE } from "./change-kind.js";
import { comparisonTask } from "./compare-layers.js";
import {
  COMPARISON_SCHEMA_VERSION,
  type Comparison,
  type ComparisonSummary,
  type LayerComparison,
} from "./comparison.js";
import { cutAlike } from "./cut-alike.js";
import { headlineOf } from "./headline.js";
import { type LayerPair, pairLayersInSteps } from "./pair-layers.js";
import { onThisThread } from "./read-again.js";

/** The options of a comparison: those of an analysis, without the ones that add columns. */
export type CompareOptions = Omit<AnalyzeOptions, keyof typeof NOTHING_OPTIONAL>;

export interface CompareControls {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress<LayerComparison>) => void;
  /**
   * Called once, after both models are opened and planned and before any work. If it throws, the comparison rejects
   * with that error.
   */
  readonly onOpened?: OnOpened;
}

/** Two models: A is the earlier one, B the later one (for example fine-tuned from A). */
export interface ModelPair {
  readonly a: FileSet;
  readonly b: FileSet;
}

/**
 * Compares two models layer by layer: how every column changed, how far the weights moved, and the analysis of W_B -
 * W_A as a matrix. `pairLayers` pairs the layers; layers without a partner of the same shape are listed. Rejects with a
 * `FormatError` if a file cannot be read or no layer has a partner, and with the signal's reason when aborted. Invalid
 * options give a `RangeError` or `TypeError`.
 */
export async function compareModels(
  models: ModelPair,
  options: CompareOptions & CompareControls,
  host: AnalysisHost,
): Promise<Comparison> {
  const resolved = resolveOptions({ ...options, ...NOTHING_OPTIONAL });
  const { signal, onProgress, jobs, memory } = options;
  const [a, b] = [stampedFiles(models.a), stampedFiles(models.b)];
  return withOpened([a, b], { resolved, signal }, async (opened) => {
    // Planning had a time budget. Pairing is linear in the number of names and needs none.
    const pace = new Pace({ signal, limited: false });
    const { models: cut, assumed: assumedOfParts } = await cutAlike(opened, pace);
    const [modelA, modelB] = await Promise.all([callable(a, cut[0], resolved), callable(b, cut[1], resolved)]);
    assertChoicesMatch(resolved, { names: () => [...opened, ...cut].flatMap(({ names }) => names()) });
    await options.onOpened?.({ paths: [...modelA.paths, ...modelB.paths], layers: modelA.layers });
    const [fileA, fileB] = [modelA.file, modelB.file];
    const { pairs, onlyInA, onlyInB, mismatched, assumed } = await pace.run(pairLayersInSteps(modelA, modelB, pace));
    if (pairs.length === 0) throwUnpaired([a, modelA], [b, modelB], mismatched);
    const found = new Map<number, LayerComparison>();
    const here = onThisThread();
    const tasks = pairs.map((pair) => comparisonTask(pair, resolved, here));
    const used = await solveAll(
      tasks.reduce((sum, { work }) => sum + work, 0),
      () => tasks,
      {
        host,
        engine: resolved.engine,
        jobs,
        memory,
        ownThread: true,
        signal,
        onProgress,
        onResult: (result, layer) => found.set(layer.index, result),
      },
    );
    const layers = pairs.map((pair) => found.get(pair.a.index) as LayerComparison);
    return {
      schemaVersion: COMPARISON_SCHEMA_VERSION,
      tool: { name: "eigenscope", version: VERSION },
      a: inputOf(a, modelA),
      b: inputOf(b, modelB),
      options: { ...comparedOptions(resolved), engine: used.engine, ...(used.target && { engineTarget: used.target }) },
      conventions: { eigenvalues: "W'W", logarithms: "log10" },
      layers,
      only_in_a: onlyInA,
      only_in_b: onlyInB,
      mismatched,
      assumed: [...assumedOfParts, ...assumed],
      warnings: [...formatWarnings([fileA, fileB], layers), ...used.warnings],
      summary: summarise(layers, pairs),
    };
  });
}

async function withOpened<Result>(
  sets: readonly [FileSet, FileSet],
  { resolved, signal }: { readonly resolved: ResolvedOptions; readonly signal?: AbortSignal | undefined },
  use: (models: readonly [ReplannableModel, ReplannableModel]) => Promise<Result>,
): Promise<Result> {
  const a = await openModel(sets[0], resolved, signal);
  try {
    const b = await openModel(sets[1], resolved, signal);
    try {
      return await use([a, b]);
    } finally {
      await b.file.close();
    }
  } finally {
    await a.file.close();
  }
}

/** The model with layers that workers can read by themselves. */
async function callable(files: FileSet, model: OpenedModel, resolved: ResolvedOptions): Promise<OpenedModel> {
  const shared = await shareModel({ files, base: undefined }, model.dependsOn, resolved);
  return { ...model, layers: callableLayers(model.layers, shared) };
}

function inputOf({ label }: FileSet, { file: { format, files, warnings }, order }: OpenedModel): Report["input"] {
  return { label, format, order, files, warnings };
}

/** The options that a comparison uses: all but those that add columns. */
function comparedOptions(resolved: ResolvedOptions): Report["options"] {
  return Object.fromEntries(Object.entries(resolved).filter(([name]) => !(name in NOTHING_OPTIONAL)));
}

type NamedModel = readonly [files: FileSet, model: OpenedModel];

/** The error names what both models hold, so that the reader sees why no layers match. */
function throwUnpaired([a, inA]: NamedModel, [b, inB]: NamedModel, mismatched: Comparison["mismatched"]): never {
  const [first] = mismatched;
  const found = ({ layers }: OpenedModel): string =>
    layers.length === 0
      ? "no layers"
      : `${layers.length} ${layers.length === 1 ? "layer" : "layers"} such as "${layers[0].name}"`;
  const shapes = ({ shape_a, shape_b }: typeof first): string =>
    `${shape_a.join(" x ")} in A and ${shape_b.join(" x ")} in B`;
  const why = first === undefined ? "" : `; "${first.name}" is in both, with different shapes (${shapes(first)})`;
  throw new FormatError(`no layer of A has a partner in B: A holds ${found(inA)}, B (${b.label}) ${found(inB)}${why}`, {
    kind: "unsupported",
    file: a.label,
    remedy:
      "Run `describe` on both. Layers are paired if their names agree (wrappers removed), or if their block " +
      "and role agree.",
  });
}

/**
 * If one format stores a square matrix transposed, its shape is right and its difference is wrong: as large as between
 * unrelated matrices.
 */
function formatWarnings(
  [{ format: a }, { format: b }]: readonly [WeightFile, WeightFile],
  layers: readonly LayerComparison[],
): string[] {
  const doubtful = layers.filter(
    ({ N, M, relative_change }) => N === M && (relative_change ?? 0) >= MIN_UNRELATED_CHANGE,
  );
  if (a === b || doubtful.length === 0) return [];
  const square = `${doubtful.length} square ${doubtful.length === 1 ? "layer differs" : "layers differ"}`;
  return [
    `A is ${a} and B is ${b}: one format may store matrices transposed; ${square} as unrelated matrices do ` +
      `(${doubtful[0].name}), and the difference is then wrong`,
  ];
}

function summarise(layers: readonly LayerComparison[], pairs: readonly LayerPair[]): ComparisonSummary {
  const transitions = new Map<
    string,
    { readonly from: PhaseName | null; readonly to: PhaseName | null; layers: number }
  >();
  let moved = 0;
  let size = 0;
  layers.forEach(({ phase_a: from, phase_b: to, distance_raw, columns }, i) => {
    const seen = transitions.get(`${from} ${to}`) ?? { from, to, layers: 0 };
    seen.layers++;
    transitions.set(`${from} ${to}`, seen);
    const norm = columns.norm.a;
    if (distance_raw === null || norm === null) return;
    moved += distance_raw ** 2;
    size += norm / pairs[i].a.eigenvalueScale;
  });
  return {
    ...headlineOf(layers),
    compared: layers.length,
    unchanged: layers.filter(({ status }) => status === "unchanged").length,
    failed: layers.filter(({ status }) => status === "failed").length,
    relative_change: size > 0 ? Math.sqrt(moved / size) : null,
    transitions: [...transitions.values()].sort((x, y) => y.layers - x.layers),
  };
}
