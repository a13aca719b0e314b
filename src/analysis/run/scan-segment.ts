import type { Outcome } from "../store/outcome.js";
import { decodeOutcome } from "../store/outcome-codec.js";
import { FOOT_BYTES, HEAD_BYTES, lengthOf, type RecordPlace, recordsIn } from "./records.js";

/** Files of a run that outcomes are appended to. */
export const SEGMENT_EXTENSION = ".seg";
/** Segments are read in pieces of this size, or of one record. */
const PIECE_BYTES = 16 * 2 ** 20;
/** No outcome is longer: the eigenvalues of the largest matrix that an engine takes are a few megabytes. */
const MAX_RECORD_BYTES = 2 ** 30;

/** A segment to read: its bytes from `from` to `size`. */
export interface SegmentRange {
  readonly from: number;
  readonly size: number;
  /** Fewer bytes than asked for if the file was cut meanwhile. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
}

/** Called for every record, in the order of the file. */
export interface OnRecord {
  readonly outcome: (outcome: Outcome, place: RecordPlace) => void;
  /** A record that is damaged, between others. */
  readonly damaged: (place: RecordPlace) => void;
}

/**
 * Reads the records of a segment. Resolves to where the next one would begin: everything after that is cut, not yet
 * written, or damaged beyond finding the next record.
 */
export async function scanSegment({ from, size, read }: SegmentRange, on: OnRecord): Promise<number> {
  let at = from;
  let piece = PIECE_BYTES;
  while (at < size) {
    const asked = Math.min(piece, size - at);
    const bytes = await read(at, asked);
    const { records, end } = recordsIn(bytes, at);
    for (const record of records) {
      const outcome = decoded(bytes.subarray(record.offset - at, record.offset - at + record.length));
      if (outcome === undefined) on.damaged(record);
      else on.outcome(outcome, record);
    }
    if (end === at) {
      const length = lengthOf(bytes.subarray(0, HEAD_BYTES));
      const whole = length === undefined ? Number.POSITIVE_INFINITY : HEAD_BYTES + length + FOOT_BYTES;
      // Nothing can be found behind a damaged head; a record that is longer than the file is cut, or not yet written.
      if (whole > Math.min(size - at, MAX_RECORD_BYTES)) break;
      if (whole <= bytes.length) {
        // Only this record is damaged: the next one begins behind it.
        on.damaged({ offset: at + HEAD_BYTES, length: whole - HEAD_BYTES - FOOT_BYTES });
        at += whole;
      } else if (bytes.length < asked) break;
      piece = Math.max(PIECE_BYTES, whole <= bytes.length ? 0 : whole);
      continue;
    }
    [at, piece] = [end, PIECE_BYTES];
  }
  return at;
}

/** The outcome of a record. Undefined for a record that is none: it was damaged before its checks were made. */
function decoded(bytes: Uint8Array): Outcome | undefined {
  try {
    return decodeOutcome(bytes);
  } catch {
    return undefined;
  }
}
