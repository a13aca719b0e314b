import { readdir, readFile, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { digestOfData } from "../../analysis/store/digest.js";
import { portableName } from "../../bytes/portable-name.js";
import { FormatError } from "../../formats/index.js";
import { writeOnce } from "../run/manifest.js";
import { segmentsOf } from "../run/run-folder.js";
import type { SourceAddress } from "./opened-source.js";

/** One model of a fleet's run. */
export interface FleetModel extends SourceAddress {
  /** The name of its folder and of its report. */
  readonly name: string;
  /** Its run folder. */
  readonly folder: string;
  /** Its report, written by the parent job. */
  readonly report: string;
}

const MODELS = "models";
const REPORTS = "reports";
const SOURCE = "source.json";
const CANCELLED = "cancelled";
const SOURCE_FORMAT = 1;
const NAME = /^[A-Za-z0-9][\w.-]*-[0-9a-f]{8}$/;

/** Where a model lies in a fleet's run: its name has a digest of its address. */
export async function fleetModel(run: string, address: SourceAddress): Promise<FleetModel> {
  const { source, base } = address;
  const digest = (await digestOfData({ source, base })).slice(0, 8);
  const stem = portableName(basename(source.split(/[?#]/)[0]).replace(/^[^A-Za-z0-9]+/, ""), "model");
  return modelAt(run, `${stem.slice(0, 80)}-${digest}`, address);
}

function modelAt(run: string, name: string, { source, base }: SourceAddress): FleetModel {
  return {
    ...{ name, source, folder: join(run, MODELS, name), report: join(run, REPORTS, `${name}.json`) },
    ...(base !== undefined && { base }),
  };
}

/** Notes whose run a folder is, once. */
export function writeSource({ folder, source, base }: FleetModel): Promise<void> {
  return writeOnce(join(folder, SOURCE), `${JSON.stringify({ format: SOURCE_FORMAT, source, base }, null, 2)}\n`);
}

/** The models of a fleet's run, by name. Rejects with a `FormatError` if the folder holds none. */
export async function modelsOf(run: string): Promise<FleetModel[]> {
  const names = await readdir(join(run, MODELS)).catch(() => []);
  const models: FleetModel[] = [];
  for (const name of names.filter((one) => NAME.test(one)).sort()) {
    const address = await sourceOfModel(join(run, MODELS, name));
    if (address !== undefined) models.push(modelAt(run, name, address));
  }
  if (models.length > 0) return models;
  throw new FormatError("there is no run of a fleet here", {
    ...{ kind: "missing", file: run },
    remedy: "Name the folder that was given to: eigenscope fleet submit --run.",
  });
}

/** The source of a model's run folder. Undefined if a coordinator was killed while it began with this one. */
export async function sourceOfModel(folder: string): Promise<SourceAddress | undefined> {
  const text = await readFile(join(folder, SOURCE), "utf8").catch(() => undefined);
  return text === undefined ? undefined : parsedSource(text, join(folder, SOURCE));
}

function parsedSource(text: string, file: string): SourceAddress {
  try {
    const { format, source, base } = JSON.parse(text);
    if (format === SOURCE_FORMAT && typeof source === "string" && ["string", "undefined"].includes(typeof base))
      return { source, base };
  } catch {
    // The same as a text that says something else.
  }
  throw new FormatError("is damaged: it does not name a source", {
    ...{ kind: "malformed", file },
    remedy: "Remove it and submit the source again.",
  });
}

/** The folder of a fleet's run that a model's run folder and its report belong to, by the model's run folder. */
export function fleetOf(folder: string): { readonly run: string; readonly name: string; readonly report: string } {
  const [run, name] = [join(folder, "..", ".."), basename(folder)];
  return { run, name, report: join(run, REPORTS, `${name}.json`) };
}

/** Whether a model's report is there, and nothing was written into its run since. */
export async function isCurrent({ folder, report }: FleetModel): Promise<boolean> {
  const written = await stat(report).catch(() => undefined);
  if (written === undefined) return false;
  const segments = await readdir(segmentsOf(folder)).catch(() => []);
  const times = await Promise.all(segments.map(async (name) => (await stat(join(segmentsOf(folder), name))).mtimeMs));
  return times.every((time) => time <= written.mtimeMs);
}

/** Marks a run as cancelled: workers do nothing more for it. */
export function markCancelled(run: string): Promise<void> {
  return writeOnce(join(run, CANCELLED), "");
}

export async function unmarkCancelled(run: string): Promise<void> {
  await rm(join(run, CANCELLED), { force: true });
}

/** Whether a file exists: the mark of a cancelled run, or a report. */
export function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

export function isCancelled(run: string): Promise<boolean> {
  return exists(join(run, CANCELLED));
}
