import { elements, lastName, moduleOf } from "./companions.js";
import type { Rule } from "./reading.js";
import { nameParts } from "./tensor-name.js";

/**
 * Skips what belongs to a quantised weight: its parts if it is read dequantised, all of it if its scheme was refused,
 * and codes of 8 bits for which no scheme was found. Packed codes must never be read as weights, nor scales as a
 * matrix.
 */
export const refuseQuantised: Rule = ({ quantised, floating, storedBits, dtype, hints }) => {
  if (hints?.partOf !== undefined) return { reason: `belongs to ${hints.partOf}, which is read dequantised` };
  if (hints?.refusal !== undefined) return { reason: hints.refusal };
  return !quantised && floating && storedBits <= 8
    ? { reason: `floats of 8 bits (${dtype}) without known scales: such codes are never analysed as stored` }
    : undefined;
};

/** Names that schemes give to what they store beside codes, as whole words at the end of a member's own name. */
const COMPANION = new RegExp(
  `(^|[^a-z])(${[
    "[a-z]?scales?(_inv|_2|_and_zeros?)?|scaling(_factors?)?|[a-z]?zeros?|zero_points?|zp|absmax",
    "quant_map|code_?books?|centroids|tables2?|lookup_table|lut|bit_?mask|indices|g_idx",
  ].join("|")})$`,
  "i",
);
/**
 * Skips matrices of a module whose weight is stored as codes that no scheme took: tables, scales and zero points have
 * many names, and no matrix beside packed codes is a weight for certain. A graph that shows a product by the matrix
 * decides otherwise.
 */
export const refuseBesideCodes: Rule = (tensor, { companions, format, nameIsFile }) => {
  const { name, quantised, hints, shape } = tensor;
  // GGUF's roles are read off names and shapes.
  const inGraph = hints?.role !== undefined && format !== "gguf";
  if (quantised || nameIsFile === true || inGraph) return undefined;
  const { leaf } = nameParts(name);
  if (COMPANION.test(lastName(leaf)))
    return { reason: "scales, zero points or a table of codes by its name, not a weight matrix" };
  const beside = companions?.get(moduleOf(name, format ?? ""));
  if (beside === undefined) return undefined;
  // A list that is no longer than the matrix is an index of its rows or columns.
  const flat = beside.flat !== undefined && elements(beside.flat) > Math.max(...shape) ? beside.flat : undefined;
  const codes = beside.codes ?? flat;
  if (codes !== undefined)
    return {
      reason: `stored beside ${codes.name} (${codes.dtype}), codes of a scheme that this version does not know`,
    };
  return beside.ofCodes === undefined || !/^weight$|kernel/.test(lastName(leaf))
    ? undefined
    : { reason: `stored beside ${beside.ofCodes.name}: its values may be codes of an unknown scheme` };
};
