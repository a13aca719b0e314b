import { resolve } from "node:path";
import type { AnalyzeOptions, LayerResult, Report } from "../analysis/index.js";
import { printable } from "../formats/index.js";
import { analyze } from "../node/index.js";
import { layerPicture, renderCsv, renderHtml, renderJson, renderSummary, renderTable } from "../report/index.js";
import { eigenvalueFileName, npyVector } from "./eigenvalue-file.js";
import { EXIT, UsageError } from "./exit-codes.js";
import { assertWritable, prepareFolder, writeWhole } from "./output-file.js";
import { progressBar } from "./progress-bar.js";
import { readTerminal, type Terminal } from "./terminal.js";

export interface AnalyzeFlags {
  readonly json?: string | true;
  readonly csv?: string | true;
  readonly html?: string;
  readonly saveEigenvalues?: string;
  readonly layers: string[];
  readonly exclude: string[];
  readonly minEigenvalues: number;
  readonly conv: "slices" | "flatten";
  readonly engine: "auto" | "wasm" | "reference";
  readonly precision: "auto" | "f64";
  readonly jobs?: number;
  readonly seed: number;
  readonly quiet: boolean;
  readonly progress: boolean;
  readonly color: boolean;
}

/** Where each form of the report goes: "-" is stdout, undefined is nowhere. */
interface Outputs {
  readonly json?: string;
  readonly csv?: string;
  readonly html?: string;
  readonly eigenvalues?: string;
}

/** `weightscope analyze`: parse, call, print. Resolves to the exit code. */
export async function analyzeCommand(given: string | undefined, flags: AnalyzeFlags, signal: AbortSignal): Promise<number> {
  const { path, outputs } = await readOutputs(given, flags);
  const terminal = readTerminal(flags, process);
  const bar = terminal.progress ? progressBar(process.stderr, () => performance.now()) : undefined;

  const analysis = analyze(path, { ...pick(flags), signal, onProgress: (progress) => bar?.update(progress) });
  const pictures: LayerResult[] = [];
  let errors = 0;
  try {
    for await (const result of analysis) {
      if (result.error !== undefined) errors++;
      if (outputs.html !== undefined) pictures.push(result);
      if (outputs.eigenvalues !== undefined && result.spectrum !== null) {
        const file = eigenvalueFileName(result.record.layer_id, result.record.name);
        await writeWhole(resolve(outputs.eigenvalues, file), npyVector(result.spectrum.eigenvalues));
      }
    }
  } finally {
    bar?.clear();
  }
  const report = await analysis.report();
  await writeReport(report, pictures, { outputs, terminal, quiet: flags.quiet });
  return errors > 0 ? EXIT.partial : EXIT.done;
}

function pick(flags: AnalyzeFlags): AnalyzeOptions {
  const { layers, exclude, minEigenvalues, conv, engine, precision, jobs, seed } = flags;
  return { layers, exclude, minEigenvalues, conv, engine, precision, jobs, seed };
}

/** Sorts out the outputs, and the path where an optional value has swallowed it (`analyze --json model.npy`). */
async function readOutputs(given: string | undefined, flags: AnalyzeFlags): Promise<{ path: string; outputs: Outputs }> {
  let { json, csv } = flags;
  let path = given;
  if (path === undefined && typeof json === "string" && json !== "-") {
    path = json;
    json = true;
  } else if (path === undefined && typeof csv === "string" && csv !== "-") {
    path = csv;
    csv = true;
  }
  if (path === undefined) throw new UsageError("analyze: no path was given; name a weight file or the folder of a model");
  const outputs: Outputs = {
    json: json === true ? "-" : json,
    csv: csv === true ? "-" : csv,
    html: flags.html,
    eigenvalues: flags.saveEigenvalues,
  };
  if (outputs.json === "-" && outputs.csv === "-") throw new UsageError("--json and --csv cannot both go to stdout; give one of them a file");
  for (const file of [outputs.json, outputs.csv, outputs.html]) {
    if (file === undefined || file === "-") continue;
    if (resolve(file) === resolve(path)) throw new UsageError(`${file} is the input; choose another name for the output`);
    await assertWritable(file);
  }
  if (outputs.eigenvalues !== undefined) await prepareFolder(outputs.eigenvalues);
  return { path, outputs };
}

interface Writing {
  readonly outputs: Outputs;
  readonly terminal: Terminal;
  readonly quiet: boolean;
}

async function writeReport(report: Report, results: LayerResult[], { outputs, terminal, quiet }: Writing): Promise<void> {
  const write = async (target: string | undefined, text: () => string | Promise<string>): Promise<void> => {
    if (target === "-") process.stdout.write(await text());
    else if (target !== undefined) await writeWhole(target, await text());
  };
  await write(outputs.json, () => renderJson(report));
  await write(outputs.csv, () => renderCsv(report.layers));
  await write(outputs.html, () => pageOf(report, results));
  if (quiet || outputs.json === "-" || outputs.csv === "-") return;
  const { width, color } = terminal;
  for (const warning of report.input.warnings) process.stderr.write(`weightscope: ${printable(warning)}\n`);
  process.stdout.write(`${renderTable(report.layers, { width, color })}\n${renderSummary(report, { width, color })}`);
}

async function pageOf(report: Report, results: LayerResult[]): Promise<string> {
  const { parseHTML } = await import("linkedom");
  const inOrder = results.slice().sort((a, b) => a.record.layer_id - b.record.layer_id);
  const pictures = inOrder.map(({ record, spectrum, bulk, tail }) =>
    spectrum === null ? null : layerPicture(spectrum.eigenvalues, { bulk, tail, spikes: record.spikes }),
  );
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  return renderHtml(report, pictures, { document: document as unknown as Document });
}
