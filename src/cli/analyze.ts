import { availableParallelism } from "node:os";
import { type AnalyzeOptions, type Report, resolveOptions } from "../analysis/index.js";
import { WEIGHTWATCHER_NAMES } from "../analysis/optional-columns.js";
import { printable } from "../bytes/errors.js";
import { analyze } from "../node/index.js";
import type { Shard } from "../node/run/index.js";
import { type LayerPicture, layerPicture } from "../report/index.js";
import { printableSentence, renderNothingAnalysed } from "../report/text-parts.js";
import { mayBeLong } from "./estimate.js";
import { asUsageError, EXIT, UsageError } from "./exit-codes.js";
import type { GateFlags } from "./gate.js";
import { gateOf, optionsThatAdd } from "./gate-of.js";
import { onInterruption } from "./interruption.js";
import { assertFolderWritable } from "./output-file.js";
import { assertOutputsWritable, assertPageAsked, type OutputFlags, type Outputs, readOutputs } from "./outputs.js";
import { assertOutputsSafe, assertOutsideRun, protectInputs } from "./overwriting.js";
import { progressBar } from "./progress-bar.js";
import { readReport } from "./read-report.js";
import { shownBy } from "./shown-by.js";
import { assertNoStdin, assertStdinOnce, inputOf, isNamed } from "./stdin-input.js";
import { readTerminal } from "./terminal.js";
import { verboseOf } from "./verbose.js";
import { announce, printReport, saveEigenvalues, savePlot, writeFiles } from "./write-report.js";

/** The flags that commander parses: options of the analysis, and options of the command line alone. */
export interface AnalyzeFlags extends OutputFlags, GateFlags, Omit<AnalyzeOptions, "weightwatcher" | "heads"> {
  /** true without a value, else the value's text. */
  readonly weightwatcher: boolean | string;
  readonly heads: boolean | string;
  readonly revision?: string;
  readonly base?: string;
  /** JSON reports whose layers join the reference values. */
  readonly atlas: readonly string[];
  readonly run?: string;
  readonly shard?: Shard;
  /** Large charts of every layer on the page. */
  readonly htmlAll: boolean;
  /** A row of the table for every expert. */
  readonly allRows: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly dryRun: boolean;
  /** The file of settings in use. */
  readonly config: string | false;
  readonly progress: boolean;
  readonly color: boolean;
}

/** `eigenscope analyze`: parse, call, print. Resolves to the exit code. */
export async function analyzeCommand(
  given: string | undefined,
  flags: AnalyzeFlags,
  signal: AbortSignal,
): Promise<number> {
  const { swallowed, weightwatcher } = readWeightWatcherColumns(flags.weightwatcher, given);
  const { swallowed: beforeHeads, heads } = readHeadsFlag(flags.heads, given ?? swallowed);
  const { path, outputs } = readOutputs(given ?? swallowed ?? beforeHeads, flags);
  const options = { ...optionsOf(flags), weightwatcher, heads };
  asUsageError(() => resolveOptions(options));
  const verbose = verboseOf(flags);
  assertPageAsked(flags);
  assertShardAlone(flags, outputs);
  assertNoStdin("--base", [flags.base]);
  assertStdinOnce([path], flags.revision);
  const own = await Promise.all(flags.atlas.map((file) => readReport(file, "--atlas")));
  const gate = await gateOf(flags, optionsThatAdd(flags));
  await assertOutputsWritable(outputs);
  if (flags.run !== undefined) {
    await assertFolderWritable(flags.run);
    await assertOutsideRun(outputs, [flags.run]);
  }
  const written = { outputs, stdout: !flags.quiet || outputs.json === "-" || outputs.csv === "-" };
  await assertOutputsSafe(
    written,
    [path, flags.base, flags.baseline, ...flags.atlas].filter((name) => name !== undefined).filter(isNamed),
  );
  const input = await inputOf(path, { signal });
  if (flags.dryRun) {
    const { dryRunCommand } = await import("./dry-run-command.js");
    return dryRunCommand(input, flags, { options, written, signal, verbose });
  }

  const terminal = readTerminal(flags, process);
  verbose.start();
  const bar = terminal.progress && !flags.verbose ? progressBar(process.stderr, () => performance.now()) : undefined;
  let layersTotal = 0;
  const analysis = analyze(input, {
    ...options,
    base: flags.base,
    run: flags.run,
    shard: flags.shard,
    hub: { revision: flags.revision },
    signal,
    ...(bar !== undefined && { onEvent: shownBy(bar) }),
    onPlanned: async (plan) => {
      verbose.planned(plan, flags);
      if (!flags.quiet && flags.shard === undefined && mayBeLong(plan, availableParallelism())) {
        const { sentenceBefore } = await import("./dry-run.js");
        const sentence = await sentenceBefore(plan, signal);
        if (sentence !== undefined) process.stderr.write(`eigenscope: ${printableSentence(sentence)}\n`);
      }
    },
    onProgress: ({ last, lastMs }) => last && verbose.layer(last.record.name, lastMs),
    onOpened: (opened) => {
      layersTotal = opened.layers.length;
      return protectInputs(written)(opened);
    },
  });
  const pictures = new Map<number, LayerPicture | null>();
  if (flags.run !== undefined)
    onInterruption({
      hint: () => `what is done is kept in ${printable(flags.run as string)}; the same command goes on from there`,
    });
  try {
    for await (const result of analysis) {
      if (outputs.html !== undefined) pictures.set(result.record.layer_id, layerPicture(result));
      if (outputs.eigenvalues !== undefined) await saveEigenvalues(outputs.eigenvalues, result);
      if (outputs.plots !== undefined) await savePlot(outputs.plots, result);
    }
  } finally {
    bar?.clear();
    onInterruption(undefined);
  }
  const report = await withAtlas(await analysis.report(), own);
  if (flags.shard !== undefined && layersTotal > 0) return announceShard(report, flags);
  await writeFiles(report, pictures, { outputs, allCharts: flags.htmlAll });
  if (!flags.quiet) announce(report, outputs);
  printReport(report, { outputs, terminal, quiet: flags.quiet, allRows: flags.allRows });
  if (report.layers.length === 0) {
    process.stderr.write(`eigenscope: ${renderNothingAnalysed(report.input.label, report.skipped, terminal)}`);
    return EXIT.input;
  }
  const code = report.summary.failed > 0 ? EXIT.partial : EXIT.done;
  return gate === undefined ? code : gate.ofReport(report, { outputs, code });
}

/** The report with the layers of the user's own reports among the reference values. */
async function withAtlas(report: Report, own: readonly Report[]): Promise<Report> {
  if (own.length === 0) return report;
  const { ownNetwork, referenceOf } = await import("../analysis/atlas/reference.js");
  const networks = own.map(({ input, layers }) => ownNetwork(input.label, layers));
  return { ...report, reference: referenceOf(report.layers, networks) };
}

/** A share makes no report: that would look like one of the whole model. Throws `UsageError`. */
function assertShardAlone({ run, shard, failOn }: AnalyzeFlags, outputs: Outputs): void {
  if (shard === undefined) return;
  if (run === undefined) throw new UsageError("--shard needs --run, the folder that keeps what the shares have done");
  if (failOn.length > 0)
    throw new UsageError("--shard makes no report; give --fail-on to: eigenscope report <folder...>");
  if (Object.values(outputs).some((target) => target !== undefined))
    throw new UsageError(
      "--shard makes no report; when all shares are done, make one with: eigenscope report <folder...>",
    );
}

/** Says on stderr what a share has done. Exit 0 means that it is done, without failed layers. */
function announceShard({ layers, summary: { failed } }: Report, { run, shard, quiet }: AnalyzeFlags): number {
  const { index, count } = shard as Shard;
  if (!quiet) {
    const folder = shellWord(run as string);
    process.stderr.write(
      failed === 0
        ? `eigenscope: share ${index} of ${count} is done: ${layers.length} layers; when all are, run: ` +
            `eigenscope report ${folder}\n`
        : `eigenscope: share ${index} of ${count}: ${failed} of ${layers.length} layers failed; to see why, ` +
            `run: eigenscope status ${folder}\n`,
    );
  }
  return failed > 0 ? EXIT.partial : EXIT.done;
}

/** A name as a shell takes it, and as it may be printed. */
function shellWord(name: string): string {
  return /^[\w./:@%+,=-]+$/.test(name) ? name : `'${printable(name).replaceAll("'", "'\\''")}'`;
}

/**
 * The columns that `--weightwatcher` asks for. If it took the path as its value (`analyze --weightwatcher model.npy`),
 * all columns, and that path as `swallowed`.
 */
export function readWeightWatcherColumns(
  flag: boolean | string,
  given: string | undefined,
): { readonly weightwatcher: boolean | readonly string[]; readonly swallowed?: string } {
  if (typeof flag === "boolean") return { weightwatcher: flag };
  const names = flag.split(",").map((name) => name.trim());
  const isPath = given === undefined && !names.some((name) => WEIGHTWATCHER_NAMES.includes(name));
  return isPath ? { weightwatcher: true, swallowed: flag } : { weightwatcher: names };
}

/** The option heads. If it took the path as its value (`analyze --heads model.npy`), true, and that path. */
export function readHeadsFlag(
  flag: boolean | string,
  given: string | undefined,
): { readonly heads: boolean | string; readonly swallowed?: string } {
  const isPath = typeof flag === "string" && given === undefined && !/^\d+(\/\d+)?$/.test(flag);
  return isPath ? { heads: true, swallowed: flag } : { heads: flag };
}

/** The flags that are options of the analysis. */
function optionsOf({
  json,
  csv,
  html,
  parquet,
  htmlAll,
  allRows,
  saveEigenvalues,
  plots,
  card,
  revision,
  base,
  run,
  shard,
  quiet,
  verbose,
  dryRun,
  config,
  progress,
  color,
  weightwatcher,
  heads,
  failOn,
  baseline,
  junit,
  sarif,
  markdown,
  atlas,
  ...options
}: AnalyzeFlags): AnalyzeOptions {
  return options;
}
