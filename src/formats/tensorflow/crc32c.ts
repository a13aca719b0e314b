/** The reflected polynomial of CRC-32C [Castagnoli 1993; RFC 3720, appendix B.4]. */
const POLYNOMIAL = 0x82f63b78;
/** LevelDB stores checksums turned and shifted, because the CRC of bytes that hold their own CRC is no good one [LevelDB, util/crc32c.h]. */
const MASK_DELTA = 0xa282ead8;

const TABLE = /* @__PURE__ */ makeTable();

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    return crc;
  });
}

/** CRC-32C of `bytes`, going on from that of what came before (0 at the beginning). */
export function crc32c(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (let i = 0; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** A checksum as it is stored. */
export function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}
