import { appendFile, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { VERSION } from "../../analysis/version.js";
import { bytesInMemory, FormatError } from "../../formats/index.js";
import { type HeaderEntry, readHeader } from "../../formats/safetensors/header.js";
import { safetensorsBytes } from "../../formats/safetensors/writer.js";
import { parseEpoch, parseRun, type RunDescription } from "../../lab/experiments/parse-run.js";
import type { EpochRecord, Position, Run, RunKeeper, TrainedTensor, TrainingSettings } from "../../lab/index.js";
import { DELETE_RUN_REMEDY, epochFile, FILES, readBytesIfThere, readIfThere, withRemedy } from "./run-files.js";
import { writeAtomically } from "./write-atomically.js";

/** A state is saved at most this often: saving after every short epoch of a long run would wear out a disk. */
const MIN_STATE_INTERVAL_MS = 5000;

/** The contents of `run.json`: everything on which a run's bits depend. */
interface RunFile extends RunDescription {
  readonly eigenscope: string;
  readonly node: string;
  readonly platform: string;
}

export interface OpenRun {
  readonly id: string;
  /** `name` and `adapter` of the `TrainEngine`. */
  readonly engine: string;
  readonly adapter?: string | undefined;
  readonly settings: TrainingSettings;
}

/**
 * Makes a run's folder, or reuses an existing one. Throws `FormatError` if it holds a run of other settings, another
 * engine or another adapter.
 */
export async function openRunFolder(folder: string, { id, engine, adapter, settings }: OpenRun): Promise<void> {
  const path = join(folder, FILES.run);
  const before = await readIfThere(path);
  if (before === undefined) {
    await mkdir(join(folder, "checkpoints"), { recursive: true });
    await mkdir(join(folder, "spectra"), { recursive: true });
    const file: RunFile = {
      id,
      engine,
      adapter,
      settings,
      eigenscope: VERSION,
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
    };
    await writeAtomically(path, `${JSON.stringify(file, null, 2)}\n`);
    return;
  }
  const found = parseRunFile(before, path);
  const remedy = "Choose another folder with --output, or delete this run.";
  if (found.engine !== engine) {
    const reason = `the run was begun with the engine ${found.engine}, and ${engine} would not give the same bits`;
    throw new FormatError(reason, { kind: "unsupported", file: path, remedy });
  }
  if (found.adapter !== adapter) {
    const reason = `the run was begun on the adapter ${found.adapter}, and ${adapter} would not give the same bits`;
    throw new FormatError(reason, { kind: "unsupported", file: path, remedy });
  }
  if (!isDeepStrictEqual(found.settings, JSON.parse(JSON.stringify(settings)))) {
    const names = Object.keys(settings).filter((name) => {
      const key = name as keyof TrainingSettings;
      return !isDeepStrictEqual(found.settings[key], JSON.parse(JSON.stringify(settings[key])));
    });
    throw new FormatError(`the folder holds a run of other settings (${names.join(", ")})`, {
      kind: "unsupported",
      file: path,
      remedy,
    });
  }
}

/** Whether a run is complete. */
export async function isFinished(folder: string): Promise<boolean> {
  return (await readIfThere(join(folder, FILES.finished))) !== undefined;
}

/** Marks a run as complete and deletes its state, which is no longer needed. */
export async function finishRun(folder: string): Promise<void> {
  await writeAtomically(join(folder, FILES.finished), `${JSON.stringify({ eigenscope: VERSION })}\n`);
  await rm(join(folder, FILES.state), { force: true });
}

/** A run as stored on disk; undefined if the folder holds none. Throws `FormatError` if a file of it is broken. */
export async function readRun(folder: string): Promise<Run | undefined> {
  const path = join(folder, FILES.run);
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const { id, settings } = parseRunFile(text, path);
  return { id, settings, epochs: await readEpochs(folder), finished: await isFinished(folder) };
}

/** Stores a run in its folder. `stateEveryMs` is for tests. */
export function runKeeper(
  folder: string,
  { stateEveryMs = MIN_STATE_INTERVAL_MS }: { readonly stateEveryMs?: number | undefined } = {},
): RunKeeper {
  const epochsPath = join(folder, FILES.epochs);
  const statePath = join(folder, FILES.state);
  let keptAt = performance.now();
  return {
    async resume() {
      const state = await readState(statePath);
      const records = await readEpochs(folder);
      // Records are written before states. If one is missing, the disk lost it, and the run must restart from the
      // beginning.
      const known = state === undefined ? [] : records.filter(({ epoch }) => epoch <= state.epoch);
      const whole =
        state !== undefined && known.every(({ epoch }, at) => epoch === at) && known.length === state.epoch + 1;
      await writeAtomically(epochsPath, (whole ? known : []).map(lineOf).join(""));
      return whole ? state : undefined;
    },
    async keepEpoch(record, kept) {
      if (kept !== undefined) {
        const name = epochFile(record.epoch);
        const tensors = kept.eigenvalues.map(({ name, eigenvalues }) => ({
          name,
          shape: [eigenvalues.length],
          values: eigenvalues,
        }));
        await writeAtomically(join(folder, "checkpoints", name), kept.checkpoint);
        await writeAtomically(join(folder, "spectra", name), safetensorsBytes(tensors, { eigenvalues: "W'W" }));
      }
      await appendFile(epochsPath, lineOf(record));
    },
    async keepState({ epoch, steps, last }, state) {
      if (!last && performance.now() - keptAt < stateEveryMs) return;
      const records = await open(epochsPath, "r+");
      await records.sync().finally(() => records.close());
      const metadata = { epoch: String(epoch), steps: String(steps), last: String(last) };
      await writeAtomically(statePath, safetensorsBytes(await state(), metadata));
      keptAt = performance.now();
    },
  };
}

/**
 * The stored eigenvalues of a layer at a recorded epoch. Rejects with a `FormatError` if they are missing or broken.
 */
export async function readEigenvalues(folder: string, epoch: number): Promise<ReadonlyMap<string, Float64Array>> {
  const path = join(folder, "spectra", epochFile(epoch));
  const found = await readBytesIfThere(path);
  if (found === undefined) {
    throw new FormatError("the eigenvalues of a recorded epoch are missing", {
      kind: "missing",
      file: path,
      remedy: DELETE_RUN_REMEDY,
    });
  }
  const bytes = new Uint8Array(found);
  const { entries } = await readHeader(bytesInMemory(bytes), path);
  assertOfType(entries, "F64", path);
  return new Map(entries.map(({ name, begin, end }) => [name, new Float64Array(bytes.slice(begin, end).buffer)]));
}

function assertOfType(entries: readonly HeaderEntry[], dtype: string, file: string): void {
  const other = entries.find((entry) => entry.dtype !== dtype);
  if (other === undefined) return;
  const reason = `its elements are ${other.dtype}, expected ${dtype}`;
  throw new FormatError(reason, { kind: "malformed", file, tensor: other.name, remedy: DELETE_RUN_REMEDY });
}

async function readState(
  path: string,
): Promise<(Position & { readonly tensors: readonly TrainedTensor[] }) | undefined> {
  const found = await readBytesIfThere(path);
  if (found === undefined) return undefined;
  const bytes = new Uint8Array(found);
  const { entries, metadata } = await readHeader(bytesInMemory(bytes), path);
  assertOfType(entries, "F32", path);
  const counts = [metadata.get("epoch"), metadata.get("steps")];
  if (!counts.every((count) => /^\d{1,15}$/.test(count ?? ""))) {
    throw new FormatError("it does not give its epoch", { kind: "malformed", file: path, remedy: DELETE_RUN_REMEDY });
  }
  return {
    epoch: Number(metadata.get("epoch")),
    steps: Number(metadata.get("steps")),
    last: metadata.get("last") === "true",
    // Compared bit by bit: a generator's state may look like NaN.
    tensors: entries.map(({ name, shape, begin, end }) => ({
      name,
      shape,
      values: new Float32Array(bytes.slice(begin, end).buffer),
    })),
  };
}

async function readEpochs(folder: string): Promise<EpochRecord[]> {
  const path = join(folder, FILES.epochs);
  const text = (await readIfThere(path)) ?? "";
  const records: EpochRecord[] = [];
  // A kill may truncate the last line: it and everything after the saved state are done again.
  for (const line of text.split("\n")) {
    try {
      records.push(parseEpoch(line, path));
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw withRemedy(cause);
      break;
    }
  }
  return records;
}

const lineOf = (record: EpochRecord): string => `${JSON.stringify(record)}\n`;

function parseRunFile(text: string, path: string): RunDescription {
  try {
    return parseRun(text, path);
  } catch (cause) {
    throw withRemedy(cause);
  }
}
