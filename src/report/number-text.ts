/** What stands where a number is not available. */
export const NOT_AVAILABLE = "n/a";

/** Beyond these, plain decimals say less than a power of ten. */
const LARGEST_PLAIN = 1e6;
const SMALLEST_PLAIN = 1e-3;

/**
 * A number for reading, to `digits` significant digits but never cutting a whole part: 0.0456, 3.45, 225, 12345,
 * 1.23e-5; a whole number as it is, and "n/a" for null.
 */
export function numberText(value: number | null, digits = 3): string {
  if (value === null || !Number.isFinite(value)) return NOT_AVAILABLE;
  return Number.isInteger(value) && Math.abs(value) < LARGEST_PLAIN ? String(value) : decimalText(value, digits);
}

function decimalText(value: number, digits: number): string {
  const rounded = Math.abs(Number(value.toPrecision(digits)));
  if (rounded >= LARGEST_PLAIN || rounded < SMALLEST_PLAIN) return value.toExponential(digits - 1).replace("e+", "e");
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(rounded)));
  return value.toFixed(decimals);
}

/** alpha with its standard error, the error to the digits that alpha has: 3.45±0.12. */
export function plusMinus(value: number, error: number | null, separator = ""): string {
  const text = decimalText(value, 3);
  if (error === null || !Number.isFinite(error)) return text;
  const decimals = text.includes("e") ? 1 : (text.split(".")[1]?.length ?? 0);
  return `${text}${separator}±${separator}${error.toFixed(decimals)}`;
}

/** A count with thin grouping for reading: 2,272,458. */
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
