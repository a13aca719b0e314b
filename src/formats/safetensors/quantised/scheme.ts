import type { TensorHints } from "../../tensor.js";
import type { QuantisationConfig } from "./config.js";
import type { Part, Parts } from "./part.js";
import type { DecodedRows } from "./row-stream.js";

/** A weight that a scheme stores in several parts. */
export interface StoredWeight {
  /** What the weight is called without the scheme: "x.weight". */
  readonly name: string;
  /** The codes, then the scales and what else belongs to them. */
  readonly parts: readonly Part[];
  readonly reading: WeightReading | Refusal;
}

export interface WeightReading {
  readonly shape: readonly number[];
  /** "GPTQ-4bit"; for scaled floats that of the codes. */
  readonly dtype: string;
  readonly hints?: TensorHints;
  readonly rows: DecodedRows;
}

/** Why a weight of this scheme is not dequantised. */
export interface Refusal {
  readonly reason: string;
}

/** A published way of storing weights as small codes with scales. */
export interface Scheme {
  /** In words, for messages. */
  readonly name: string;
  /** How the names of parts end that give the scheme away. */
  readonly signs: readonly string[];
  /**
   * Every weight that is stored so, by the names of its parts. Reads only what is small and needed to tell (a format
   * flag, a quantisation state).
   */
  find(parts: Parts, context: SchemeContext): Promise<readonly StoredWeight[]>;
}

export interface SchemeContext {
  /** Reads config.json beside the weights, once. */
  config(): Promise<QuantisationConfig | undefined>;
  readonly signal?: AbortSignal;
}

/** The parts whose names end in `suffix`, with what stands before it. */
export function* endingIn(parts: Parts, suffix: string): Generator<readonly [stem: string, part: Part]> {
  for (const [name, part] of parts) if (name.endsWith(suffix)) yield [name.slice(0, -suffix.length), part];
}

/** The parts of these names that are there. */
export function present(parts: Parts, ...names: readonly string[]): Part[] {
  return names.flatMap((name) => parts.get(name) ?? []);
}
