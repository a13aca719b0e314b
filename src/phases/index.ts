export { PHASES, type Phase, type PhaseDecision, type PhaseEvidence } from "./phase.js";
