/** 360 sums of 16 bits fit in 32. */
const RUN = 360;

/**
 * Fletcher's checksum as HDF5 computes it: over big-endian words of 16 bits, an odd last byte as the upper half of one
 * [H5checksum.c].
 */
export function fletcher32(bytes: Uint8Array): number {
  let low = 0;
  let high = 0;
  const fold = (sum: number): number => (sum & 0xffff) + (sum >>> 16);
  const words = Math.floor(bytes.length / 2);
  for (let at = 0; at < words; ) {
    for (const end = Math.min(words, at + RUN); at < end; at++) {
      low += (bytes[2 * at] << 8) | bytes[2 * at + 1];
      high += low;
    }
    low = fold(low);
    high = fold(high >>> 0);
  }
  if (bytes.length % 2 === 1) {
    low += bytes[bytes.length - 1] << 8;
    high += low;
    low = fold(low);
    high = fold(high >>> 0);
  }
  low = fold(low);
  high = fold(high);
  return ((high << 16) | low) >>> 0;
}
