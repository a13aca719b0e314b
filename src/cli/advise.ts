import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  type Advice,
  type AdvisedModel,
  type AdvisedRank,
  ALPHA_DECAY_RATIOS,
  adviceDocument,
  adviseFinetuning,
  adviseLearningRate,
  adviseLora,
  advisePruning,
  adviseScan,
  adviseWeightDecay,
  isAdapter,
  type Purpose,
  parseScan,
  renderAdvice,
  shrunkAdapter,
  TEMP_BALANCE_RATIOS,
} from "../advise/index.js";
import { type AnalyzeOptions, resolveOptions, VERSION } from "../analysis/index.js";
import { FormatError } from "../bytes/errors.js";
import type { FileSet } from "../formats/index.js";
import { safetensorsBytes } from "../formats/safetensors/writer.js";
import { type AnalysedForAdvice, advisedModel, withTensors } from "../node/advised-model.js";
import { host } from "../node/analyze.js";
import { namedFiles } from "../node/open-input.js";
import { jsonText } from "../report/json-text.js";
import { printableSentence } from "../report/printable-sentence.js";
import { asUsageError, EXIT, UsageError } from "./exit-codes.js";
import { assertFolderWritable, makeFolder, writeWhole } from "./output-file.js";
import { assertOutputsWritable, type Outputs, readOutputs } from "./outputs.js";
import { assertOutputsSafe, protectInputs } from "./overwriting.js";
import { progressBar } from "./progress-bar.js";
import { writeStdout } from "./stdout.js";
import { systemReason } from "./system-error.js";
import { readTerminal } from "./terminal.js";

/** The flags that commander parses. */
export interface AdviseFlags extends Pick<AnalyzeOptions, "engine" | "precision" | "jobs" | "memory"> {
  readonly for: Purpose;
  readonly layers: readonly string[];
  readonly exclude: readonly string[];
  readonly out?: string;
  readonly json?: string | true;
  readonly top: number;
  readonly scan?: string;
  readonly name?: string;
  readonly maxRank: number;
  readonly maxError?: number;
  readonly scale: number;
  readonly shrink?: string;
  readonly rate: number;
  readonly decay: number;
  readonly ratios?: readonly [number, number];
  readonly sparsity: number;
  readonly epsilon: number;
  readonly revision?: string;
  readonly root?: string;
  readonly strictPickle: boolean;
  readonly seed: number;
  readonly quiet: boolean;
  readonly progress: boolean;
  readonly color: boolean;
}

/** `eigenscope advise`: parse, call, print. Resolves to the exit code. */
export async function adviseCommand(
  given: string | undefined,
  flags: AdviseFlags,
  signal: AbortSignal,
): Promise<number> {
  const { path, json } = inputAndJson(given, flags);
  assertPurpose(flags, path);
  const label = flags.name ?? path ?? modelOfScan(flags.scan as string);
  const options = analyzeOptionsOf(flags);
  asUsageError(() => resolveOptions(options));
  // Also checks the options of the method, before any work.
  const planned = plannedFiles({ label, format: "safetensors", layers: [], skipped: [] }, flags);
  const targets = flags.out === undefined ? [] : planned.map((name) => join(flags.out as string, name));
  const written = { outputs: { json, files: targets }, stdout: !flags.quiet || json === "-" };
  await assertWritableBefore(written.outputs, flags);
  await assertOutputsSafe(
    written,
    [path, flags.scan].filter((name) => name !== undefined),
  );

  const done =
    path === undefined
      ? { advice: await fromScan(flags, label), label }
      : await fromModel(path, { flags, label, options, onOpened: protectInputs(written), signal });
  const { advice } = done;
  const names = flags.out === undefined ? [] : await writeFiles(advice, flags.out);
  const shrunk = "shrink" in done ? await done.shrink() : [];
  const { width } = readTerminal(flags, process);
  const text = jsonText(
    adviceDocument(advice, { model: label, tool: { name: "eigenscope", version: VERSION }, written: names }),
    2,
  );
  if (json !== undefined && json !== "-") await writeWhole(json, text);
  const others = [...(json === undefined || json === "-" ? [] : [json]), ...shrunk];
  if (!flags.quiet && others.length > 0)
    process.stderr.write(`eigenscope: wrote ${printableSentence(others.join(", "))}\n`);
  if (json === "-") writeStdout(text);
  else if (!flags.quiet) writeStdout(renderAdvice(advice, { width, written: names }));
  return advice.failed > 0 ? EXIT.partial : EXIT.done;
}

/** The path, and where the JSON goes. `--json` may have taken the path as its value. Throws `UsageError`. */
function inputAndJson(given: string | undefined, { json, scan }: AdviseFlags): Outputs & { readonly path?: string } {
  if (scan !== undefined && given === undefined)
    return json === undefined ? {} : { json: json === true || json === "-" ? "-" : json };
  const noPath = "advise: no path was given; give a weight file, the folder of a model, or --scan";
  const { path, outputs } = readOutputs(given, json === undefined ? {} : { json }, noPath);
  return { path, json: outputs.json };
}

/** Throws `UsageError` for options that belong to another purpose. */
function assertPurpose({ for: purpose, scan, shrink }: AdviseFlags, path: string | undefined): void {
  if (scan !== undefined && purpose !== "finetuning")
    throw new UsageError(`--scan is for finetuning; a scan has no ${purpose === "lora" ? "ranks" : "exponents"}`);
  if (scan !== undefined && path !== undefined)
    throw new UsageError(`give a model or --scan, not both: with --scan no model is read (${path})`);
  if (shrink !== undefined && purpose !== "lora") throw new UsageError("--shrink is for lora");
}

/** What the methods need of each layer: whole modules, as they are in the model. */
function analyzeOptionsOf(flags: AdviseFlags): AnalyzeOptions {
  const { layers, exclude, engine, precision = "auto", jobs, memory, seed, root, strictPickle } = flags;
  // Spectrum's sums have every singular value in them, small ones too: f32 would lose their digits.
  const exact = flags.for === "finetuning" && precision === "auto" ? "f64" : precision;
  return {
    ...{ layers, exclude, precision: exact, seed, root, strictPickle, fused: "whole", minEigenvalues: 1 },
    ...(engine !== undefined && { engine }),
    ...(jobs !== undefined && { jobs }),
    ...(memory !== undefined && { memory }),
  };
}

/** The files that an advice writes. Throws `UsageError` for options that its method refuses. */
function plannedFiles(nothing: AdvisedModel, flags: AdviseFlags): readonly string[] {
  let names: readonly string[] = [];
  asUsageError(() => {
    const { files } = adviceOf(nothing, flags);
    names = flags.for === "lora" ? ["rank_pattern.json", "axolotl_lora.yaml"] : files.map(({ name }) => name);
  });
  return names;
}

function adviceOf(model: AdvisedModel, flags: AdviseFlags): Advice {
  const { top, maxRank, maxError, scale, sparsity, epsilon } = flags;
  const { label } = model;
  switch (flags.for) {
    case "finetuning":
      return adviseFinetuning(model, { top, model: label });
    case "lora":
      return adviseLora(model, { maxRank, scale, maxError });
    case "pruning":
      return advisePruning(model, { sparsity, epsilon });
    case "learning-rate":
      return adviseLearningRate(model, { base: flags.rate, ratios: flags.ratios ?? TEMP_BALANCE_RATIOS });
    case "weight-decay":
      return adviseWeightDecay(model, { base: flags.decay, ratios: flags.ratios ?? ALPHA_DECAY_RATIOS });
  }
}

async function assertWritableBefore(outputs: Outputs, { out, shrink }: AdviseFlags): Promise<void> {
  // Folders are made when the first file is written.
  const existing = (outputs.files ?? []).filter((file) => existsSync(file));
  await assertOutputsWritable({ ...outputs, files: existing });
  if (out !== undefined) await assertFolderWritable(out);
  if (shrink === undefined) return;
  await assertFolderWritable(shrink);
  const found = await stat(shrink).catch(() => undefined);
  if (found !== undefined && (await readdir(shrink)).length > 0)
    throw new UsageError(`${shrink} is not empty; --shrink writes a new folder and replaces nothing`);
}

async function fromScan({ scan, top }: AdviseFlags, label: string): Promise<Advice> {
  const file = scan as string;
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    const missing = cause.code === "ENOENT";
    throw new FormatError(missing ? "does not exist" : systemReason(cause), {
      kind: missing ? "missing" : "unreadable",
      file,
      cause,
    });
  });
  const scanned = parseScan(bytes, file);
  return adviseScan(scanned, { top, model: label, scanFile: file });
}

/** The model that the name of a scan's file is made of. */
function modelOfScan(scan: string): string {
  return basename(scan)
    .replace(/^snr_results_/, "")
    .replace(/\.[^.]*$/, "");
}

interface ModelRequest {
  readonly flags: AdviseFlags;
  readonly label: string;
  readonly options: AnalyzeOptions;
  readonly onOpened: ReturnType<typeof protectInputs>;
  readonly signal: AbortSignal;
}

async function fromModel(
  path: string,
  { flags, label, options, onOpened, signal }: ModelRequest,
): Promise<{ readonly advice: Advice; readonly label: string; readonly shrink: () => Promise<readonly string[]> }> {
  const files = await namedFiles(path, { hub: { revision: flags.revision }, signal });
  const terminal = readTerminal(flags, process);
  const bar = terminal.progress ? progressBar(process.stderr, () => performance.now()) : undefined;
  let analysed: AnalysedForAdvice;
  try {
    analysed = await advisedModel(
      files,
      {
        ...options,
        ...{ label, signal, onOpened },
        onProgress: (progress) => bar?.update(progress),
      },
      host,
    );
  } finally {
    bar?.clear();
  }
  const { model, warnings } = analysed;
  if (model.layers.length === 0)
    throw new FormatError("it has no layer to advise on", {
      kind: "unsupported",
      file: path,
      remedy: `"eigenscope describe" lists its tensors and why they are skipped.`,
    });
  const advice = adviceOf(model, flags);
  return {
    advice: { ...advice, warnings: [...warnings, ...advice.warnings] },
    label,
    shrink: () => shrink({ files, path, analysed, flags, advice, signal }),
  };
}

interface Shrinking {
  readonly files: FileSet;
  readonly path: string;
  readonly analysed: AnalysedForAdvice;
  readonly flags: AdviseFlags;
  readonly advice: Advice;
  readonly signal: AbortSignal;
}

/** Writes the adapter at its advised ranks into a new folder. Resolves to the names of its files. */
async function shrink({ files, path, analysed, flags, advice, signal }: Shrinking): Promise<readonly string[]> {
  const { shrink: folder } = flags;
  if (folder === undefined) return [];
  const { model, adapterJson } = analysed;
  if (!isAdapter(model) || model.format !== "safetensors" || adapterJson === undefined)
    throw new FormatError("--shrink needs an adapter of PEFT: safetensors with an adapter_config.json beside them", {
      kind: "unsupported",
      file: path,
    });
  const { ranks } = advice as Advice & { readonly ranks: readonly AdvisedRank[] };
  const { tensors, config } = await withTensors(
    files,
    (stored) => shrunkAdapter(stored, adapterJson, { ranks, signal }),
    signal,
  );
  await makeFolder(folder);
  const names = [join(folder, "adapter_model.safetensors"), join(folder, "adapter_config.json")];
  await writeWhole(names[0], safetensorsBytes(tensors, { format: "pt" }));
  await writeWhole(names[1], jsonText(config, 2));
  return names;
}

/** Writes the files of an advice into a folder. Resolves to their paths. */
async function writeFiles({ files }: Advice, folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const { name, content } of files) {
    const path = join(folder, name);
    await makeFolder(dirname(path));
    await writeWhole(path, content);
    names.push(path);
  }
  return names;
}
