import { countText } from "../number-text.js";

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
/** Values from 10^from to 10^to are written as plain decimals. */
const PLAIN_POWERS = { from: -3, to: 4 };
/** On a linear axis, whole numbers below this are written in full: 24,000 steps. */
const MAX_WHOLE = 1e7;
/** Digits that distinguish the ticks of an axis that shows a tiny part of a large number. */
const MAX_DIGITS = 8;

/** The texts of an axis' ticks, with as many digits as distinguish them. */
export function tickTexts(kind: "linear" | "log", values: readonly number[]): string[] {
  if (kind === "log" && values.every((value) => Number(value.toPrecision(1)) === value))
    return values.map((value) => tickText(value, 1));
  if (kind === "linear" && values.every((value) => Number.isInteger(value) && Math.abs(value) < MAX_WHOLE))
    return values.map((value) => (value < 0 ? "−" : "") + countText(Math.abs(value)));
  const step = values.length < 2 ? 1 : Math.abs(values[1] - values[0]);
  const largest = Math.max(...values.map(Math.abs));
  const needed = largest === 0 ? 1 : Math.floor(Math.log10(largest) + 1e-9) - Math.floor(Math.log10(step) + 1e-9) + 1;
  // A step of 0.25 has one digit more than its power of ten.
  return values.map((value) => tickText(value, Math.min(MAX_DIGITS, Math.max(3, needed + 1))));
}

/** Examples: 0.01, 1, 500; outside the plain range 10⁻⁵, 2·10⁶. No trailing zeros. */
export function tickText(tick: number, digits: number): string {
  if (tick === 0) return "0";
  const power = Math.floor(Math.log10(Math.abs(tick)) + 1e-9);
  const sign = tick < 0 ? "−" : "";
  const size = Math.abs(tick);
  if (power >= PLAIN_POWERS.from && power < PLAIN_POWERS.to) return `${sign}${Number(size.toPrecision(digits))}`;
  const step = Number((size / 10 ** power).toPrecision(digits));
  const exponent = String(Math.abs(power)).replace(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)]);
  return `${sign}${step === 1 ? "" : `${step}·`}10${power < 0 ? "⁻" : ""}${exponent}`;
}
