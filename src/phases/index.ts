export { alphaObjection } from "./alpha-validity.js";
export { classifyPhase, SMALLEST_TO_TELL } from "./classify.js";
export { type Diagnosis, diagnose, type StoredAs } from "./diagnose.js";
export { BORDER_ENSEMBLES, type BorderEnsemble, PHASE_ENSEMBLES, type PhaseEnsemble } from "./ensembles.js";
export { type PhaseFits, phaseEvidence } from "./evidence.js";
export { type LowerEnd, lowerEnd } from "./lower-end.js";
export { PHASES, type Phase, type PhaseDecision, type PhaseEvidence } from "./phase.js";
export { FIRST_QUESTION, QUESTIONS, type Question, type QuestionName, type Term } from "./rules.js";
