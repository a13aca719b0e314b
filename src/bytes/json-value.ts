import type { ErrorLocation } from "./stored-bytes.js";

/**
 * JSON exactly as written: objects are Maps (so that "__proto__" is a key like any other), a repeated key is an error,
 * and a number keeps its literal (so that `4.0` differs from `4`, and 2^60 is not silently rounded).
 */
export type JsonValue = string | boolean | null | JsonNumber | JsonArray | JsonObject;
export type JsonArray = readonly JsonValue[];
export type JsonObject = ReadonlyMap<string, JsonValue>;

export class JsonNumber {
  constructor(readonly literal: string) {}

  get value(): number {
    return Number(this.literal);
  }

  /**
   * The number if it is written as an integer from 0 (no sign, fraction or exponent) and is exact in a double; else
   * undefined.
   */
  get whole(): number | undefined {
    const value = Number(this.literal);
    return /^\d+$/.test(this.literal) && value <= Number.MAX_SAFE_INTEGER ? value : undefined;
  }
}

export interface JsonLimits extends ErrorLocation {
  /** Deepest nesting of arrays and objects. */
  readonly maxDepth: number;
  /** Offset of the text in its file: errors count from the file's beginning. */
  readonly offset?: number;
}
