import { type CompareOptions, type Comparison, resolveOptions } from "../analysis/index.js";
import { compare } from "../node/index.js";
import { renderComparison, renderComparisonHtml, renderComparisonJson } from "../report/index.js";
import { plural, printableSentence } from "../report/text-parts.js";
import { asUsageError, EXIT, UsageError } from "./exit-codes.js";
import type { GateFlags } from "./gate.js";
import { compareGateOf } from "./gate-of.js";
import { writeWhole } from "./output-file.js";
import { assertOutputsWritable, readOutputs } from "./outputs.js";
import { assertOutputsSafe, protectInputs } from "./overwriting.js";
import { progressBar } from "./progress-bar.js";
import { assertStdinOnce, inputOf, isNamed } from "./stdin-input.js";
import { writeStdout } from "./stdout.js";
import { readTerminal } from "./terminal.js";
import { engineOf, type Verbose, verboseOf } from "./verbose.js";

/** The flags that commander parses: options of the comparison, and options of the command line alone. */
export interface CompareFlags extends CompareOptions, GateFlags {
  readonly json?: string | true;
  readonly html?: string;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** The file of settings in use. */
  readonly config: string | false;
  readonly progress: boolean;
  readonly color: boolean;
}

/** `eigenscope compare`: parse, call, print. Resolves to the exit code. */
export async function compareCommand(
  a: string | undefined,
  b: string | undefined,
  flags: CompareFlags,
  signal: AbortSignal,
): Promise<number> {
  if (a === undefined)
    throw new UsageError("compare: no path was given; give two weight files, or the folders of two models");
  const { path, outputs } = readOutputs(
    b,
    flags,
    "compare: only one path was given; give the model to compare it with as the second",
  );
  assertStdinOnce([a, path]);
  const options = optionsOf(flags);
  asUsageError(() => resolveOptions(options));
  const verbose = verboseOf(flags);
  const gate = await compareGateOf(flags);
  await assertOutputsWritable(outputs);
  const written = { outputs, stdout: !flags.quiet || outputs.json === "-" };
  const named = [a, path];
  await assertOutputsSafe(written, named.filter(isNamed));
  const [first, second] = await Promise.all(named.map((input) => inputOf(input, { signal })));

  const terminal = readTerminal(flags, process);
  verbose.start();
  const bar = terminal.progress && !flags.verbose ? progressBar(process.stderr, () => performance.now()) : undefined;
  let comparison: Comparison;
  try {
    comparison = await compare(first, second, {
      ...options,
      signal,
      onOpened: protectInputs(written),
      onProgress: ({ last, lastMs, ...progress }) => {
        bar?.update({ ...progress, last: last && { record: last } });
        if (last !== undefined) verbose.layer(last.name, lastMs);
      },
    });
  } finally {
    bar?.clear();
  }
  sayWhatWasCompared(comparison, verbose);
  const { json, html } = outputs;
  if (json !== undefined && json !== "-") await writeWhole(json, renderComparisonJson(comparison));
  if (html !== undefined) await writeWhole(html, await renderComparisonHtml(comparison));
  if (!flags.quiet) announce(comparison, [json, html]);
  if (json === "-") writeStdout(renderComparisonJson(comparison));
  else if (!flags.quiet) writeStdout(renderComparison(comparison, terminal));
  const code = comparison.summary.failed > 0 ? EXIT.partial : EXIT.done;
  return gate === undefined ? code : gate.ofComparison(comparison, { outputs, code });
}

/** The flags that are options of the comparison. */
function optionsOf({
  json,
  html,
  quiet,
  verbose,
  config,
  progress,
  color,
  failOn,
  junit,
  sarif,
  markdown,
  ...options
}: CompareFlags): CompareOptions {
  return options;
}

/** What the comparison was made with: known when it is there. */
function sayWhatWasCompared({ a, b, options, layers, ...others }: Comparison, { fact }: Verbose): void {
  for (const { label, format, files } of [a, b]) fact(`${label}: ${format}, ${plural(files.length, "file")}`);
  const { only_in_a: onlyInA, only_in_b: onlyInB, mismatched } = others;
  fact(
    `${plural(layers.length, "pair")} of layers; without a partner: ${onlyInA.length} in the first model, ` +
      `${onlyInB.length} in the second; of other shapes: ${mismatched.length}`,
  );
  fact(`engine: ${engineOf(options)}, precision ${options.precision}`);
}

/** Prints warnings and the names of the written files to stderr. */
function announce({ a, b }: Comparison, files: readonly (string | undefined)[]): void {
  for (const warning of [...a.warnings, ...b.warnings])
    process.stderr.write(`eigenscope: ${printableSentence(warning)}\n`);
  const written = files.filter((file) => file !== undefined && file !== "-");
  if (written.length > 0) process.stderr.write(`eigenscope: wrote ${printableSentence(written.join(", "))}\n`);
}
