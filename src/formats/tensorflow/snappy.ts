/** No stream expands further: three bytes copy 64. */
const MAX_RATIO = 22;
/** Literals of up to 60 bytes have their length in the tag; longer ones in 1 to 4 bytes after it. */
const SHORT_LITERAL = 60;

/**
 * Snappy, which compresses the blocks of tables from before 2020 [snappy, format_description.txt]: the length of the
 * output, then literals (tag 0) and copies of earlier output, their distance in 1, 2 or 4 bytes (tags 1, 2, 3). Throws
 * an `Error` if it does not give exactly that length, or would give more than `limit` bytes.
 */
export function snappyDecompress(stored: Uint8Array, limit: number): Uint8Array {
  let from = 0;
  const little = (bytes: number): number => {
    if (from + bytes > stored.length) throw new Error("its Snappy stream ends early");
    let value = 0;
    for (let k = 0; k < bytes; k++) value += stored[from++] * 2 ** (8 * k);
    return value;
  };
  let length = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = little(1);
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
    if (scale > 2 ** 28) throw new Error("its Snappy stream declares a length that is not possible");
  }
  if (length > Math.min(limit, stored.length * MAX_RATIO))
    throw new Error(`its Snappy stream declares ${length} bytes`);

  const out = new Uint8Array(length);
  let to = 0;
  while (from < stored.length) {
    const tag = little(1);
    const kind = tag & 3;
    const high = tag >> 2;
    if (kind === 0) {
      const count = (high < SHORT_LITERAL ? high : little(high - SHORT_LITERAL + 1)) + 1;
      if (from + count > stored.length || to + count > length) throw new Error("a Snappy literal exceeds the output");
      out.set(stored.subarray(from, from + count), to);
      from += count;
      to += count;
      continue;
    }
    const count = kind === 1 ? (high & 7) + 4 : high + 1;
    const distance = kind === 1 ? (high >> 3) * 256 + little(1) : little(kind === 2 ? 2 : 4);
    if (distance === 0 || distance > to || to + count > length) throw new Error("a Snappy copy is out of range");
    // Byte by byte: a copy may overlap what it writes.
    for (let k = 0; k < count; k++) out[to + k] = out[to - distance + k];
    to += count;
  }
  if (to !== length) throw new Error(`its Snappy stream gives ${to} bytes, but ${length} were declared`);
  return out;
}
