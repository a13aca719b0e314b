import type { LayerRecord } from "../../analysis/report.js";
import type { PhaseEvidence } from "../../phases/phase.js";
import { NOT_AVAILABLE, numberText } from "../number-text.js";
import { printableSentence } from "../printable-sentence.js";

/** The type of a field of a layer or of its evidence. */
export type FieldValue = LayerRecord[keyof LayerRecord] | PhaseEvidence[keyof PhaseEvidence];

/**
 * A field's value as text, whatever its type. Numbers have `digits` significant digits. In texts, control characters
 * are replaced. Lists are joined by commas; objects are JSON. "n/a" only for null, undefined, an empty text and an
 * empty list.
 */
export function valueText(value: FieldValue, digits = 3): string {
  if (value === null || value === undefined || typeof value === "number") return numberText(value ?? null, digits);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return value === "" ? NOT_AVAILABLE : printableSentence(value);
  if (isList(value))
    return value.length === 0 ? NOT_AVAILABLE : value.map((part) => valueText(part, digits)).join(", ");
  return printableSentence(JSON.stringify(value));
}

/** `Array.isArray` does not narrow a readonly array. */
function isList(value: object): value is readonly (string | number)[] {
  return Array.isArray(value);
}
