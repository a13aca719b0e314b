/**
 * Unpacks codes of 1 to 8 bits from a little-endian stream of bits, the first in the lowest: `count` codes from code
 * `from` of `bytes` on. Little-endian words of 32 bits are such a stream too.
 */
export function unpackBits(
  bytes: Uint8Array,
  bits: number,
  { from, count }: { readonly from: number; readonly count: number },
): Uint8Array {
  const codes = new Uint8Array(count);
  const mask = (1 << bits) - 1;
  for (let k = 0, bit = from * bits; k < count; k++, bit += bits) {
    const at = Math.floor(bit / 8);
    // A code spans at most two bytes; past the end the second counts as 0.
    codes[k] = ((bytes[at] | (bytes[at + 1] << 8)) >> (bit % 8)) & mask;
  }
  return codes;
}
