import { join } from "node:path";
import { type AnalyzeOptions, type LayerResult, type Report, resolveOptions } from "../analysis/index.js";
import { WEIGHTWATCHER_NAMES } from "../analysis/optional-columns.js";
import { analyze } from "../node/index.js";
import { type LayerPicture, layerPicture, renderCsv, renderHtml, renderJson, renderSummary, renderTable } from "../report/index.js";
import { printableSentence } from "../report/printable-sentence.js";
import { renderNothingAnalysed } from "../report/skipped-reasons.js";
import { eigenvalueFileName, npyVector } from "./eigenvalue-file.js";
import { asUsageError, EXIT } from "./exit-codes.js";
import { isTerminal, makeFolder, writeWhole } from "./output-file.js";
import { assertOutputsWritable, type OutputFlags, type Outputs, readOutputs } from "./outputs.js";
import { assertOutputsSafe, protectInputs } from "./overwriting.js";
import { progressBar } from "./progress-bar.js";
import { stdoutIsTerminal, writeStdout } from "./stdout.js";
import { readTerminal, type Terminal } from "./terminal.js";

/** The flags that commander parses: options of the analysis, and options of the command line alone. */
export interface AnalyzeFlags extends OutputFlags, Omit<AnalyzeOptions, "weightwatcher"> {
  /** true without a value, else the value's text. */
  readonly weightwatcher: boolean | string;
  readonly revision?: string;
  readonly base?: string;
  readonly quiet: boolean;
  readonly progress: boolean;
  readonly color: boolean;
}

/** `weightscope analyze`: parse, call, print. Resolves to the exit code. */
export async function analyzeCommand(given: string | undefined, flags: AnalyzeFlags, signal: AbortSignal): Promise<number> {
  const { swallowed, weightwatcher } = readWeightWatcherColumns(flags.weightwatcher, given);
  const { path, outputs } = readOutputs(given ?? swallowed, flags);
  const options = { ...optionsOf(flags), weightwatcher };
  asUsageError(() => resolveOptions(options));
  await assertOutputsWritable(outputs);
  const written = { outputs, stdout: !flags.quiet || outputs.json === "-" || outputs.csv === "-" };
  await assertOutputsSafe(written, flags.base === undefined ? [path] : [path, flags.base]);

  const terminal = readTerminal(flags, process);
  const bar = terminal.progress ? progressBar(process.stderr, () => performance.now()) : undefined;
  const analysis = analyze(path, {
    ...options,
    base: flags.base,
    hub: { revision: flags.revision },
    signal,
    onProgress: (progress) => bar?.update(progress),
    onOpened: protectInputs(written),
  });
  const pictures = new Map<number, LayerPicture | null>();
  try {
    for await (const result of analysis) {
      if (outputs.html !== undefined) pictures.set(result.record.layer_id, layerPicture(result));
      if (outputs.eigenvalues !== undefined) await saveEigenvalues(outputs.eigenvalues, result);
    }
  } finally {
    bar?.clear();
  }
  const report = await analysis.report();
  await writeFiles(report, pictures, outputs);
  if (!flags.quiet) announce(report, outputs);
  printReport(report, { outputs, terminal, quiet: flags.quiet });
  if (report.layers.length === 0) {
    process.stderr.write(`weightscope: ${renderNothingAnalysed(report.input.label, report.skipped, terminal)}`);
    return EXIT.input;
  }
  return report.summary.failed > 0 ? EXIT.partial : EXIT.done;
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

/** The flags that are options of the analysis. */
function optionsOf({
  json,
  csv,
  html,
  saveEigenvalues,
  revision,
  base,
  quiet,
  progress,
  color,
  weightwatcher,
  ...options
}: AnalyzeFlags): AnalyzeOptions {
  return options;
}

async function saveEigenvalues(folder: string, { record, spectrum }: LayerResult): Promise<void> {
  if (spectrum === null) return;
  await makeFolder(folder);
  await writeWhole(join(folder, eigenvalueFileName(record.layer_id, record.name)), npyVector(spectrum.eigenvalues));
}

/** Write files before stdout, so that they are complete even if the reader closes the pipe early (`| head`). */
async function writeFiles(report: Report, pictures: ReadonlyMap<number, LayerPicture | null>, { json, csv, html }: Outputs): Promise<void> {
  if (json !== undefined && json !== "-") await writeWhole(json, renderJson(report));
  if (csv !== undefined && csv !== "-") await writeWhole(csv, renderCsv(report.layers, { terminal: await isTerminal(csv) }));
  if (html !== undefined) await writeWhole(html, await pageOf(report, pictures));
}

/** The DOM for the charts is loaded only if a page is written. */
async function pageOf(report: Report, pictures: ReadonlyMap<number, LayerPicture | null>): Promise<string> {
  const { parseHTML } = await import("linkedom");
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const inOrder = report.layers.map(({ layer_id }) => pictures.get(layer_id) ?? null);
  return renderHtml(report, inOrder, { document: document as unknown as Document });
}

/** Prints warnings and the names of written files to stderr. */
function announce({ input }: Report, { json, csv, html, eigenvalues }: Outputs): void {
  for (const warning of input.warnings) process.stderr.write(`weightscope: ${printableSentence(warning)}\n`);
  const written = [json, csv, html, eigenvalues].filter((target) => target !== undefined && target !== "-");
  if (written.length > 0) process.stderr.write(`weightscope: wrote ${printableSentence(written.join(", "))}\n`);
}

interface Printing {
  readonly outputs: Outputs;
  readonly terminal: Terminal;
  readonly quiet: boolean;
}

function printReport(report: Report, { outputs, terminal: { width, color }, quiet }: Printing): void {
  if (outputs.json === "-") writeStdout(renderJson(report));
  else if (outputs.csv === "-") writeStdout(renderCsv(report.layers, { terminal: stdoutIsTerminal() }));
  else if (!quiet && report.layers.length > 0)
    writeStdout(`${renderTable(report.layers, { width, color })}\n${renderSummary(report, { width, color })}`);
}
