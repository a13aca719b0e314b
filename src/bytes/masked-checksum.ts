/**
 * LevelDB stores checksums rotated and shifted, because a CRC of bytes that contain their own CRC is weak [LevelDB,
 * util/crc32c.h].
 */
const MASK_DELTA = 0xa282ead8;

/** A checksum as it is stored. */
export function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}
