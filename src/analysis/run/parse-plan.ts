import { FormatError } from "../../formats/index.js";
import { digestOf, digestOfData } from "../store/digest.js";
import type { Placement } from "../store/run-keeper.js";
import { isHeader, isObject, isPlacement, type RunHeader } from "./manifest-shape.js";

/** The file of a run folder that says what the run is. */
export const RUN = "run.json";
/** Raised when the files of a run folder change so that an older program would misread them. */
export const RUN_FORMAT = 1;

/** The plan that a folder holds. */
export interface KeptPlan extends RunHeader {
  readonly placements: readonly Placement[];
}

/** How the texts of a run folder are read. */
export interface PlanFiles {
  /** Undefined if the folder has no such file. */
  readonly read: (name: string) => Promise<string | undefined>;
  /** What messages call a file. */
  readonly nameOf: (name: string) => string;
}

/** The name of the file with the layers of a plan, one a line: it has a digest of them. */
export async function planName(lines: string): Promise<string> {
  return `plan-${(await digestOf(new TextEncoder().encode(lines))).slice(0, 12)}.jsonl`;
}

/**
 * The plan of a run folder. Undefined if it holds no run. Rejects with a `FormatError` for damaged files, or those of a
 * later version.
 */
export async function parsePlan({ read, nameOf }: PlanFiles): Promise<KeptPlan | undefined> {
  const text = await read(RUN);
  if (text === undefined) return undefined;
  const header = parsed(text, nameOf(RUN)) as RunHeader;
  if (!isObject(header) || !Number.isInteger(header.format)) throw damaged(nameOf(RUN));
  if (header.format !== RUN_FORMAT) {
    const version = typeof header.version === "string" ? header.version : "unknown";
    throw new FormatError(
      `was written by version ${version} of the program, in format ${header.format}; this one reads format ` +
        `${RUN_FORMAT}`,
      { kind: "unsupported", file: nameOf(RUN), remedy: "Use that version, or begin a new folder." },
    );
  }
  const { digest, ...fields } = header;
  if (digest !== (await digestOfData(fields)) || !isHeader(header)) throw damaged(nameOf(RUN));
  // A name of our own making: a path is never made from the contents of a file.
  const { plan } = header;
  if (!/^plan-[0-9a-f]{12}\.jsonl$/.test(plan)) throw damaged(nameOf(RUN));
  const lines = (await read(plan)) ?? "";
  if ((await planName(lines)) !== plan) throw damaged(nameOf(plan));
  const placements = lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => parsed(line, nameOf(plan)));
  if (placements.length !== header.layers || !placements.every(isPlacement)) throw damaged(nameOf(plan));
  return { ...header, placements };
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(file, cause);
  }
}

function damaged(file: string, cause?: unknown): FormatError {
  return new FormatError("is damaged: it does not hold the plan of a run", {
    kind: "malformed",
    file,
    remedy: "Begin a new folder; the segments of this one cannot be used without it.",
    ...(cause !== undefined && { cause }),
  });
}
