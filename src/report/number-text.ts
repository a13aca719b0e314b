/** Printed for a number that is not available. */
export const NOT_AVAILABLE = "n/a";

/** Outside this range, numbers are printed with a power of ten. */
const MAX_PLAIN = 1e6;
const MIN_PLAIN = 1e-3;

/**
 * A number as text to `digits` significant digits; the integer part is printed in full: 0.0456, 3.45, 225, 12345,
 * 1.23e-5. Whole numbers are printed in full, null as "n/a".
 */
export function numberText(value: number | null, digits = 3): string {
  if (value === null || !Number.isFinite(value)) return NOT_AVAILABLE;
  return Number.isInteger(value) && Math.abs(value) < MAX_PLAIN ? String(value) : decimalText(value, digits);
}

function decimalText(value: number, digits: number): string {
  const rounded = Math.abs(Number(value.toPrecision(digits)));
  if (rounded >= MAX_PLAIN || rounded < MIN_PLAIN) return value.toExponential(digits - 1).replace("e+", "e");
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(rounded)));
  return value.toFixed(decimals);
}

/** A value with its standard error, both with the same decimals: 3.45±0.12. */
export function plusMinus(value: number, error: number | null, separator = ""): string {
  const text = decimalText(value, 3);
  if (error === null || !Number.isFinite(error)) return text;
  const decimals = text.includes("e") ? 1 : (text.split(".")[1]?.length ?? 0);
  return `${text}${separator}±${separator}${error.toFixed(decimals)}`;
}

/** A count with groups of three digits: 2,272,458. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "1 layer", "3 layers". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

/** A file size: 812 B, 4.2 kB, 1.3 GB (decimal units). */
export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return power === 0 ? `${bytes} B` : `${numberText(bytes / 1000 ** power)} ${units[power]}`;
}

/** The sides of a tensor: 4096x384, or "scalar". */
export function shapeText(shape: readonly number[], sign = "x"): string {
  return shape.length === 0 ? "scalar" : shape.join(sign);
}
