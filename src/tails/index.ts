export { type HillFit, hill } from "./hill.js";
export { compareTailLaws, compareWithExponential, type LawComparison, type TailComparison } from "./likelihood-ratio.js";
export { fitPowerLaw, type PowerLawFit, type PowerLawOptions, SMALLEST_VALUE } from "./power-law.js";
export { fitTailLaw, TAIL_LAWS, type TailLaw, type TailLawName } from "./tail-laws.js";
export { fitTruncatedPowerLaw, type TruncatedPowerLawFit } from "./truncated-power-law.js";
