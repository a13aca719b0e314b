import type { TensorHints, WeightFile } from "../tensor.js";
import type { QuantisationConfig } from "./config.js";
import type { Part, Parts } from "./part.js";
import type { DecodedRows } from "./row-stream.js";

/** A weight that a scheme stores in several parts. */
export interface StoredWeight {
  /** The weight's name without the scheme: "x.weight". */
  readonly name: string;
  /** The codes, then the scales and other parts. */
  readonly parts: readonly Part[];
  readonly reading: WeightReading | Refusal;
}

export interface WeightReading {
  readonly shape: readonly number[];
  /** "GPTQ-4bit"; for scaled floats the dtype of the codes. */
  readonly dtype: string;
  readonly hints?: TensorHints | undefined;
  readonly rows: DecodedRows;
}

/** Why a weight of this scheme is not dequantised. */
export interface Refusal {
  readonly reason: string;
}

/** A published way to store weights as small codes with scales. */
export interface Scheme {
  /** In words, for messages. */
  readonly name: string;
  /**
   * Every weight stored in this scheme, found by the names, types and shapes of its parts. Reads only small parts that
   * are needed to decide (a format flag, a quantisation state).
   */
  find(parts: Parts, context: SchemeContext): Promise<readonly StoredWeight[]>;
}

export interface SchemeContext {
  /** Reads config.json beside the weights, once. */
  config(): Promise<QuantisationConfig | undefined>;
  /** The file's own texts: torchao writes the classes of its tensors there. */
  readonly metadata: WeightFile["metadata"];
  readonly signal?: AbortSignal | undefined;
}

/** The parts whose names end in `suffix`, with the text before it. */
export function* endingIn(parts: Parts, suffix: string): Generator<readonly [stem: string, part: Part]> {
  for (const [name, part] of parts) if (name.endsWith(suffix)) yield [name.slice(0, -suffix.length), part];
}

/** The existing parts among these names. */
export function present(parts: Parts, ...names: readonly string[]): Part[] {
  return names.flatMap((name) => parts.get(name) ?? []);
}
