import { FormatError } from "./errors.js";
import { type JsonLimits, JsonNumber, type JsonValue } from "./json-value.js";
import type { Pace, Steps } from "./pace.js";

/** Bytes of the white space of JSON. */
export const [SPACE, TAB, LINE_FEED, RETURN] = [0x20, 0x09, 0x0a, 0x0d];
const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];
const [MINUS, PLUS, POINT, ZERO, NINE] = [0x2d, 0x2b, 0x2e, 0x30, 0x39];
const WORDS = new Map<number, readonly [word: string, meaning: boolean | null]>([
  [0x74, ["true", true]],
  [0x66, ["false", false]],
  [0x6e, ["null", null]],
]);

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/**
 * The largest number of characters passed to a function as arguments; for the short names of headers this is cheaper
 * than a decoder.
 */
const MAX_SHORT = 256;

/** Bytes that are read in one step, and steps to make a value. */
const BYTES_PER_STEP = 16;
const VALUE_STEPS = 2;

/** An array or object whose end was not read yet, and the key of its next value. */
interface OpenValue {
  readonly items?: JsonValue[];
  readonly entries?: Map<string, JsonValue>;
  /** Instead of `entries`: the outermost object, which is not kept. */
  readonly visit?: (key: string, value: JsonValue) => void;
  key: string;
}

/** Reads from the bytes themselves: a header of 100 MB is not copied, and an error's offset is exact. */
export class JsonReader {
  private at = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly limits: JsonLimits,
    private readonly pace: Pace,
  ) {}

  /**
   * Reads a value; if `visit` is given, an object whose entries are passed to it. Nested values are kept on an explicit
   * stack.
   */
  *value(visit?: OpenValue["visit"]): Steps<JsonValue> {
    const open: OpenValue[] = [];
    if (visit !== undefined) {
      this.open(OPEN_OBJECT, 0);
      if (this.isEmpty(CLOSE_OBJECT)) return null;
      open.push({ visit, key: this.key() });
    }
    let reported = 0;
    for (;;) {
      if (this.pace.spend(VALUE_STEPS + Math.floor((this.at - reported) / BYTES_PER_STEP))) yield;
      reported = this.at;
      this.skipWhite();
      let value: JsonValue;
      const next = this.bytes[this.at];
      if (next === OPEN_OBJECT || next === OPEN_ARRAY) {
        this.open(next, open.length);
        const isObject = next === OPEN_OBJECT;
        const made: OpenValue = isObject ? { entries: new Map(), key: "" } : { items: [], key: "" };
        if (!this.isEmpty(isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) {
          if (isObject) made.key = this.key();
          open.push(made);
          continue;
        }
        value = (made.entries ?? made.items) as JsonValue;
      } else value = this.scalar(next);
      // The value may end its array or object, which may end the one around it, and so on.
      for (;;) {
        const around = open[open.length - 1];
        if (around === undefined) return value;
        this.put(around, value);
        if (!this.closes(around.items === undefined ? CLOSE_OBJECT : CLOSE_ARRAY)) {
          if (around.items === undefined) around.key = this.key();
          break;
        }
        open.pop();
        value = (around.entries ?? around.items ?? null) as JsonValue;
      }
    }
  }

  private put({ items, entries, visit, key }: OpenValue, value: JsonValue): void {
    if (items !== undefined) items.push(value);
    else if (visit !== undefined) visit(key, value);
    else {
      if (entries!.has(key)) this.fail(`the key ${JSON.stringify(key)} occurs twice in one object`);
      entries!.set(key, value);
    }
  }

  private scalar(next: number): JsonValue {
    if (next === QUOTE) return this.string();
    const word = WORDS.get(next);
    return word === undefined ? this.number() : this.word(...word);
  }

  /** A key and the colon after it. */
  private key(): string {
    this.skipWhite();
    if (this.bytes[this.at] !== QUOTE) this.fail("expected a key in double quotes");
    const key = this.string();
    this.skipWhite();
    if (this.bytes[this.at] !== COLON) this.fail('expected ":" after a key');
    this.at++;
    return key;
  }

  /** Whether the array or object that was just opened is empty. */
  private isEmpty(bracket: number): boolean {
    this.skipWhite();
    if (this.bytes[this.at] !== bracket) return false;
    this.at++;
    return true;
  }

  /** Nothing but `allowed` (default: JSON white space) may occur from here to the end. */
  end(allowed?: number): void {
    if (allowed === undefined) this.skipWhite();
    else while (this.bytes[this.at] === allowed) this.at++;
    if (this.at !== this.bytes.length) this.fail("bytes follow the end of the JSON text");
  }

  private word<T>(word: string, meaning: T): T {
    for (let k = 0; k < word.length; k++) {
      if (this.bytes[this.at + k] !== word.charCodeAt(k)) this.fail("expected a JSON value");
    }
    this.at += word.length;
    return meaning;
  }

  private string(): string {
    const start = ++this.at;
    let escaped = false;
    for (; ; this.at++) {
      const byte = this.bytes[this.at];
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) {
        escaped = true;
        this.at++;
      }
      if (this.at >= this.bytes.length) this.fail("a string is not closed");
      if (byte < SPACE) this.fail("a control character occurs in a string");
    }
    const raw = this.text(start, this.at++);
    return escaped ? this.unescape(raw) : raw;
  }

  private unescape(raw: string): string {
    let text = "";
    try {
      text = JSON.parse(`"${raw}"`);
    } catch {
      this.fail("a string holds an escape that JSON does not define");
    }
    if (/\p{Surrogate}/u.test(text)) this.fail("a string holds half of a surrogate pair");
    return text;
  }

  /** -?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)? */
  private number(): JsonNumber {
    const start = this.at;
    if (this.bytes[this.at] === MINUS) this.at++;
    if (this.bytes[this.at] === ZERO) this.at++;
    else this.digits(start);
    if (this.bytes[this.at] === POINT) {
      this.at++;
      this.digits(start);
    }
    if ((this.bytes[this.at] | 0x20) === 0x65) {
      this.at++;
      if (this.bytes[this.at] === PLUS || this.bytes[this.at] === MINUS) this.at++;
      this.digits(start);
    }
    return new JsonNumber(this.text(start, this.at));
  }

  private digits(start: number): void {
    const first = this.at;
    while (this.bytes[this.at] >= ZERO && this.bytes[this.at] <= NINE) this.at++;
    if (this.at > first) return;
    if (this.at >= this.bytes.length) this.fail("the JSON text ends too early");
    this.at = start;
    this.fail("expected a JSON value");
  }

  private text(from: number, to: number): string {
    let plain = to - from <= MAX_SHORT;
    for (let at = from; plain && at < to; at++) plain = this.bytes[at] < 0x80;
    const bytes = this.bytes.subarray(from, to);
    if (plain) return String.fromCharCode.apply(null, bytes as unknown as number[]);
    try {
      return utf8.decode(bytes);
    } catch (cause) {
      const { maxDepth: _, offset = 0, ...where } = this.limits;
      throw new FormatError("the JSON text is not valid UTF-8", {
        ...where,
        kind: "malformed",
        offset: offset + from,
        cause,
      });
    }
  }

  private open(bracket: number, depth: number): void {
    this.skipWhite();
    if (this.bytes[this.at] !== bracket) this.fail(`expected "${String.fromCharCode(bracket)}"`);
    if (depth >= this.limits.maxDepth) this.fail(`nested deeper than ${this.limits.maxDepth}`);
    this.at++;
  }

  private closes(bracket: number): boolean {
    this.skipWhite();
    const next = this.bytes[this.at];
    if (next !== COMMA && next !== bracket) this.fail(`expected "," or "${String.fromCharCode(bracket)}"`);
    this.at++;
    return next === bracket;
  }

  private skipWhite(): void {
    for (; ; this.at++) {
      const byte = this.bytes[this.at];
      if (byte !== SPACE && byte !== LINE_FEED && byte !== RETURN && byte !== TAB) return;
    }
  }

  private fail(reason: string): never {
    const { maxDepth: _, offset = 0, ...where } = this.limits;
    const at = Math.min(this.at, this.bytes.length);
    throw new FormatError(`not valid JSON here: ${reason}`, { ...where, kind: "malformed", offset: offset + at });
  }
}
