import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import {
  type Advice,
  type AdvisedModel,
  ALPHA_DECAY_RATIOS,
  adviseAdapter,
  adviseFinetuning,
  adviseLearningRate,
  adviseLora,
  advisePruning,
  adviseWeightDecay,
  analysedProducts,
  LORA_FILES,
  type Purpose,
  TEMP_BALANCE_RATIOS,
} from "../advise/index.js";
import type { AnalyzeOptions } from "../analysis/index.js";
import { asUsageError, UsageError } from "./exit-codes.js";
import { assertFolderWritable } from "./output-file.js";
import { assertOutputsWritable, type Outputs, readOutputs } from "./outputs.js";

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

/**
 * The path, and where the JSON goes. `--json` may have taken the path as its value. Throws `UsageError` without a path
 * or a scan, and for options that belong to another purpose.
 */
export function inputOf(
  given: string | undefined,
  { for: purpose, json, scan, shrink, layers, exclude }: AdviseFlags,
): { readonly path?: string | undefined; readonly json?: string | undefined } {
  if (shrink !== undefined && purpose !== "lora")
    throw new UsageError("--shrink is for --for lora: it cuts an adapter");
  if (shrink !== undefined && layers.length + exclude.length > 0)
    throw new UsageError("--shrink writes the whole adapter; leave out --layers and --exclude");
  if (scan !== undefined && purpose !== "finetuning")
    throw new UsageError("--scan is for --for finetuning: a scan has signal-to-noise ratios only");
  if (scan !== undefined && given !== undefined)
    throw new UsageError(`give a model or --scan, not both: with --scan no model is read (${given})`);
  const flags = json === undefined ? {} : { json };
  if (scan !== undefined) return { json: readOutputs(scan, flags).outputs.json };
  const { path, outputs } = readOutputs(
    given,
    flags,
    "advise: no path was given; give a weight file, the folder of a model, or --scan",
  );
  return { path, json: outputs.json };
}

/** What the methods need of each layer: whole modules, as they are in the model. */
export function analyzeOptionsOf(flags: AdviseFlags): AnalyzeOptions {
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

/** The advice that the flags ask for. Throws `RangeError` for options that the method refuses. */
export function adviceFor(model: AdvisedModel, flags: AdviseFlags): Advice {
  const { top, sparsity, epsilon } = flags;
  switch (flags.for) {
    case "finetuning":
      return adviseFinetuning(model, { top, model: model.label });
    case "lora":
      // An adapter whose factors have other names than PEFT's was analysed as a whole; its alpha is not known.
      return model.layers.some(({ record }) => record.layer_type === "lora")
        ? adviseAdapter(analysedProducts(model), { ...loraOptions(flags), config: undefined })
        : adviseLora(model, loraOptions(flags));
    case "pruning":
      return advisePruning(model, { sparsity, epsilon });
    case "learning-rate":
      return adviseLearningRate(model, { base: flags.rate, ratios: flags.ratios ?? TEMP_BALANCE_RATIOS });
    case "weight-decay":
      return adviseWeightDecay(model, { base: flags.decay, ratios: flags.ratios ?? ALPHA_DECAY_RATIOS });
  }
}

/** The options of advice for LoRA. */
export function loraOptions({ maxRank, maxError, scale }: AdviseFlags) {
  return { maxRank, maxError, scale };
}

/** The names of the files of an advice, before any work. Throws `UsageError` for options that its method refuses. */
export function plannedFiles(label: string, flags: AdviseFlags): readonly string[] {
  let names: readonly string[] = [];
  asUsageError(() => {
    const { files } = adviceFor({ label, format: "safetensors", layers: [], skipped: [] }, flags);
    names = flags.for === "lora" ? LORA_FILES : files.map(({ name }) => name);
  });
  return names;
}

/** Throws `UsageError` if an output cannot be written, or if the folder of a new adapter holds something. */
export async function assertTargetsWritable(outputs: Outputs, { out, shrink }: AdviseFlags): Promise<void> {
  // The folders of the others are made when they are written.
  const existing = (outputs.files ?? []).filter((file) => existsSync(file));
  await assertOutputsWritable({ ...outputs, files: existing });
  if (out !== undefined) await assertFolderWritable(out);
  if (shrink === undefined) return;
  await assertFolderWritable(shrink);
  const found = await stat(shrink).catch(() => undefined);
  if (found !== undefined && (await readdir(shrink)).length > 0)
    throw new UsageError(`${shrink} is not empty; --shrink writes a new folder and replaces nothing`);
}
