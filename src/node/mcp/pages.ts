import { randomBytes } from "node:crypto";
import { Refusal } from "../serve/refusal.js";
import { jsonBytes, safeValue } from "./answer.js";
import { MAX_KEPT_RESULTS, MAX_ROWS_BYTES } from "./limits.js";

type Row = Readonly<Record<string, unknown>>;

/** Rows of a result that fit into an answer. */
export interface Page {
  readonly rows: readonly Row[];
  readonly rows_total: number;
  /** For the rows that follow; null behind the last one. */
  readonly next_cursor: string | null;
}

/**
 * The first values that are within a number and a number of bytes as JSON. The first one always comes, so that a caller
 * gets on.
 */
export function fitting<Value>(values: readonly Value[], { most, bytes }: { most: number; bytes: number }): Value[] {
  const taken: Value[] = [];
  let left = bytes;
  for (const value of values.slice(0, most)) {
    const safe = safeValue(value) as Value;
    left -= jsonBytes(safe);
    if (left < 0 && taken.length > 0) break;
    taken.push(safe);
  }
  return taken;
}

/** A result whose rows are given in pages. */
export interface Paged<Result> {
  /** What the call was about: a cursor is of no use for another one. */
  readonly subject: string;
  readonly result: Result;
}

/** Results whose further rows can be asked for. They stay as they were, even if the files have changed since. */
export class KeptResults<Result> {
  private readonly kept = new Map<string, Paged<Result>>();

  /** The result that a cursor goes on with, and the row to begin at. Throws a `Refusal`. */
  at(cursor: string, subject: string): { readonly result: Result; readonly from: number } {
    const [, id, from] = /^([0-9a-f]{16})\.(\d{1,9})$/.exec(cursor) ?? [];
    const found = id === undefined ? undefined : this.kept.get(id);
    if (found === undefined)
      throw new Refusal(404, "The cursor is of no result that is still kept. Call the tool again without a cursor.");
    if (found.subject !== subject)
      throw new Refusal(400, "The cursor is of another call. Give the same names as in the call that returned it.");
    return { result: found.result, from: Number(from) };
  }

  /** The page of rows from `from` on. The result is kept if rows are left. */
  page(
    { subject, result }: Paged<Result>,
    rows: readonly Row[],
    { from, most }: { readonly from: number; readonly most: number },
  ): Page {
    const taken = fitting(rows.slice(from), { most, bytes: MAX_ROWS_BYTES });
    const next = from + taken.length;
    const isLast = next >= rows.length;
    return {
      rows: taken,
      rows_total: rows.length,
      next_cursor: isLast ? null : `${this.keep({ subject, result })}.${next}`,
    };
  }

  private keep(paged: Paged<Result>): string {
    for (const [id, { result }] of this.kept) if (result === paged.result) return id;
    const [oldest] = this.kept.keys();
    if (this.kept.size >= MAX_KEPT_RESULTS) this.kept.delete(oldest);
    const id = randomBytes(8).toString("hex");
    this.kept.set(id, paged);
    return id;
  }
}
