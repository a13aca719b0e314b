import type { PickleMachine } from "./machine.js";

/** Integers with more bits than this are not sizes, offsets or seeds. */
const MAX_INTEGER_BYTES = 1024;

/**
 * Numbers beyond 32 bits are few and slow to read: a storage's size, a seed. Each counts like this many bytes of
 * memory.
 */
const LONG_INTEGER_BYTES = 400;

const UTF8 = /* @__PURE__ */ new TextDecoder("utf-8", { ignoreBOM: true });
const STRICT_UTF8 = /* @__PURE__ */ new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
const LATIN1 = /* @__PURE__ */ new TextDecoder("latin1");

/** An integer of any length in two's complement, little-endian. */
export function readLong(machine: PickleMachine, length: number): number | bigint {
  if (length > MAX_INTEGER_BYTES) machine.fail(`an integer of ${length} bytes`);
  const bytes = machine.bytes.bytes(length);
  machine.charge(LONG_INTEGER_BYTES + length);
  // Built from its digits: shifting in one byte after another would be quadratic in the length.
  let value = BigInt(
    `0x0${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
      .reverse()
      .join("")}`,
  );
  if (length > 0 && bytes[length - 1] >= 0x80) value -= 1n << BigInt(8 * length);
  return narrow(value);
}

/** An integer as text: "12", "12L" (Python 2), "00" and "01" for the booleans of protocol 1. */
export function readDecimal(machine: PickleMachine, line: string): number | bigint | boolean {
  if (line === "00" || line === "01") return line === "01";
  const digits = /^\s*([+-]?\d+)L?\s*$/.exec(line)?.[1];
  return digits === undefined ? machine.fail("a line is not an integer") : narrow(BigInt(digits));
}

export function readFloat(machine: PickleMachine, line: string): number {
  const text = line.trim();
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  const named = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (named === null) return machine.fail("a line is not a number");
  if (named[2].toLowerCase() === "nan") return Number.NaN;
  return named[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Text that is declared to be UTF-8. Python also writes lone surrogates, which become replacement characters. */
export function readText(machine: PickleMachine, length: number): string {
  const bytes = machine.bytes.bytes(length);
  chargeText(machine, length);
  return UTF8.decode(bytes);
}

/** A Python 2 string: as UTF-8 if it is valid, else one character per byte. */
export function readByteString(machine: PickleMachine, length: number): string {
  const bytes = machine.bytes.bytes(length);
  chargeText(machine, length);
  try {
    return STRICT_UTF8.decode(bytes);
  } catch {
    return LATIN1.decode(bytes);
  }
}

/** A string with Python 2's quoting. Escapes other than backslash and quotes are kept as written: names have none. */
export function readQuoted(machine: PickleMachine, line: string): string {
  const inner = /^(['"])(.*)\1$/s.exec(line.trim())?.[2];
  return inner === undefined ? machine.fail("a line is not a quoted string") : inner.replace(/\\([\\'"])/g, "$1");
}

/** Text in "raw-unicode-escape": Latin-1 with \uXXXX and \UXXXXXXXX. */
export function readRawUnicode(line: string): string {
  return line.replace(
    /\\u([0-9a-fA-F]{4})|\\U(00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4})/g,
    (_, short?: string, long?: string) => String.fromCodePoint(Number.parseInt(short ?? long ?? "", 16)),
  );
}

function chargeText(machine: PickleMachine, length: number): void {
  machine.chargeObject();
  machine.charge(2 * length);
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
