import { UsageError } from "./exit-codes.js";
import { assertFolderWritable, assertWritable } from "./output-file.js";

/** Where each form of the report is written: "-" is stdout, undefined means not at all. */
export interface Outputs {
  readonly json?: string | undefined;
  readonly csv?: string | undefined;
  readonly html?: string | undefined;
  readonly parquet?: string | undefined;
  readonly eigenvalues?: string | undefined;
  readonly plots?: string | undefined;
  readonly card?: string | undefined;
  /** The gate's answer. */
  readonly junit?: string | undefined;
  readonly sarif?: string | undefined;
  readonly markdown?: string | undefined;
  /** Other files that a command writes. */
  readonly files?: readonly string[] | undefined;
}

export interface OutputFlags {
  readonly json?: string | true;
  readonly csv?: string | true;
  readonly html?: string;
  readonly parquet?: string;
  readonly saveEigenvalues?: string;
  readonly plots?: string;
  readonly card?: string;
  readonly junit?: string;
  readonly sarif?: string;
  readonly markdown?: string;
}

/**
 * Reads the outputs, and the path if an option with an optional value took it (`analyze --json model.npy`). Throws
 * `UsageError` if there is no path, or if JSON and CSV would both go to stdout.
 */
export function readOutputs(
  given: string | undefined,
  flags: OutputFlags,
  noPath = "analyze: no path was given; give a weight file or the folder of a model",
): { readonly path: string; readonly outputs: Outputs } {
  let { json, csv } = flags;
  let path = given;
  if (path === undefined && typeof json === "string" && json !== "-") [path, json] = [json, true];
  else if (path === undefined && typeof csv === "string" && csv !== "-") [path, csv] = [csv, true];
  if (path === undefined) throw new UsageError(noPath);
  const outputs: Outputs = {
    json: json === true || isStdout(json) ? "-" : json,
    csv: csv === true || isStdout(csv) ? "-" : csv,
    html: flags.html,
    parquet: flags.parquet,
    eigenvalues: flags.saveEigenvalues,
    plots: flags.plots,
    card: flags.card,
    junit: flags.junit,
    sarif: flags.sarif,
    markdown: flags.markdown,
  };
  if (outputs.json === "-" && outputs.csv === "-")
    throw new UsageError("--json and --csv cannot both go to stdout; give one of them a file");
  return { path, outputs };
}

/** Throws `UsageError` if `--html-all` was given without a page. */
export function assertPageAsked({ html, htmlAll }: { readonly html?: string; readonly htmlAll: boolean }): void {
  if (htmlAll && html === undefined) throw new UsageError("--html-all says what --html draws; give --html a file too");
}

/** Throws `UsageError` for an output that cannot be written, before the work begins. */
export async function assertOutputsWritable(outputs: Outputs): Promise<void> {
  for (const file of outputFiles(outputs)) await assertWritable(file);
  for (const { path } of outputFolders(outputs)) await assertFolderWritable(path);
}

/** Other names of stdout. Output to them replaces the table, as with "-". */
function isStdout(name: string | undefined): boolean {
  return name === "/dev/stdout" || name === "/dev/fd/1" || name === "/proc/self/fd/1";
}

/** A folder with one file per layer. */
export interface OutputFolder {
  readonly path: string;
  /** The option that names it. */
  readonly option: string;
  /** What is in it: "eigenvalues". */
  readonly holds: string;
  /** How the names of its files end. */
  readonly ending: string;
}

/** The folders among the outputs. */
export function outputFolders({ eigenvalues, plots }: Outputs): OutputFolder[] {
  return [
    ...(eigenvalues === undefined
      ? []
      : [{ path: eigenvalues, option: "--save-eigenvalues", holds: "eigenvalues", ending: "npy" }]),
    ...(plots === undefined ? [] : [{ path: plots, option: "--plots", holds: "pictures", ending: "svg" }]),
  ];
}

/** The files among the outputs, without stdout and folders. */
export function outputFiles({ json, csv, html, parquet, card, junit, sarif, markdown, files = [] }: Outputs): string[] {
  const given = [json, csv, html, parquet, card, junit, sarif, markdown, ...files];
  return given.filter((file) => file !== undefined && file !== "-") as string[];
}
