import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { FOOT_BYTES, frameOf, HEAD_BYTES, type RecordPlace } from "../../analysis/run/records.js";
import { SEGMENT_EXTENSION, scanSegment } from "../../analysis/run/scan-segment.js";
import type { Digest } from "../../analysis/store/digest.js";
import type { Outcome } from "../../analysis/store/outcome.js";
import { decodeOutcome, encodeOutcome } from "../../analysis/store/outcome-codec.js";
import { FormatError } from "../../formats/index.js";
import { folderError } from "./folder-error.js";
import type { HowRead, KeptStore } from "./kept-store.js";

/** A disk is asked to write at most this often. */
const SYNC_MS = 1000;
/** A store that only reads keeps so many bytes of outcomes in memory, which it has decoded anyway. */
const MAX_HELD_BYTES = 256 * 2 ** 20;

interface Place extends RecordPlace {
  readonly file: string;
  readonly failed: boolean;
}

/**
 * A store of outcomes in the segments of a folder. Every process appends to a segment of its own, so that none needs a
 * lock; all read all segments. What a killed process left half-written is dropped. It holds the places of the records
 * in memory, not the records.
 */
export class SegmentStore implements KeptStore {
  private readonly places = new Map<Digest, Place>();
  private readonly held = new Map<Digest, Outcome>();
  private heldBytes = 0;
  /** How far each segment was read. */
  private readonly readTo = new Map<string, number>();
  private own: { readonly file: string; readonly handle: FileHandle; end: number; syncedAt: number } | undefined;
  private reading: Promise<void> = Promise.resolve();
  private nextReading: Promise<void> | undefined;
  private writing: Promise<void> = Promise.resolve();
  /** Why nothing can be appended any more: behind a record cut by a full disk, none would be found. */
  private refused: { readonly cause: unknown } | undefined;
  /** Bytes at the end of segments that are no record. */
  private readonly cut = new Map<string, number>();
  /** Bytes of damaged records between others, by their place: one counts once, however often it is read. */
  private readonly skipped = new Map<string, number>();

  /** By default other processes may append while this one reads. */
  constructor(
    private readonly folder: string,
    private readonly how: HowRead = { live: true },
  ) {}

  /** How many outcomes are kept. */
  get size(): number {
    return this.places.size;
  }

  /** Bytes that belong to no whole record: of a killed process, or of a damaged file. */
  get droppedBytes(): number {
    return [...this.cut.values(), ...this.skipped.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  has(key: Digest): boolean {
    return this.places.has(key);
  }

  async get(key: Digest): Promise<Outcome | undefined> {
    if (this.how.live && !this.places.has(key)) await this.refresh();
    const place = this.places.get(key);
    return place === undefined ? undefined : (this.held.get(key) ?? this.read(place));
  }

  /** Appends; resolves when the operating system has the record. */
  put(outcome: Outcome): Promise<void> {
    const appended = this.writing.then(async () => {
      if (this.refused !== undefined) throw this.refused.cause;
      try {
        await this.append(outcome);
      } catch (cause) {
        this.refused = { cause: folderError(cause, this.folder) };
        throw this.refused.cause;
      }
    });
    this.writing = appended.catch(() => {});
    return appended;
  }

  /**
   * Reads what other processes have appended until now. Calls that come while one reading runs share the next one: it
   * begins after all of them.
   */
  refresh(): Promise<void> {
    this.nextReading ??= this.reading.then(() => {
      this.nextReading = undefined;
      const reading = this.readOnAll();
      this.reading = reading.catch(() => {});
      return reading;
    });
    return this.nextReading;
  }

  private async readOnAll(): Promise<void> {
    const names = await readdir(this.folder).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return [];
      throw cause;
    });
    for (const name of names.filter((file) => file.endsWith(SEGMENT_EXTENSION)).sort())
      if (name !== this.own?.file) await this.readOn(name);
  }

  async close(): Promise<void> {
    await this.writing;
    const { own } = this;
    this.own = undefined;
    if (own === undefined) return;
    try {
      await own.handle.sync();
    } finally {
      await own.handle.close();
    }
  }

  private async append(outcome: Outcome): Promise<void> {
    const own = (this.own ??= await this.begin());
    const frame = frameOf(encodeOutcome(outcome));
    await own.handle.appendFile(frame);
    this.keep(outcome, {
      file: own.file,
      offset: own.end + HEAD_BYTES,
      length: frame.length - HEAD_BYTES - FOOT_BYTES,
    });
    own.end += frame.length;
    const now = performance.now();
    if (now - own.syncedAt < SYNC_MS) return;
    own.syncedAt = now;
    await own.handle.sync();
  }

  /** A failure never takes the place of an outcome: segments have no order among them. */
  private keep({ key, kind }: Outcome, place: Omit<Place, "failed">): boolean {
    const failed = kind === "failed";
    if (failed && this.places.get(key)?.failed === false) return false;
    this.places.set(key, { ...place, failed });
    return true;
  }

  private skip(file: string, { offset, length }: RecordPlace): void {
    this.skipped.set(`${file} ${offset}`, HEAD_BYTES + length + FOOT_BYTES);
  }

  private hold(outcome: Outcome, bytes: number): void {
    if (this.how.live || this.heldBytes + bytes > MAX_HELD_BYTES) return;
    this.held.set(outcome.key, outcome);
    this.heldBytes += bytes;
  }

  private async begin() {
    await mkdir(this.folder, { recursive: true });
    const file = `${randomBytes(8).toString("hex")}${SEGMENT_EXTENSION}`;
    return { file, handle: await open(join(this.folder, file), "ax+"), end: 0, syncedAt: performance.now() };
  }

  private async readOn(file: string): Promise<void> {
    const path = join(this.folder, file);
    // Opening a named pipe would never end.
    if (!(await stat(path)).isFile()) {
      throw new FormatError("is not a file", {
        kind: "malformed",
        file: path,
        remedy: "Remove it: no run makes such a segment.",
      });
    }
    const handle = await open(path, "r");
    try {
      const { size } = await handle.stat();
      const end = await scanSegment(
        {
          from: this.readTo.get(file) ?? 0,
          size,
          read: async (offset, length) => {
            const bytes = new Uint8Array(length);
            const { bytesRead } = await handle.read(bytes, 0, length, offset);
            return bytes.subarray(0, bytesRead);
          },
        },
        {
          outcome: (outcome, record) => {
            if (this.keep(outcome, { file, ...record })) this.hold(outcome, record.length);
          },
          damaged: (record) => this.skip(file, record),
        },
      );
      this.readTo.set(file, end);
      if (end < size) this.cut.set(file, size - end);
      else this.cut.delete(file);
    } finally {
      await handle.close();
    }
  }

  private async read({ file, offset, length }: Place): Promise<Outcome> {
    const handle = file === this.own?.file ? this.own.handle : await open(join(this.folder, file), "r");
    try {
      const bytes = new Uint8Array(length);
      const { bytesRead } = await handle.read(bytes, 0, length, offset);
      if (bytesRead < length) {
        throw new FormatError("a record of the run is gone: the file was cut while the run was in use", {
          kind: "malformed",
          file: join(this.folder, file),
          offset,
          remedy: "Run the analysis again with the same --run folder: it computes what is missing.",
        });
      }
      return decodeOutcome(bytes);
    } finally {
      if (file !== this.own?.file) await handle.close();
    }
  }
}
