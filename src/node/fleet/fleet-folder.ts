import { basename, join } from "node:path";
import { digestOfData } from "../../analysis/store/digest.js";
import { portableName } from "../../bytes/portable-name.js";
import { FormatError } from "../../formats/index.js";
import { isRemoteAddress } from "../../remote/index.js";
import { placeAt } from "../run/place-at.js";
import type { KeptRun } from "../run/read-run.js";
import type { RunPlace } from "../run/run-place.js";
import { isS3Address } from "../s3/s3-address.js";
import { RefusedMessage } from "./message.js";
import type { SourceAddress } from "./opened-source.js";

/** One model of a fleet's run. */
export interface FleetModel extends SourceAddress {
  /** The name of its folder and of its report. */
  readonly name: string;
  /** The address of its run. */
  readonly folder: string;
  /** The address of its report, written by the parent job. */
  readonly report: string;
  /** Where its run lies, and where its report does. */
  readonly place: RunPlace;
  readonly reports: RunPlace;
}

const MODELS = "models";
const REPORTS = "reports";
const SOURCE = "source.json";
const CANCELLED = "cancelled";
const SOURCE_FORMAT = 1;
/** So many models are looked at together. */
const CHUNK = 64;
const NAME = /^[A-Za-z0-9][\w.-]*-[0-9a-f]{8}$/;

/** Where a model lies in a fleet's run: its name has a digest of its address. */
export async function fleetModel(run: RunPlace, address: SourceAddress): Promise<FleetModel> {
  const { source, base } = address;
  const digest = (await digestOfData({ source, base })).slice(0, 8);
  // Only an address has a query: a file's name may have the same signs.
  const path = isRemoteAddress(source) ? source.split(/[?#]/)[0] : source;
  const stem = portableName(basename(path).replace(/^[^A-Za-z0-9]+/, ""), "model");
  return modelAt(run, `${stem.slice(0, 80)}-${digest}`, address);
}

function modelAt(run: RunPlace, name: string, { source, base }: SourceAddress): FleetModel {
  const [place, reports] = [run.below(MODELS, name), run.below(REPORTS)];
  return {
    ...{ name, source, place, reports, folder: place.address, report: reports.addressOf(reportName(name)) },
    ...(base !== undefined && { base }),
  };
}

function reportName(model: string): string {
  return `${model}.json`;
}

/** Notes whose run a folder is, once. */
export function writeSource({ place, source, base }: FleetModel): Promise<void> {
  return place.writeOnce(SOURCE, `${JSON.stringify({ format: SOURCE_FORMAT, source, base }, null, 2)}\n`);
}

/** The models of a fleet's run, by name. Rejects with a `FormatError` if there are none. */
export async function modelsOf(run: RunPlace): Promise<FleetModel[]> {
  const names = (await run.below(MODELS).names()).filter((one) => NAME.test(one)).sort();
  const models: FleetModel[] = [];
  for (let from = 0; from < names.length; from += CHUNK) {
    const chunk = names.slice(from, from + CHUNK);
    const addresses = await Promise.all(chunk.map((name) => sourceOfModel(run.below(MODELS, name))));
    for (const [i, address] of addresses.entries())
      if (address !== undefined) models.push(modelAt(run, chunk[i], address));
  }
  if (models.length > 0) return models;
  throw new FormatError("there is no run of a fleet here", {
    ...{ kind: "missing", file: run.address },
    remedy: "Name the folder that was given to: eigenscope fleet submit --run.",
  });
}

/** The source of a model's run. Undefined if a coordinator was killed while it began with this one. */
export async function sourceOfModel(place: RunPlace): Promise<SourceAddress | undefined> {
  const text = await place.read(SOURCE);
  return text === undefined ? undefined : parsedSource(text, place.addressOf(SOURCE));
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

/** The address of a fleet's run and the name of the model, by the address of the model's run. */
export function fleetOf(folder: string): { readonly run: string; readonly name: string } {
  if (!isS3Address(folder)) return { run: join(folder, "..", ".."), name: basename(folder) };
  const [, run, name] = /^(s3:\/\/.+)\/models\/([^/]+)$/.exec(folder) ?? [];
  if (run === undefined) throw new RefusedMessage(`${folder} is no model's run of a fleet`);
  return { run, name };
}

/** The model of a run, with the places of both. Undefined if it is not noted whose run it is. */
export async function modelOfRun(folder: string): Promise<{ readonly run: RunPlace; readonly model?: FleetModel }> {
  const { run: address, name } = fleetOf(folder);
  const run = await placeAt(address);
  const source = await sourceOfModel(run.below(MODELS, name));
  return { run, ...(source !== undefined && { model: modelAt(run, name, source) }) };
}

/** Whether a model's report is there, and nothing was added to its run since. */
export function isCurrent({ name, place, reports }: FleetModel): Promise<boolean> {
  return reports.hasReport(reportName(name), place);
}

/** Writes a model's report, which was made of `run`. */
export function writeReport({ name, reports }: FleetModel, pieces: Iterable<string>, run: KeptRun): Promise<void> {
  return reports.writeReport(reportName(name), pieces, run);
}

/** Marks a run as cancelled: workers do nothing more for it. */
export function markCancelled(run: RunPlace): Promise<void> {
  return run.writeOnce(CANCELLED, "");
}

export function unmarkCancelled(run: RunPlace): Promise<void> {
  return run.remove(CANCELLED);
}

export function isCancelled(run: RunPlace): Promise<boolean> {
  return run.has(CANCELLED);
}
