/**
 * What texts for a terminal are made of, for the rooms after this one: layout, numbers in words, names of phases in
 * colour, and sentences without control characters. It is light: every command loads it.
 */
export { jsonText } from "./json-text.js";
export { NOT_AVAILABLE, numberText, plural, plusMinus } from "./number-text.js";
export { type Painter, painter, paintPhase } from "./paint-phase.js";
export { phaseLabelOf } from "./phase-style.js";
export { printableSentence } from "./printable-sentence.js";
export { renderNothingAnalysed } from "./skipped-reasons.js";
export { cut, pad, shortenNames, textWidth, widest, wrap } from "./text-layout.js";
