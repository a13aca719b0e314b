import type { Step } from "../../phases/phase.js";
import {
  COUNT,
  type Definition,
  EIGENVALUE,
  NUMBER,
  objectOf,
  oneOf,
  POSITIVE,
  SHARE,
  STRING,
  TEXT,
  type ValueSchema,
  WHOLE,
} from "./column.js";
import { PHASE_WORDS, PRECISION_WORDS, ROUTE_WORDS, VERDICT_WORDS } from "./words.js";

/** One question of `phase_path`: `Step` in phases/phase.ts. */
const STEP: ValueSchema = objectOf({
  question: STRING,
  statistic: STRING,
  value: { type: ["number", "null"] },
  error: { type: ["number", "null"] },
  threshold: NUMBER,
  probability: { type: "number", minimum: 0, maximum: 1 },
  answer: { enum: ["yes", "no"] },
} satisfies Record<keyof Step, ValueSchema>);

/** The phase with its reason, the verdict, and notes on the numbers. */
export const VERDICT = {
  phase: {
    definition:
      "Phase of training that the spectrum is in, of the 5+1 of Martin and Mahoney; 'undecided' if no phase " +
      "describes it; null if the layer failed or has fewer than 16 eigenvalues.",
    words: PHASE_WORDS,
    range: oneOf(PHASE_WORDS),
    source: "[MM19] table 4; [MM21]",
  },
  phase_confidence: {
    definition:
      "Probability that the phase is right, in [0, 1], checked on ensembles (docs/validation.md). For " +
      "'undecided', the probability that no phase fits.",
    range: SHARE,
    source: "eigenscope",
  },
  phase_evidence: {
    definition: "The statistics behind the phase.",
    range: "an object; each of its fields has its own entry",
    values: { $ref: "#/definitions/evidence" },
    source: "eigenscope",
  },
  phase_reason: { definition: "One sentence: why this phase, or why no phase.", range: TEXT, source: "eigenscope" },
  phase_path: {
    definition:
      "The questions that led to the phase, each with its statistic, value, error, threshold, probability and answer.",
    range: "a list of objects {question, statistic, value, error, threshold, probability, answer}",
    values: { type: "array", items: STEP },
    source: "eigenscope (docs/theory/phases.md)",
  },
  verdict: {
    definition: 'The verdict in plain words; "healthy" means only that no test failed.',
    words: VERDICT_WORDS,
    range: oneOf(VERDICT_WORDS),
    neverNull: true,
    source: "[WW]; eigenscope",
  },
  verdict_reason: { definition: "One sentence: why this verdict.", range: TEXT, neverNull: true, source: "eigenscope" },
  resolved_floor: {
    definition: "Eigenvalues at or below this are rounding noise.",
    formula:
      "M 2^-52 lambda_max by the Gram route, (M 2^-52)^2 lambda_max by the bidiagonal one; in mixed " +
      "precision min(N, 256) 2^-24 lambda_max, in f32 2 sqrt(M) 2^-24 lambda_max more",
    range: POSITIVE,
    unit: EIGENVALUE,
    source: "[GVL13] 8.1, 8.6",
  },
  unresolved: {
    definition: "Number of eigenvalues at or below resolved_floor.",
    formula: "#{lambda <= resolved_floor}",
    range: WHOLE,
    unit: COUNT,
    source: "eigenscope",
  },
  route: {
    definition:
      'How the eigenvalues were computed: "gram" (of W\'W), "bidiagonal" (of W itself), or "mixed"; ' +
      '"lanczos" if the matrix is too large for computing all of them and the row is approximate.',
    words: ROUTE_WORDS,
    range: "one of these words",
    source: "eigenscope",
  },
  precision: {
    definition:
      'The arithmetic that computed the eigenvalues: "f64", "mixed" (Gram matrix in f32, its sums and all ' +
      'else in f64) or "f32"; the least precise of a convolution\'s slices.',
    words: PRECISION_WORDS,
    range: "one of these words",
    source: "eigenscope",
  },
  notes: {
    definition: "Notes for reading the row.",
    range: "a list of texts",
    values: { type: "array", items: STRING },
    neverNull: true,
    source: "eigenscope",
  },
} as const satisfies Record<string, Definition>;
