/**
 * LZF, h5py's own filter [liblzf 3.6, lzf_d.c]: a byte below 32 is followed by so many literal bytes (and one more);
 * any other by the lower half of a distance, after a longer length where its upper three bits are all set. Throws an
 * `Error` where it does not give exactly `length` bytes.
 */
export function lzfDecompress(stored: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let [from, to] = [0, 0];
  const next = (): number => {
    if (from >= stored.length) throw new Error("a chunk's LZF stream ends early");
    return stored[from++];
  };
  while (from < stored.length) {
    const control = next();
    if (control < 32) {
      const count = control + 1;
      if (from + count > stored.length || to + count > length) throw new Error("a chunk's LZF literals lead too far");
      out.set(stored.subarray(from, from + count), to);
      from += count;
      to += count;
      continue;
    }
    const count = (control >> 5 === 7 ? 7 + next() : control >> 5) + 2;
    const source = to - ((control & 0x1f) * 256 + next()) - 1;
    if (source < 0 || to + count > length) throw new Error("a chunk's LZF reference leads too far");
    // Byte by byte: a reference may overlap what it writes.
    for (let k = 0; k < count; k++) out[to + k] = out[source + k];
    to += count;
  }
  if (to !== length) throw new Error(`a chunk decompresses to ${to} bytes, ${length} were expected`);
  return out;
}
