/**
 * A 32-bit cyclic redundancy check of `bytes`, continued from the check of the preceding bytes (0 at the beginning).
 */
export type Checksum = (bytes: Uint8Array, before?: number) => number;

/** The check of a reflected polynomial, bits inverted before and after, by a table of bytes. */
function checksum(polynomial: number): Checksum {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    return crc;
  });
  return (bytes, before = 0) => {
    let crc = ~before;
    for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
    return ~crc >>> 0;
  };
}

/** CRC-32 (zip, gzip, Ethernet). */
export const crc32: Checksum = /* @__PURE__ */ checksum(0xedb88320);

/** CRC-32C [Castagnoli 1993; RFC 3720, appendix B.4]. */
export const crc32c: Checksum = /* @__PURE__ */ checksum(0x82f63b78);
