import { type AnalysisPlan, type LayerCost, peakBytes } from "../analysis/index.js";
import { printable } from "../bytes/errors.js";
import { hubSettings, memoryBudget, userCache } from "../node/resources.js";
import { plural, printableSentence } from "../report/text-parts.js";
import { UsageError } from "./exit-codes.js";

export interface VerboseFlags {
  readonly verbose: boolean;
  readonly quiet?: boolean;
  readonly progress?: boolean;
  /** The file of settings in use. */
  readonly config: string | false;
}

/** How a command says on stderr what it does; does nothing without --verbose. */
export interface Verbose {
  /** The settings in use and the cache: before any work. */
  start(): void;
  planned(plan: AnalysisPlan, options: { readonly memory?: number | undefined }): void;
  /** A layer is done: its name and its time. None with --no-progress. */
  layer(name: string, ms: number | undefined): void;
  /** Any other fact. */
  fact(text: string): void;
}

/** Throws `UsageError` if the command was to be silent too. */
export function verboseOf(
  { verbose, quiet = false, progress = true, config }: VerboseFlags,
  write = toStderr,
): Verbose {
  if (verbose && quiet) throw new UsageError("--quiet and --verbose contradict each other; give one of them");
  const fact = (text: string): void => {
    if (verbose) write(`eigenscope: ${printableSentence(text)}\n`);
  };
  return {
    fact,
    start() {
      fact(config === false ? "settings: no file" : `settings: ${config}`);
      if (verbose) fact(`cache: ${userCache()}; models of a hub: ${hubSettings({}, process.env).cacheFolder}`);
    },
    planned(plan, { memory }) {
      for (const line of verbose ? planLines(plan, memory) : []) fact(line);
    },
    layer(name, ms) {
      if (progress) fact(`${ms === undefined ? "" : `${seconds(ms)}  `}${printable(name)}`);
    },
  };
}

const toStderr = (text: string): void => {
  process.stderr.write(text);
};

/** What is going to be done, one fact per line. */
export function planLines(plan: AnalysisPlan, memory: number | undefined): string[] {
  const { label, format, files, layers, skipped, engine, target, workers } = plan;
  const budget = memory ?? memoryBudget();
  const precisions = countsOf(layers.map(({ precision }) => precision));
  return [
    `${label}: ${format}, ${plural(files, "file")}, ${plural(layers.length, "layer")}`,
    ...countsOf(skipped.map(({ reason }) => reason)).map(
      ([reason, count]) => `left out: ${plural(count, "tensor")}, such as ${exampleOf(plan, reason)}: ${reason}`,
    ),
    `engine: ${engineOf({ engine, engineTarget: target })}, ${plural(workers, "worker")}`,
    `precision: ${precisions.map(([name, count]) => `${name} for ${plural(count, "layer")}`).join(", ") || "none"}`,
    `memory: matrices take ${mib(peakBytes(layers, { workers, memory: budget }))} at most, of ` +
      `${mib(budget)} (${memory === undefined ? "half of what is free" : "--memory"})`,
    `to read: ${mib(sum(layers, ({ readBytes }) => readBytes))}`,
  ];
}

/** The engine of a report's options in words. */
export function engineOf({ engine, engineTarget }: Readonly<Record<string, unknown>>): string {
  return typeof engineTarget === "string" ? `${engine} (${engineTarget})` : String(engine);
}

/** The different texts with how often each is there, the most frequent first. */
function countsOf(texts: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

function exampleOf({ skipped }: AnalysisPlan, reason: string): string {
  return printable(skipped.find((each) => each.reason === reason)?.name ?? "");
}

export function sum(layers: readonly LayerCost[], of: (layer: LayerCost) => number): number {
  return layers.reduce((total, layer) => total + of(layer), 0);
}

/** Bytes in words: 12 MiB, 3.4 GiB. */
export function mib(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}
