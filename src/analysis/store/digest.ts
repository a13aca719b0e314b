/** A SHA-256 digest, in hexadecimal digits. */
export type Digest = string;

/** The digest of bytes. In a page it needs a secure context (https, or localhost), as the Web Cryptography API does. */
export async function digestOf(bytes: Uint8Array): Promise<Digest> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The digest of plain data, whatever the order of its keys. Fields that are undefined do not count. */
export function digestOfData(data: unknown): Promise<Digest> {
  return digestOf(new TextEncoder().encode(JSON.stringify(sorted(data))));
}

function sorted(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(sorted);
  if (typeof data !== "object" || data === null) return data;
  const keys = Object.keys(data).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted((data as Record<string, unknown>)[key])]));
}
