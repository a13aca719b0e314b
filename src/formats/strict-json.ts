import { FormatError } from "./errors.js";
import type { Whereabouts } from "./stored-bytes.js";

/**
 * JSON as it is written, not as JavaScript would like it: objects are Maps (so that "__proto__" is a key like any other), a repeated key is an
 * error, and a number keeps its literal (so that `4.0` can be told from `4`, and 2^60 is not silently rounded).
 */
export type JsonValue = string | boolean | null | JsonNumber | JsonArray | JsonObject;
export type JsonArray = readonly JsonValue[];
export type JsonObject = ReadonlyMap<string, JsonValue>;

export class JsonNumber {
  constructor(readonly literal: string) {}

  get value(): number {
    return Number(this.literal);
  }

  /** The number where it is written as a whole number from 0 (no sign, fraction or exponent) and is exact in a double; else undefined. */
  get whole(): number | undefined {
    const value = Number(this.literal);
    return /^\d+$/.test(this.literal) && value <= Number.MAX_SAFE_INTEGER ? value : undefined;
  }
}

export interface JsonLimits extends Whereabouts {
  /** Deepest nesting of arrays and objects. */
  readonly maxDepth: number;
  /** Offset of the text in its file: errors count from the file's beginning. */
  readonly offset?: number;
}

/** Parses a whole JSON text. Throws `FormatError` of kind "malformed" with the offset of the fault. */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): JsonValue {
  const reader = new JsonReader(decodeUtf8(bytes, limits), limits);
  const value = reader.value(0);
  reader.end();
  return value;
}

/**
 * Reads a JSON object entry by entry, keeping none of them: a directory of a million tensors costs one entry's memory at a time.
 * Repeated keys are the caller's to refuse; it has the Map that knows them. Only spaces may follow the object.
 */
export function forEachJsonEntry(bytes: Uint8Array, limits: JsonLimits, visit: (key: string, value: JsonValue) => void): void {
  const reader = new JsonReader(decodeUtf8(bytes, limits), limits);
  reader.entries(0, visit);
  reader.end(" ");
}

function decodeUtf8(bytes: Uint8Array, { maxDepth: _, offset, ...where }: JsonLimits): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError("the JSON text is not valid UTF-8", { ...where, kind: "malformed", offset, cause });
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const PLAIN_STRING_END = 0x22;
const BACKSLASH = 0x5c;

class JsonReader {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly limits: JsonLimits,
  ) {}

  value(depth: number): JsonValue {
    this.skipWhite();
    const next = this.text[this.at];
    if (next === "{") {
      const entries = new Map<string, JsonValue>();
      this.entries(depth, (key, value) => {
        if (entries.has(key)) this.fail(`the key ${JSON.stringify(key)} stands twice in one object`);
        entries.set(key, value);
      });
      return entries;
    }
    if (next === "[") return this.array(depth);
    if (next === '"') return this.string();
    if (next === "t") return this.word("true", true);
    if (next === "f") return this.word("false", false);
    if (next === "n") return this.word("null", null);
    return this.number();
  }

  entries(depth: number, visit: (key: string, value: JsonValue) => void): void {
    this.open("{", depth);
    this.skipWhite();
    if (this.text[this.at] === "}") {
      this.at++;
      return;
    }
    for (;;) {
      this.skipWhite();
      if (this.text[this.at] !== '"') this.fail("a key in double quotes was expected");
      const key = this.string();
      this.skipWhite();
      if (this.text[this.at] !== ":") this.fail('":" was expected after a key');
      this.at++;
      visit(key, this.value(depth + 1));
      if (this.closes("}")) return;
    }
  }

  /** Nothing but `allowed` (default: JSON white space) may stand between here and the end. */
  end(allowed?: string): void {
    if (allowed === undefined) this.skipWhite();
    else while (this.text[this.at] === allowed) this.at++;
    if (this.at !== this.text.length) this.fail("bytes follow the end of the JSON text");
  }

  private array(depth: number): JsonArray {
    this.open("[", depth);
    const items: JsonValue[] = [];
    this.skipWhite();
    if (this.text[this.at] === "]") {
      this.at++;
      return items;
    }
    for (;;) {
      items.push(this.value(depth + 1));
      if (this.closes("]")) return items;
    }
  }

  private word<T>(word: string, meaning: T): T {
    if (!this.text.startsWith(word, this.at)) this.fail("a JSON value was expected");
    this.at += word.length;
    return meaning;
  }

  private string(): string {
    const start = ++this.at;
    let escaped = false;
    for (; ; this.at++) {
      const code = this.text.charCodeAt(this.at);
      if (code === PLAIN_STRING_END) break;
      if (Number.isNaN(code)) this.fail("a string is not closed");
      if (code < 0x20) this.fail("a control character stands in a string");
      if (code === BACKSLASH) {
        escaped = true;
        this.at++;
        if (this.at >= this.text.length) this.fail("a string is not closed");
      }
    }
    const raw = this.text.slice(start, this.at++);
    return escaped ? this.unescape(raw) : raw;
  }

  private unescape(raw: string): string {
    let text = "";
    try {
      text = JSON.parse(`"${raw}"`);
    } catch {
      this.fail("a string holds an escape that JSON does not know");
    }
    if (/\p{Surrogate}/u.test(text)) this.fail("a string holds half of a surrogate pair");
    return text;
  }

  private number(): JsonNumber {
    NUMBER.lastIndex = this.at;
    const literal = NUMBER.exec(this.text)?.[0];
    if (literal === undefined) this.fail(this.at >= this.text.length ? "the JSON text ends too early" : "a JSON value was expected");
    this.at += literal.length;
    return new JsonNumber(literal);
  }

  private open(bracket: "{" | "[", depth: number): void {
    this.skipWhite();
    if (this.text[this.at] !== bracket) this.fail(`"${bracket}" was expected`);
    if (depth >= this.limits.maxDepth) this.fail(`nested deeper than ${this.limits.maxDepth}`);
    this.at++;
  }

  private closes(bracket: "}" | "]"): boolean {
    this.skipWhite();
    const next = this.text[this.at];
    if (next !== "," && next !== bracket) this.fail(`"," or "${bracket}" was expected`);
    this.at++;
    return next === bracket;
  }

  private skipWhite(): void {
    for (; ; this.at++) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  }

  private fail(reason: string): never {
    const { maxDepth: _, offset = 0, ...where } = this.limits;
    // Errors count bytes; the text counts UTF-16 units.
    const bytesBefore = new TextEncoder().encode(this.text.slice(0, this.at)).length;
    throw new FormatError(`not valid JSON here: ${reason}`, { ...where, kind: "malformed", offset: offset + bytesBefore });
  }
}
