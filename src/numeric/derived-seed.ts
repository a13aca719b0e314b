/**
 * The seed of task `index` in a family of tasks seeded by `seed`: a 32-bit mix of both (the finaliser of MurmurHash3
 * over seed and index), so that tasks can run anywhere in any order with the same result. Both must be integers in [0,
 * 2^32); throws `RangeError` otherwise.
 */
export function deriveSeed(seed: number, index: number): number {
  for (const value of [seed, index]) {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32)
      throw new RangeError(`deriveSeed: seed and index must be integers in [0, 2^32), got ${seed} and ${index}`);
  }
  return mix((mix(seed ^ 0x9e3779b9) + Math.imul(index, 0x85ebca6b)) | 0) >>> 0;
}

function mix(value: number): number {
  let z = value;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return z ^ (z >>> 16);
}
