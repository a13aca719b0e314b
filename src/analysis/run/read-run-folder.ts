import { type FileSet, FormatError } from "../../formats/index.js";
import type { RunEvent } from "../events/run-event.js";
import { type LayerDetail, layerDetail } from "../layer-detail.js";
import type { LayerResult } from "../layer-result.js";
import { solveLayer } from "../layer-task.js";
import { NOTHING_OPTIONAL } from "../options.js";
import type { Digest } from "../store/digest.js";
import { digestOfFiles } from "../store/file-identity.js";
import type { Outcome, OutcomeStore } from "../store/outcome.js";
import { decodeOutcome } from "../store/outcome-codec.js";
import { poolWithoutWeights } from "../workers/absent-weights.js";
import { folderWith, readEvents, wholeOf, withFile } from "./dropped-files.js";
import { type KeptPlan, parsePlan, RUN } from "./parse-plan.js";
import { FOOT_BYTES, HEAD_BYTES, type RecordPlace } from "./records.js";
import { keptLayer, NOT_DONE } from "./report-of-kept.js";
import { SEGMENT_EXTENSION, scanSegment } from "./scan-segment.js";

/** The folder of segments in a run folder. */
export const SEGMENTS = "segments";

/** A run folder that was dropped or chosen: its plan, what happened, and the spectra. */
export interface RunFolder {
  readonly plan: KeptPlan;
  /** Of all writers: those of each in their order, each event once. Empty for a run of an older version. */
  readonly events: readonly RunEvent[];
  /** Outcomes by their key. It only reads. */
  readonly store: OutcomeStore;
  /** Bytes of segments that belong to no whole record. */
  readonly droppedBytes: number;
  /**
   * The result of a layer, measured from its kept spectrum. Rejects with a `RangeError` for a layer that is not in the
   * plan.
   */
  result(layerId: number): Promise<LayerResult>;
  /** The detail of a layer; null if it has no exact spectrum, or is not done yet. */
  detail(layerId: number): Promise<LayerDetail | null>;
}

/**
 * Whether files look like a run folder: they have a run.json, at the top or in the one folder that holds all.
 */
export async function isRunFolder(files: FileSet): Promise<boolean> {
  return folderWith(RUN, await files.list()) !== undefined;
}

/**
 * Reads a run folder from its files, without weights and without a file system. `files` lists the files of subfolders
 * with `/`, as `uploadedFiles` does. Spectra are read when they are asked for. Rejects with a `FormatError` if there is
 * no run, or if it is damaged or of a later version.
 */
export async function readRunFolder(files: FileSet): Promise<RunFolder> {
  const names = await files.list();
  const folder = folderWith(RUN, names);
  const plan = folder === undefined ? undefined : await planOf(files, folder, names);
  if (folder === undefined || plan === undefined) {
    throw new FormatError("there is no run here", {
      kind: "missing",
      file: files.label,
      remedy: `Give the whole folder that analyze --run has written: it holds ${RUN}, a plan and segments.`,
    });
  }
  const segments = names.filter((name) => name.startsWith(`${folder}${SEGMENTS}/`) && name.endsWith(SEGMENT_EXTENSION));
  const { store, droppedBytes } = await readSegments(files, segments);
  const events = await readEvents(files, folder);
  const placements = new Map(plan.placements.map((placement) => [placement.layer.index, placement]));
  const result = async (layerId: number): Promise<LayerResult> => {
    const placement = placements.get(layerId);
    if (placement === undefined) throw new RangeError(`the run has no layer ${layerId}`);
    const layer = keptLayer(placement, plan.options.engine);
    const memory = { store, files: await digestOfFiles(plan.files), writes: false };
    const pool = poolWithoutWeights({ engine: plan.options.engine, reason: NOT_DONE });
    const measured = (options: KeptPlan["options"]) => solveLayer(layer, options, { pool, memory, key: placement.key });
    const whole = (await measured(plan.options)).result;
    // What an option adds may not be done yet, where the spectrum is.
    return whole.spectrum === null ? (await measured({ ...plan.options, ...NOTHING_OPTIONAL })).result : whole;
  };
  return { plan, events, store, droppedBytes, result, detail: async (layerId) => layerDetail(await result(layerId)) };
}

function planOf(files: FileSet, folder: string, names: readonly string[]): Promise<KeptPlan | undefined> {
  return parsePlan({
    nameOf: (name) => `${folder}${name}`,
    read: async (name) => {
      const path = `${folder}${name}`;
      return names.includes(path) ? new TextDecoder().decode(await wholeOf(files, path)) : undefined;
    },
  });
}

interface Place extends RecordPlace {
  readonly file: string;
  readonly failed: boolean;
}

/** Finds the records of the segments and holds their places; a record is read again when it is asked for. */
async function readSegments(
  files: FileSet,
  names: readonly string[],
): Promise<{ readonly store: OutcomeStore; readonly droppedBytes: number }> {
  const places = new Map<Digest, Place>();
  let droppedBytes = 0;
  for (const file of names) {
    await withFile(files, file, async (source) => {
      const size = source.byteLength;
      const end = await scanSegment(
        { from: 0, size, read: (offset, length) => source.read(offset, length) },
        {
          outcome: ({ key, kind }, place) => {
            // A failure never takes the place of an outcome: segments have no order among them.
            if (kind === "failed" && places.get(key)?.failed === false) return;
            places.set(key, { file, ...place, failed: kind === "failed" });
          },
          damaged: ({ length }) => {
            droppedBytes += HEAD_BYTES + length + FOOT_BYTES;
          },
        },
      );
      droppedBytes += size - end;
    });
  }
  const read = ({ file, offset, length }: Place): Promise<Outcome> =>
    withFile(files, file, async (source) => decodeOutcome(await source.read(offset, length)));
  return {
    droppedBytes,
    store: {
      get: async (key) => {
        const place = places.get(key);
        return place === undefined ? undefined : read(place);
      },
      put: async () => {
        throw new RangeError("files of a run that were given to a page are only read");
      },
    },
  };
}
