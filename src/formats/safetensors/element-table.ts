import { ELEMENT_TYPES } from "../element-types.js";

/**
 * Bits of every element type that the format names. Those without a decoder (4 and 6 bits, complex) are listed
 * and skipped.
 */
export const STORED_BITS: ReadonlyMap<string, number> = new Map([
  ...[...ELEMENT_TYPES].map(([name, type]) => [name, type.bytes * 8] as const),
  ["F4", 4],
  ["F6_E2M3", 6],
  ["F6_E3M2", 6],
  ["C64", 64],
]);
