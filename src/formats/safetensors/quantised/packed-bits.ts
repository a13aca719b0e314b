/**
 * Unpacks codes of 1 to 8 bits that lie in a little-endian stream of bits, the first in the lowest: `count` codes from
 * code `from` of `bytes` on. Words of 32 bits, little-endian, are such a stream too.
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
    // A code spans two bytes at the most; past the end the second counts as 0.
    codes[k] = ((bytes[at] | (bytes[at + 1] << 8)) >> (bit % 8)) & mask;
  }
  return codes;
}
