import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import type { LayerEvent, RunEvent } from "../../analysis/events/run-event.js";
import { EVENTS_EXTENSION } from "../../analysis/run/event-lines.js";
import type { EventLog } from "../../analysis/store/run-keeper.js";
import { eventsOf, RunEventReader } from "./event-reader.js";

/**
 * The events of one process in a run's folder: `events/<writer>.jsonl`, one event a line, appended. The file is made at
 * the first event, by this process only. Nothing depends on it: after the first error nothing more is written, so that
 * a line cut by a full disk stays the last one.
 *
 * A layer that was in the store is not written if the folder had the same event before: the same command again would
 * otherwise write all records again.
 */
export class EventFile implements EventLog {
  /** The time of its beginning (UTC), so that names sort by it, and a random part. */
  readonly writer: string;
  private file: FileHandle | undefined;
  private writing: Promise<void> = Promise.resolve();
  private isRefused = false;
  private known: Promise<ReadonlySet<string>> | undefined;
  private failure: unknown;

  /**
   * `run`: the folder of the run. `begun`: the time by which the file is named. `repeats`: whether the folder may have
   * the same event of a layer twice; false reads all events at the first layer that was in the store.
   */
  constructor(
    private readonly run: string,
    begun = new Date(),
    private readonly repeats = false,
  ) {
    const time = begun.toISOString().replaceAll(/[-:.]/g, "");
    this.writer = `${time}-${randomBytes(6).toString("hex")}`;
  }

  write(event: RunEvent): void {
    this.writing = this.writing.then(async () => {
      if (this.isRefused) return;
      try {
        await this.append(event);
      } catch (cause) {
        this.isRefused = true;
        this.failure = cause;
      }
    });
  }

  /** Resolves when the operating system has all events so far. Rejects if one could not be written. */
  async written(): Promise<void> {
    await this.writing;
    if (this.isRefused) throw this.failure ?? new RangeError("the events of this process are closed");
  }

  /** Resolves when the operating system has all events. */
  async close(): Promise<void> {
    await this.writing;
    this.isRefused = true;
    await this.file?.close().catch(() => {});
  }

  private async append(event: RunEvent): Promise<void> {
    if (event.type === "layer" && event.reused && !this.repeats) {
      this.known ??= layersIn(this.run);
      if ((await this.known).has(contentOf(event))) return;
    }
    this.file ??= await this.begin();
    await this.file.appendFile(`${JSON.stringify(event)}\n`);
  }

  private async begin(): Promise<FileHandle> {
    const folder = eventsOf(this.run);
    await mkdir(folder, { recursive: true });
    return open(join(folder, `${this.writer}${EVENTS_EXTENSION}`), "ax");
  }
}

async function layersIn(run: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for await (const event of new RunEventReader(run).read()) if (event.type === "layer") found.add(contentOf(event));
  return found;
}

/** What an event says of its layer, whoever wrote it. */
function contentOf({ checkpoint, record, picture }: LayerEvent): string {
  return createHash("sha256")
    .update(JSON.stringify([checkpoint, record, picture]))
    .digest("base64");
}
