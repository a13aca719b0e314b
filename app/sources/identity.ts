import type { Input } from "#eigenscope/browser/index.js";

/** Bytes of a file's beginning that go into its identity: the header of most formats, or the first part of it. */
const HEADER_BYTES = 1 << 16;

/**
 * The identity of what is to be opened: of files the digest of their names, sizes and first bytes, so that the same
 * file has the same address in another window; of an address the address.
 */
export async function identityOf(input: Input): Promise<string> {
  if (typeof input === "string") return input;
  const files = input instanceof File ? [input] : "label" in input ? [] : input;
  const parts = await Promise.all(
    files.map(async (file) => {
      const head = new Uint8Array(await file.slice(0, HEADER_BYTES).arrayBuffer());
      return [new TextEncoder().encode(`${file.webkitRelativePath || file.name}\0${file.size}\0`), head];
    }),
  );
  return shortDigest(parts.flat());
}

/**
 * 16 hexadecimal digits of a 64-bit FNV-1a hash: a name for results, not a proof of anything. The SHA-256 of browsers
 * needs a secure context, which a page of a plain http host is not.
 */
export function shortDigest(parts: readonly Uint8Array[]): string {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (const part of parts) {
    for (const byte of part) {
      low = (low ^ byte) >>> 0;
      // Times 2^40 + 0x1b3, in halves of 32 bits.
      const product = low * 0x1b3;
      high = (Math.imul(high, 0x1b3) + Math.floor(product / 2 ** 32) + (low << 8)) >>> 0;
      low = product >>> 0;
    }
  }
  return [high, low].map((half) => half.toString(16).padStart(8, "0")).join("");
}
