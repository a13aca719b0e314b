import { join } from "node:path";
import type { LayerResult, Report } from "../analysis/index.js";
import { npyVector } from "../formats/numpy/npy-writer.js";
import {
  jsonPieces,
  type LayerPicture,
  layerPicture,
  renderCsv,
  renderGroups,
  renderHtml,
  renderModelCard,
  renderSummary,
  renderTable,
  reportParquet,
  spectrumSvg,
} from "../report/index.js";
import { printableSentence } from "../report/text-parts.js";
import { layerFileName } from "./layer-file.js";
import { isTerminal, makeFolder, writeWhole } from "./output-file.js";
import type { Outputs } from "./outputs.js";
import { stdoutIsTerminal, writeStdout } from "./stdout.js";
import type { Terminal } from "./terminal.js";

/** Writes the eigenvalues of one layer into a folder; nothing for a layer without. */
export async function saveEigenvalues(folder: string, { record, spectrum }: LayerResult): Promise<void> {
  if (spectrum === null) return;
  await makeFolder(folder);
  await writeWhole(join(folder, layerFileName(record.layer_id, record.name, "npy")), npyVector(spectrum.eigenvalues));
}

/** Writes the picture of one layer's spectrum into a folder; nothing for a layer without. */
export async function savePlot(folder: string, result: LayerResult): Promise<void> {
  const picture = layerPicture(result);
  const svg = picture === null ? null : await spectrumSvg(picture);
  if (svg === null) return;
  await makeFolder(folder);
  await writeWhole(join(folder, layerFileName(result.record.layer_id, result.record.name, "svg")), svg);
}

/** Write files before stdout, so that they are complete even if the reader closes the pipe early (`| head`). */
export async function writeFiles(
  report: Report,
  pictures: ReadonlyMap<number, LayerPicture | null>,
  {
    outputs: { json, csv, html, parquet, card },
    allCharts,
  }: { readonly outputs: Outputs; readonly allCharts: boolean },
): Promise<void> {
  if (json !== undefined && json !== "-") await writeWhole(json, jsonPieces(report));
  if (csv !== undefined && csv !== "-")
    await writeWhole(csv, renderCsv(report.layers, { terminal: await isTerminal(csv) }));
  if (parquet !== undefined) await writeWhole(parquet, await reportParquet(report));
  if (card !== undefined) await writeWhole(card, renderModelCard(report));
  if (html !== undefined) await writeWhole(html, await pageOf(report, pictures, allCharts));
}

function pageOf(report: Report, pictures: ReadonlyMap<number, LayerPicture | null>, all: boolean): Promise<string> {
  const inOrder = report.layers.map(({ layer_id }) => pictures.get(layer_id) ?? null);
  return renderHtml(report, inOrder, { all });
}

/** Prints warnings and the names of written files to stderr. */
export function announce(
  { input }: Report,
  { json, csv, html, parquet, eigenvalues, plots, card, junit, sarif, markdown }: Outputs,
): void {
  for (const warning of input.warnings) process.stderr.write(`eigenscope: ${printableSentence(warning)}\n`);
  const written = [json, csv, html, parquet, eigenvalues, plots, card, junit, sarif, markdown].filter(
    (target) => target !== undefined && target !== "-",
  );
  if (written.length > 0) process.stderr.write(`eigenscope: wrote ${printableSentence(written.join(", "))}\n`);
}

export interface Printing {
  readonly outputs: Outputs;
  readonly terminal: Terminal;
  readonly quiet: boolean;
  /** A row of the table for every layer. Default: groups of layers have one row each. */
  readonly allRows?: boolean;
}

/** Prints the report to stdout: as JSON or CSV if that was asked for, else the table. */
export function printReport(report: Report, { outputs, terminal: look, quiet, allRows = false }: Printing): void {
  if (outputs.json === "-") for (const piece of jsonPieces(report)) writeStdout(piece);
  else if (outputs.csv === "-") writeStdout(renderCsv(report.layers, { terminal: stdoutIsTerminal() }));
  else if (!quiet && report.layers.length > 0) writeStdout(reportText(report, look, allRows));
}

/** Table, groups and summary. */
function reportText(report: Report, { width, color }: Terminal, allRows: boolean): string {
  const { layers, groups } = report;
  const inTable = allRows ? [] : groups.filter(({ kind }) => kind === "experts");
  const parts = [
    renderTable(layers, { width, color, groups: inTable }),
    ...(groups.length === 0 ? [] : [renderGroups(groups, { width, color })]),
    renderSummary(report, { width, color }),
  ];
  return parts.join("\n");
}
