/**
 * LevelDB stores checksums turned and shifted, because the CRC of bytes that hold their own CRC is no good one
 * [LevelDB, util/crc32c.h].
 */
const MASK_DELTA = 0xa282ead8;

/** A checksum as it is stored. */
export function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}
