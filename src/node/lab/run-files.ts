import { readFile } from "node:fs/promises";
import { FormatError } from "../../formats/index.js";

/** Files of a run's folder. */
export const FILES = {
  run: "run.json",
  epochs: "epochs.jsonl",
  state: "state.safetensors",
  finished: "finished.json",
} as const;
/** The remedy for a broken file of a run. */
export const DELETE_RUN_REMEDY = "Delete this run's folder; it is done again.";

/** The name of an epoch's checkpoint. */
export function epochFile(epoch: number): string {
  return `epoch-${String(epoch).padStart(5, "0")}.safetensors`;
}

/** The same error with a remedy; any other error unchanged. */
export function withRemedy(cause: unknown): unknown {
  if (!(cause instanceof FormatError) || cause.details.remedy !== undefined) return cause;
  const { file = "" } = cause.details;
  const reason = cause.message.slice(cause.message.indexOf(`${file}: `) + file.length + 2);
  return new FormatError(reason, { ...cause.details, remedy: DELETE_RUN_REMEDY, cause });
}

/** The text of a file; undefined if there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  return (await readBytesIfThere(path))?.toString("utf8");
}

/** The bytes of a file; undefined if there is none. */
export async function readBytesIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new FormatError(`it cannot be read (${message})`, {
      kind: "unreadable",
      file: path,
      remedy: DELETE_RUN_REMEDY,
      cause,
    });
  }
}
