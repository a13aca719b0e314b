import { FormatError } from "../../formats/errors.js";
import { joinedBytes } from "../../formats/joined-bytes.js";

/** The largest file of the data sets has 47 MB unpacked; a bomb stops here. */
const MOST_BYTES = 2 ** 28;

/**
 * Unpacks what begins as gzip does; anything else is returned as it is. Rejects with a `FormatError` where it is
 * broken, or larger than any data set's file.
 */
export async function gunzipped(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const parts: Uint8Array[] = [];
  let total = 0;
  try {
    const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream("gzip"));
    // A reader, because not every browser iterates streams.
    const reader = stream.getReader();
    for (let part = await reader.read(); !part.done && total <= MOST_BYTES; part = await reader.read()) {
      total += part.value.length;
      parts.push(part.value);
    }
  } catch (cause) {
    throw new FormatError("it is broken", { kind: "malformed", format: "gzip", file: name, remedy: "Get the file again.", cause });
  }
  if (total > MOST_BYTES) {
    throw new FormatError(`it unpacks to more than ${MOST_BYTES} bytes`, { kind: "malformed", format: "gzip", file: name });
  }
  return joinedBytes(parts);
}
