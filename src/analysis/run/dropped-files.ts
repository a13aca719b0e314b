import type { ByteSource } from "../../bytes/byte-source.js";
import { type FileSet, FormatError } from "../../formats/index.js";
import type { RunEvent } from "../events/run-event.js";
import { EVENTS, EVENTS_EXTENSION, eventsOfLines } from "./event-lines.js";

/** The longest text of a run folder: a plan of 300,000 layers has about 60 MB, and their events about 500 MB. */
const MAX_TEXT_BYTES = 2 ** 30;
const NEWLINE = 10;

/**
 * The prefix of the names in the folder that has this file: "" or "name/". Of several, the shortest. Undefined if there
 * is none.
 */
export function folderWith(file: string, names: readonly string[]): string | undefined {
  return names
    .filter((name) => name === file || name.endsWith(`/${file}`))
    .map((name) => name.slice(0, -file.length))
    .sort((a, b) => a.length - b.length)[0];
}

/** All bytes of a file. Rejects with a `FormatError` for one that is too long to be held. */
export async function wholeOf(files: FileSet, name: string): Promise<Uint8Array> {
  return withFile(files, name, (source) => {
    if (source.byteLength <= MAX_TEXT_BYTES) return source.read(0, source.byteLength);
    throw new FormatError(`has ${source.byteLength} bytes, at most ${MAX_TEXT_BYTES} are read`, {
      kind: "unsupported",
      file: name,
      remedy: "Use eigenscope report on the folder.",
    });
  });
}

/** Opens a file for as long as it is used. */
export async function withFile<T>(files: FileSet, name: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  const source = await files.open(name);
  try {
    return await use(source);
  } finally {
    await source.close?.();
  }
}

/** The events of a run folder, of all writers: those of each in their order, each event once. */
export async function readEvents(files: FileSet, folder: string): Promise<RunEvent[]> {
  const names = (await files.list()).filter(
    (name) => name.startsWith(`${folder}${EVENTS}/`) && name.endsWith(EVENTS_EXTENSION),
  );
  const last = new Map<string, number>();
  const events: RunEvent[] = [];
  for (const name of names) {
    const bytes = await wholeOf(files, name);
    // What follows the last end of a line is not written to its end.
    for (const event of eventsOfLines(bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1))) {
      if (event.seq <= (last.get(event.writer) ?? 0)) continue;
      last.set(event.writer, event.seq);
      events.push(event);
    }
  }
  return events;
}
