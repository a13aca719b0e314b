import { deriveSeed } from "../../numeric/index.js";

/** Separates the seeds of the dropout from those of the initial weights, which are numbered by layer. */
const DROPOUT_STREAM = 2 ** 32 - 1;

/**
 * Which values a step drops. The decision on value i of layer l in step s is a hash of (seed, s, l, i). It depends on
 * no earlier step, so a resumed training needs only the number of the step.
 */
export interface DropoutPattern {
  /** Value i is kept if `mix(key + i 0x9e3779b9)` is at least `threshold` (both unsigned 32-bit). */
  readonly key: number;
  readonly threshold: number;
  /** 1/(1 - rate): inverted dropout, so that an evaluation needs no scaling. */
  readonly scale: number;
}

export interface DropoutStep {
  readonly seed: number;
  readonly step: number;
  readonly layer: number;
  readonly rate: number;
}

export function dropoutPattern({ seed, step, layer, rate }: DropoutStep): DropoutPattern {
  const key = deriveSeed(deriveSeed(deriveSeed(seed, DROPOUT_STREAM), step), layer);
  return { key, threshold: Math.floor(rate * 2 ** 32), scale: 1 / (1 - rate) };
}

/**
 * Whether value `index` is kept. kernels/lab/elementwise.ts decides in the same way. The hash is the finaliser of
 * MurmurHash3.
 */
export function isKept({ key, threshold }: DropoutPattern, index: number): boolean {
  let z = (key + Math.imul(index, 0x9e3779b9)) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0 >= threshold;
}
