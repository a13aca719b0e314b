/** Identifies a permutation. The same three numbers give the same permutation on every machine, whatever else runs. */
export interface PermutationSeed {
  readonly seed: number;
  readonly layer: number;
  readonly replicate: number;
}
