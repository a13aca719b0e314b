/** Outside 10^-4 to 10^16, Python writes a float with a power of ten. */
const MIN_PLAIN = 1e-4;
const MAX_PLAIN = 1e16;

/**
 * A number as Python's `json.dump` writes a float: the shortest digits that give it back, "1.0" for a whole number,
 * "1e-05" and "1e+16" outside the plain range, "Infinity" and "NaN" for what JSON does not have.
 */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const size = Math.abs(value);
  if (size >= MIN_PLAIN && size < MAX_PLAIN) {
    const text = String(value);
    return text.includes(".") ? text : `${text}.0`;
  }
  const [digits, exponent] = value.toExponential().split("e");
  return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}
