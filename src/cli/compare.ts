import { resolve } from "node:path";
import { type CompareOptions, type Comparison, resolveOptions } from "../analysis/index.js";
import { compare } from "../node/index.js";
import { renderComparison, renderComparisonJson } from "../report/index.js";
import { printableSentence } from "../report/printable-sentence.js";
import { asUsageError, EXIT, UsageError } from "./exit-codes.js";
import { writeWhole } from "./output-file.js";
import { assertOutputsWritable, readOutputs } from "./outputs.js";
import { progressBar } from "./progress-bar.js";
import { readTerminal } from "./terminal.js";

/** What commander hands over: the options of a comparison, and those of the command line. */
export interface CompareFlags extends CompareOptions {
  readonly json?: string | true;
  readonly quiet: boolean;
  readonly progress: boolean;
  readonly color: boolean;
}

/** `weightscope compare`: parse, call, print. Resolves to the exit code. */
export async function compareCommand(
  a: string | undefined,
  b: string | undefined,
  flags: CompareFlags,
  signal: AbortSignal,
): Promise<number> {
  if (a === undefined) throw new UsageError("compare: no path was given; name two weight files, or the folders of two models");
  const { path, outputs } = readOutputs(b, flags, "compare: only one path was given; name the model to compare it with");
  if (outputs.json !== undefined && resolve(outputs.json) === resolve(a)) {
    throw new UsageError(`${outputs.json} is the input; choose another name for the output`);
  }
  const options = optionsOf(flags);
  asUsageError(() => resolveOptions(options));
  await assertOutputsWritable(outputs);

  const terminal = readTerminal(flags, process);
  const bar = terminal.progress ? progressBar(process.stderr, () => performance.now()) : undefined;
  let comparison: Comparison;
  try {
    comparison = await compare(a, path, {
      ...options,
      signal,
      onProgress: ({ last, ...progress }) => bar?.update({ ...progress, last: last && { record: last } }),
    });
  } finally {
    bar?.clear();
  }
  const { json } = outputs;
  if (json !== undefined && json !== "-") await writeWhole(json, renderComparisonJson(comparison));
  if (!flags.quiet) announce(comparison, json);
  if (json === "-") process.stdout.write(renderComparisonJson(comparison));
  else if (!flags.quiet) process.stdout.write(renderComparison(comparison, terminal));
  return comparison.summary.failed > 0 ? EXIT.partial : EXIT.done;
}

/** The flags that are options of the comparison. */
function optionsOf({ json, quiet, progress, color, ...options }: CompareFlags): CompareOptions {
  return options;
}

/** What is neither data nor an error goes to stderr. */
function announce({ a, b }: Comparison, json: string | undefined): void {
  for (const warning of [...a.warnings, ...b.warnings]) process.stderr.write(`weightscope: ${printableSentence(warning)}\n`);
  if (json !== undefined && json !== "-") process.stderr.write(`weightscope: wrote ${json}\n`);
}
