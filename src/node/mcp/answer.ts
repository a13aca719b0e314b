import { jsonText, printableSentence } from "../../report/text-parts.js";
import { Refusal } from "../serve/refusal.js";
import { MAX_ANSWER_BYTES, MAX_LIST_LENGTH, MAX_TEXT_LENGTH } from "./limits.js";

/**
 * Characters that a reader does not see, but a model reads: controls, marks of direction, joiners, tags, selectors of
 * variants, private use, and halves of pairs. With them a name could say something else than it shows.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}]|\p{Variation_Selector}/gu;

/** A text from a file, as an agent may read it: one line, nothing unseen, and no longer than the limit. */
export function safeText(text: string): string {
  const clean = printableSentence(text.replace(UNSEEN, "\ufffd"));
  return clean.length <= MAX_TEXT_LENGTH ? clean : `${clean.slice(0, MAX_TEXT_LENGTH - 3)}...`;
}

/** A value as it may be sent: texts are safe, numbers finite, and lists short. A number that is not finite is null. */
export function safeValue(value: unknown): unknown {
  if (typeof value === "string") return safeText(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (Array.isArray(value)) return value.slice(0, MAX_LIST_LENGTH).map(safeValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, safeValue(inner)]));
}

/** The bytes of a value as JSON. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(jsonText(value));
}

/** Throws a `Refusal` for an answer that is too large to send. */
export function assertAnswerSize(text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_ANSWER_BYTES) return;
  throw new Refusal(500, `The answer has ${bytes} bytes; at most ${MAX_ANSWER_BYTES} are sent. Ask for fewer rows.`);
}

/** A number with five digits, enough to compare by. */
export function rounded(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value.toPrecision(5));
}
