/** The values that change from step to step, as the kernels see them. `stepBytes` fills them. */
export const stepStruct = (dropouts: number): string => `
struct Step {
  count: u32,
  rate: f32,
  keys: array<vec4u, ${keyVectors(dropouts)}>,
}`;

const keyVectors = (dropouts: number): number => Math.max(1, Math.ceil(dropouts / 4));

export interface StepValues {
  /** Examples of the batch. */
  readonly count: number;
  readonly rate: number;
  /** `DropoutPattern.key` of each dropout layer. */
  readonly keys: readonly number[];
}

/** The bytes of `Step`. The array of vectors begins at a multiple of 16. */
export function stepBytes({ count, rate, keys }: StepValues): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(4 + 4 * keyVectors(keys.length));
  words[0] = count;
  new Float32Array(words.buffer)[1] = rate;
  words.set(keys, 4);
  return words;
}
