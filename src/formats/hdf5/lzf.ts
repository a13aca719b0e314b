/**
 * LZF, h5py's own filter [liblzf 3.6, lzf_d.c]. A byte below 32 is followed by that many literal bytes plus one. Any
 * other byte begins a reference: its lower bits belong to the distance, and a longer length precedes the rest if its
 * upper three bits are all set. Throws an
 * `Error` if it does not give exactly `length` bytes.
 */
export function lzfDecompress(stored: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let from = 0;
  let to = 0;
  const next = (): number => {
    if (from >= stored.length) throw new Error("a chunk's LZF stream ends early");
    return stored[from++];
  };
  while (from < stored.length) {
    const control = next();
    if (control < 32) {
      const count = control + 1;
      if (from + count > stored.length || to + count > length)
        throw new Error("a chunk's LZF literals exceed its length");
      out.set(stored.subarray(from, from + count), to);
      from += count;
      to += count;
      continue;
    }
    const count = (control >> 5 === 7 ? 7 + next() : control >> 5) + 2;
    const source = to - ((control & 0x1f) * 256 + next()) - 1;
    if (source < 0 || to + count > length) throw new Error("a chunk's LZF reference is out of range");
    // Byte by byte: a reference may overlap what it writes.
    for (let k = 0; k < count; k++) out[to + k] = out[source + k];
    to += count;
  }
  if (to !== length) throw new Error(`a chunk decompresses to ${to} bytes, expected ${length}`);
  return out;
}
