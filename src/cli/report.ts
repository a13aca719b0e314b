import { stat } from "node:fs/promises";
import { readRun, reportOfRun } from "../node/run/index.js";
import { layerPicture } from "../report/index.js";
import { renderNothingAnalysed } from "../report/text-parts.js";
import { EXIT, UsageError } from "./exit-codes.js";
import type { GateFlags } from "./gate.js";
import { ALL_COLUMNS, gateOf } from "./gate-of.js";
import { assertOutputsWritable, assertPageAsked, type OutputFlags, type Outputs, readOutputs } from "./outputs.js";
import { assertOutputsSafe, assertOutsideRun } from "./overwriting.js";
import { readReport } from "./read-report.js";
import { someNames } from "./some-names.js";
import { readTerminal } from "./terminal.js";
import { announce, printReport, saveEigenvalues, savePlot, writeFiles } from "./write-report.js";

export interface ReportFlags extends OutputFlags, GateFlags {
  /** Large charts of every layer on the page. */
  readonly htmlAll: boolean;
  /** A row of the table for every expert. */
  readonly allRows: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
}

/**
 * `eigenscope report <folder...>`: makes every output of a run from what its folders hold, or from a JSON report.
 * Resolves to the exit code: 4 if layers are missing or failed.
 */
export async function reportCommand(
  given: readonly string[],
  flags: ReportFlags,
  signal: AbortSignal,
): Promise<number> {
  const noPath = "report: no folder was given; give those that analyze --run has written, or a JSON report";
  const { path, outputs } = readOutputs(given[0], flags, noPath);
  assertPageAsked(flags);
  const gate = await gateOf(flags, ALL_COLUMNS);
  await assertOutputsWritable(outputs);
  const paths = [path, ...given.slice(1)];
  const isJson = await isFile(path);
  if (isJson) assertInJson(paths, outputs);
  else await assertOutsideRun(outputs, paths);
  await assertOutputsSafe({ outputs, stdout: !flags.quiet || outputs.json === "-" || outputs.csv === "-" }, [
    ...(isJson ? [path] : []),
    ...(flags.baseline === undefined ? [] : [flags.baseline]),
  ]);
  const made = isJson
    ? { report: await readReport(path, "report"), results: [], missing: [] }
    : await reportOfRun(await readRun(paths), { signal });
  const { report, results, missing } = made;
  const terminal = readTerminal({ ...flags, progress: false }, process);
  const drawn = outputs.html === undefined ? [] : results;
  const pictures = new Map(drawn.map((result) => [result.record.layer_id, layerPicture(result)]));
  if (outputs.eigenvalues !== undefined)
    for (const result of results) await saveEigenvalues(outputs.eigenvalues, result);
  if (outputs.plots !== undefined) for (const result of results) await savePlot(outputs.plots, result);
  await writeFiles(report, pictures, { outputs, allCharts: flags.htmlAll });
  if (!flags.quiet) announce(report, outputs);
  printReport(report, { outputs, terminal, quiet: flags.quiet, allRows: flags.allRows });
  if (missing.length > 0) {
    const names = someNames(missing.map(({ layer }) => layer.name));
    process.stderr.write(
      `eigenscope: ${missing.length} of ${report.layers.length} layers are not done yet: ${names}; run ` +
        "analyze --run again for them\n",
    );
  }
  if (report.layers.length === 0) {
    process.stderr.write(`eigenscope: ${renderNothingAnalysed(report.input.label, report.skipped, terminal)}`);
    return EXIT.input;
  }
  const code = report.summary.failed > 0 || missing.length > 0 ? EXIT.partial : EXIT.done;
  return gate === undefined ? code : gate.ofReport(report, { outputs, code });
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

/** Throws `UsageError` for what a JSON report cannot give: it has the rows, but no spectra. */
function assertInJson(paths: readonly string[], { html, eigenvalues, plots }: Outputs): void {
  if (paths.length > 1) throw new UsageError("report: a JSON report is whole by itself; give no other path with it");
  const wanted = Object.entries({ "--html": html, "--save-eigenvalues": eigenvalues, "--plots": plots });
  const option = wanted.find(([, target]) => target !== undefined)?.[0];
  if (option !== undefined)
    throw new UsageError(`${option} needs the spectra, which a JSON report does not have; give the folder of a run`);
}
