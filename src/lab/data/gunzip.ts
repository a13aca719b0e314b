import { FormatError } from "../../bytes/errors.js";
import { joinedBytes } from "../../bytes/joined-bytes.js";

/** Most bytes that are unpacked. The largest file of the data sets has 47 MB; a gzip bomb stops here. */
const MAX_BYTES = 2 ** 28;

/**
 * Unpacks gzip data. Other data is returned unchanged. Rejects with a `FormatError` if the gzip data is damaged, or
 * larger than any data set's file.
 */
export async function gunzipped(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const parts: Uint8Array[] = [];
  let total = 0;
  try {
    const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream("gzip"));
    // Use a reader, because not every browser can iterate streams.
    const reader = stream.getReader();
    for (let part = await reader.read(); !part.done && total <= MAX_BYTES; part = await reader.read()) {
      total += part.value.length;
      parts.push(part.value);
    }
  } catch (cause) {
    throw new FormatError("the file is damaged", {
      kind: "malformed",
      format: "gzip",
      file: name,
      remedy: "Get the file again.",
      cause,
    });
  }
  if (total > MAX_BYTES) {
    throw new FormatError(`the file unpacks to more than ${MAX_BYTES} bytes`, {
      kind: "malformed",
      format: "gzip",
      file: name,
    });
  }
  return joinedBytes(parts);
}
