export { compareWithExponential, type LawComparison } from "./exponential-comparison.js";
export { type HillFit, hill } from "./hill.js";
export { fitPowerLaw, type PowerLawFit, SMALLEST_VALUE } from "./power-law.js";
