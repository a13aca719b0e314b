/** The answer to "is it all right?", read off the weights alone. */
export const MODEL_VERDICTS = [
  "cannot-work",
  "looks-random",
  "worth-a-look",
  "no-look-needed",
  "nothing-known",
] as const;
export type ModelVerdict = (typeof MODEL_VERDICTS)[number];

/** What a finding is about, worst first. */
export const FINDING_KINDS = [
  "not-finite",
  "no-spectrum",
  "rank-collapse",
  "correlation-trap",
  "unknown-scale",
  "alpha-below-2",
  "not-trained",
  "random-like",
  "alpha-above-6",
  "out-of-line",
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/**
 * How bad: "error": the model cannot work; "warning": the layer is worth a look; "note": good to know, often harmless.
 */
export const SEVERITIES = ["error", "warning", "note"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One thing that stands out in one layer. */
export interface Finding {
  /** The layer's full name (`longname`). */
  readonly layer: string;
  /** Its short name, for sentences. */
  readonly name: string;
  readonly kind: FindingKind;
  readonly severity: Severity;
  /** The probability that it is so, 0 to 1: 1 for a plain fact, null where none can be given. */
  readonly certainty: number | null;
  /** What was found, with its numbers: one sentence. */
  readonly what: string;
  /** What it may mean, and what to look at: one or two sentences. */
  readonly advice: string;
}
