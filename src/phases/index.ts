/**
 * The 5+1 phases of [MM19]: the fits of one spectrum, the statistics read off them, the questions that decide, and the
 * sentence that says why.
 *
 * @module phases
 */

export { type ClassifyOptions, classifyPhase, MIN_SIZE } from "./classify.js";
export { type Diagnosis, diagnose, type StoredAs } from "./diagnose.js";
export { type PhaseFits, phaseEvidence } from "./evidence.js";
export { type Decided, explainPhase } from "./explain.js";
export { entryObjection, type LiveShape, liveShape } from "./live-shape.js";
export type { LiveSpectrum } from "./live-spectrum.js";
export type { LowerEnd } from "./lower-end.js";
export {
  PHASE_NAMES,
  PHASES,
  type Phase,
  type PhaseDecision,
  type PhaseEvidence,
  type PhaseName,
  type Step,
} from "./phase.js";
export { QUESTIONS, type Question, type QuestionName } from "./questions.js";
export type { SpectralJump } from "./spectral-jump.js";
