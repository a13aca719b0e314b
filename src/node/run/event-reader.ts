import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { RunEvent } from "../../analysis/events/run-event.js";
import type { ResumeToken } from "../../analysis/events/run-state.js";
import { EVENTS, EVENTS_EXTENSION, eventsOfLines } from "../../analysis/run/event-lines.js";

/** Files are read in pieces of this size, or of one line. */
const PIECE_BYTES = 2 ** 20;
/** No line is longer: a plan of 300,000 layers has about 60 MB. A file with a longer one is not read on. */
const MAX_LINE_BYTES = 2 ** 26;
const NEWLINE = 10;

/** The folder of the events of a run. */
export function eventsOf(run: string): string {
  return join(run, EVENTS);
}

/**
 * Reads the events that the processes of a run have written into its folder, all writers together: those of each writer
 * in their order, writers by the names of their files. Later calls of `read` give what was appended since.
 *
 * Whatever lies there is read as far as it can be: a torn last line is left until it is whole, lines that are no events
 * of this version are skipped, and so is what is not a file. A folder that is not there (of a run made by an older
 * version) has no events.
 */
export class RunEventReader {
  /** How far each file was read: the beginning of its first unread line. */
  private readonly readTo = new Map<string, number>();
  private readonly last: Record<string, number>;

  private readonly folder: string;

  /** `run`: the folder of the run. `after`: the token of an earlier reader; events up to it are left out. */
  constructor(run: string, after: ResumeToken = {}) {
    this.folder = eventsOf(run);
    this.last = Object.assign(Object.create(null), after);
  }

  /** By writer, the number of the last event that was given: another reader goes on behind it. */
  get after(): ResumeToken {
    return { ...this.last };
  }

  /** The events since the last call, each once. */
  async *read(): AsyncGenerator<RunEvent, void, undefined> {
    for (const name of await this.files()) {
      for await (const event of this.readOn(name)) {
        if (event.seq <= (this.last[event.writer] ?? 0)) continue;
        this.last[event.writer] = event.seq;
        yield event;
      }
    }
  }

  private async files(): Promise<string[]> {
    const names = await readdir(this.folder).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return [];
      throw cause;
    });
    return names.filter((name) => name.endsWith(EVENTS_EXTENSION)).sort();
  }

  private async *readOn(name: string): AsyncGenerator<RunEvent, void, undefined> {
    const path = join(this.folder, name);
    // Opening a named pipe would never end. A file that is gone by now has nothing more to say.
    const found = await stat(path).catch(() => undefined);
    let from = this.readTo.get(name) ?? 0;
    if (!found?.isFile() || found.size <= from) return;
    const handle = await open(path, "r");
    try {
      let piece = PIECE_BYTES;
      while (from < found.size && piece <= MAX_LINE_BYTES) {
        const bytes = await readPiece(handle, from, Math.min(piece, found.size - from));
        const end = bytes.lastIndexOf(NEWLINE) + 1;
        if (end === 0) {
          if (from + bytes.length >= found.size || bytes.length < piece) return;
          piece *= 2;
          continue;
        }
        yield* eventsOfLines(bytes.subarray(0, end));
        [from, piece] = [from + end, PIECE_BYTES];
        this.readTo.set(name, from);
      }
    } finally {
      await handle.close();
    }
  }
}

async function readPiece(handle: FileHandle, from: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await handle.read(bytes, 0, length, from);
  return bytes.subarray(0, bytesRead);
}
