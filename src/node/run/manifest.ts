import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { digestOf } from "../../analysis/store/digest.js";
import type { Placement, RunPlan } from "../../analysis/store/run-keeper.js";
import { VERSION } from "../../analysis/version.js";
import { FormatError } from "../../formats/index.js";

const RUN = "run.json";
/** Raised when the files of a run folder change so that an older program would misread them. */
export const RUN_FORMAT = 1;

/** run.json: all of a plan but its layers. */
export interface RunHeader extends Omit<RunPlan, "placements"> {
  readonly format: number;
  readonly version: string;
  /** The file with the layers, one a line, and how many there are. */
  readonly plan: string;
  readonly layers: number;
}

/** The plan that a folder holds. */
export interface KeptPlan extends RunHeader {
  readonly placements: readonly Placement[];
}

/**
 * Writes the plan into the folder, unless another process was faster: each file is written beside its name and linked
 * into place, so that it is whole or absent, and the first one stays. The layers come first, under a name of their
 * digest: a run.json means that its layers are there.
 */
export async function writePlan(folder: string, { placements, ...rest }: RunPlan): Promise<void> {
  await mkdir(folder, { recursive: true });
  const lines = placements.map((placement) => `${JSON.stringify(placement)}\n`).join("");
  const plan = `plan-${(await digestOf(new TextEncoder().encode(lines))).slice(0, 12)}.jsonl`;
  const header: RunHeader = { format: RUN_FORMAT, version: VERSION, ...rest, plan, layers: placements.length };
  await writeOnce(join(folder, plan), lines);
  await writeOnce(join(folder, RUN), `${JSON.stringify(header, null, 2)}\n`);
}

/** Writes a file that is never changed. Whoever links first wins. */
async function writeOnce(path: string, content: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const handle = await open(temporary, "wx");
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(temporary, path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

/**
 * The plan of a folder. Undefined if it holds no run. Rejects with a `FormatError` for damaged files, or those of a
 * later version.
 */
export async function readPlan(folder: string): Promise<KeptPlan | undefined> {
  const text = await readOrNothing(join(folder, RUN));
  if (text === undefined) return undefined;
  const header = parsed(text, folder, RUN) as RunHeader;
  if (!isObject(header) || !Number.isInteger(header.format)) throw damaged(folder, RUN);
  if (header.format !== RUN_FORMAT) {
    throw new FormatError(
      `was written by version ${header.version ?? "unknown"} of the program, in format ${header.format}; this one reads format ${RUN_FORMAT}`,
      {
        kind: "unsupported",
        file: join(folder, RUN),
        remedy: "Use that version, or begin a new folder.",
      },
    );
  }
  const { plan, layers, files, skipped, options, input } = header;
  // A name of our own making: a path is never made from the contents of a file.
  if (!/^plan-[0-9a-f]{12}\.jsonl$/.test(plan)) throw damaged(folder, RUN);
  if (![files, skipped].every(Array.isArray) || ![options, input].every(isObject)) throw damaged(folder, RUN);
  const lines = ((await readOrNothing(join(folder, plan))) ?? "").split("\n").filter((line) => line !== "");
  if (lines.length !== layers) throw damaged(folder, plan);
  const placements = lines.map((line) => parsed(line, folder, plan) as Placement);
  if (!placements.every((placement) => isObject(placement) && isObject(placement.layer) && typeof placement.key === "string"))
    throw damaged(folder, plan);
  return { ...header, placements };
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function parsed(text: string, folder: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(folder, name, cause);
  }
}

function damaged(folder: string, name: string, cause?: unknown): FormatError {
  return new FormatError("is damaged: it does not hold the plan of a run", {
    kind: "malformed",
    file: join(folder, name),
    remedy: "Begin a new folder; the segments of this one cannot be used without it.",
    ...(cause !== undefined && { cause }),
  });
}

async function readOrNothing(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes((cause as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw cause;
  }
}
