import { readFile } from "node:fs/promises";
import { type AnalyzeOptions, resolveOptions } from "../analysis/index.js";
import { decodeText } from "../bytes/decode-text.js";
import { printable } from "../bytes/errors.js";
import { findModels, nodeHost, withScores } from "../node/models.js";
import { type NamedScore, parseScores, type Ranking, rankModels, type SortOptions, sortColumn } from "../rank/index.js";
import {
  rankingParquet,
  renderRanking,
  renderRankingCsv,
  renderRankingHtml,
  renderRankingJson,
} from "../report/index.js";
import { printableSentence } from "../report/text-parts.js";
import { asUsageError, EXIT, UsageError } from "./exit-codes.js";
import { isTerminal, writeWhole } from "./output-file.js";
import { assertOutputsWritable, type Outputs, readOutputs } from "./outputs.js";
import { assertOutputsSafe, protectInputs } from "./overwriting.js";
import { progressBar } from "./progress-bar.js";
import { rankProgress } from "./rank-progress.js";
import { assertNoStdin } from "./stdin-input.js";
import { stdoutIsTerminal, writeStdout } from "./stdout.js";
import { systemReason } from "./system-error.js";
import { readTerminal, type Terminal } from "./terminal.js";
import { engineOf, verboseOf } from "./verbose.js";

/** The flags that commander parses: options of the analysis, and options of the command line alone. */
export interface RankFlags extends AnalyzeOptions, SortOptions {
  readonly scores?: string;
  readonly json?: string | true;
  readonly csv?: string | true;
  readonly html?: string;
  readonly parquet?: string;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** The file of settings in use. */
  readonly config: string | false;
  readonly progress: boolean;
  readonly color: boolean;
}

/** `eigenscope rank`: parse, find the models and their scores, call, print. Resolves to the exit code. */
export async function rankCommand(given: readonly string[], flags: RankFlags, signal: AbortSignal): Promise<number> {
  const { path: first, outputs } = readOutputs(
    given[0],
    flags,
    "rank: no path was given; give weight files, folders of models, globs, or names of a hub",
  );
  assertNoStdin("rank", given);
  const { sort, descending = false, scores: scoresFile } = flags;
  const options = optionsOf(flags);
  const verbose = verboseOf(flags);
  asUsageError(() => {
    resolveOptions(options);
    if (sort !== undefined) assertSort(sort);
  });
  await assertOutputsWritable(outputs);
  const scores = scoresFile === undefined ? undefined : await readScores(scoresFile);
  const found = await findModels([first, ...given.slice(1)], { signal });
  const inputs = scored(() => withScores(found, scores, scoresFile ?? ""));
  if (sort === "score" && scores === undefined) throw new UsageError("--sort score needs --scores, a file of scores");
  const written = { outputs, stdout: !flags.quiet || outputs.json === "-" || outputs.csv === "-" };
  const named = [...given, ...found.map(({ path }) => path), ...(scoresFile === undefined ? [] : [scoresFile])];
  await assertOutputsSafe(written, named);

  const terminal = readTerminal(flags, process);
  verbose.start();
  const bar = terminal.progress && !flags.verbose ? progressBar(process.stderr, () => performance.now()) : undefined;
  const progress = rankProgress(found.map(({ path }) => path));
  let ranking: Ranking;
  try {
    ranking = await rankModels(
      inputs,
      {
        ...options,
        sort,
        descending,
        signal,
        onOpened: protectInputs(written),
        onProgress(now, { model }) {
          bar?.update(progress(now, model));
          if (now.last !== undefined) verbose.layer(`${found[model].path}: ${now.last.record.name}`, now.lastMs);
        },
        onModel: ({ path, status, solved, reused, reason }) =>
          verbose.fact(`${path}: ${status}, ${solved} layers solved, ${reused} reused${reason ? `; ${reason}` : ""}`),
      },
      nodeHost,
    );
  } finally {
    bar?.clear();
  }
  if (ranking.options !== null) verbose.fact(`engine: ${engineOf(ranking.options)}`);
  await writeFiles(ranking, outputs);
  if (!flags.quiet) announce(ranking, outputs);
  print(ranking, outputs, { terminal, quiet: flags.quiet, sort });
  return exitCode(ranking);
}

/** 3 if no model could be analysed, 4 if some models or layers failed. */
function exitCode({ models }: Ranking): number {
  if (models.every(({ status }) => status === "failed")) return EXIT.input;
  return models.some(({ status, failed_layers }) => status === "failed" || failed_layers > 0)
    ? EXIT.partial
    : EXIT.done;
}

/** The flags that are options of the analysis. */
function optionsOf({
  scores,
  sort,
  descending,
  json,
  csv,
  html,
  parquet,
  quiet,
  verbose,
  config,
  progress,
  color,
  ...options
}: RankFlags): AnalyzeOptions {
  return options;
}

function assertSort(name: string): void {
  try {
    sortColumn(name);
  } catch (cause) {
    throw new RangeError(`--sort: ${(cause as Error).message}`, { cause });
  }
}

/** Reads the file of scores. Throws `UsageError` that names the line. */
async function readScores(file: string): Promise<NamedScore[]> {
  const text = await readFile(file).then(decodeText, (cause: Error) => {
    throw new UsageError(`--scores: cannot read ${printable(file)}: ${systemReason(cause)}`, { cause });
  });
  return scored(() => parseScores(text, file));
}

/** A mistake in the scores is one of the call. */
function scored<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UsageError(`--scores: ${cause.message}`, { cause });
  }
}

/** Write files before stdout, so that they are complete even if the reader closes the pipe early. */
async function writeFiles(ranking: Ranking, { json, csv, html, parquet }: Outputs): Promise<void> {
  if (json !== undefined && json !== "-") await writeWhole(json, renderRankingJson(ranking));
  if (csv !== undefined && csv !== "-")
    await writeWhole(csv, renderRankingCsv(ranking, { terminal: await isTerminal(csv) }));
  if (html !== undefined) await writeWhole(html, await renderRankingHtml(ranking));
  if (parquet !== undefined) await writeWhole(parquet, await rankingParquet(ranking));
}

/** Prints the warnings of the models and the names of written files to stderr. */
function announce({ models }: Ranking, { json, csv, html, parquet }: Outputs): void {
  for (const { name, warnings } of models)
    for (const warning of warnings)
      process.stderr.write(`eigenscope: ${printable(name)}: ${printableSentence(warning)}\n`);
  const written = [json, csv, html, parquet].filter((target) => target !== undefined && target !== "-");
  if (written.length > 0) process.stderr.write(`eigenscope: wrote ${printableSentence(written.join(", "))}\n`);
}

interface Printing {
  readonly terminal: Terminal;
  readonly quiet: boolean;
  readonly sort: string | undefined;
}

function print(ranking: Ranking, { json, csv }: Outputs, { terminal: { width, color }, quiet, sort }: Printing): void {
  if (json === "-") writeStdout(renderRankingJson(ranking));
  else if (csv === "-") writeStdout(renderRankingCsv(ranking, { terminal: stdoutIsTerminal() }));
  else if (!quiet) writeStdout(renderRanking(ranking, { width, color, sort }));
}
