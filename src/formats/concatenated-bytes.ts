import { readRange, type StoredBytes } from "../bytes/stored-bytes.js";
import type { OpenedFile } from "./reader.js";

/**
 * Several files as one sequence of bytes, in the given order: a range may cross from one file to the next. Random
 * access.
 */
export function concatenatedBytes(files: readonly OpenedFile[], format: string): StoredBytes {
  const starts: number[] = [];
  let byteLength = 0;
  for (const { source } of files) {
    starts.push(byteLength);
    byteLength += source.byteLength;
  }
  const read = async (offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> => {
    if (length === 0) return new Uint8Array(0);
    const first = starts.findLastIndex((start) => start <= offset);
    const within = offset - starts[first];
    const { source, name } = files[first];
    if (within + length <= source.byteLength)
      return readRange(source, { format, file: name, offset: within, length, signal });

    const joined = new Uint8Array(length);
    for (let k = first, done = 0; done < length; k++) {
      const at = offset + done - starts[k];
      const count = Math.min(length - done, files[k].source.byteLength - at);
      joined.set(
        await readRange(files[k].source, { format, file: files[k].name, offset: at, length: count, signal }),
        done,
      );
      done += count;
    }
    return joined;
  };
  return { byteLength, openCursor: () => ({ read, close: async () => {} }) };
}

/** The file that holds the byte at `offset` of the concatenated files. */
export function fileAt(files: readonly OpenedFile[], offset: number): string {
  let end = 0;
  for (const { source, name } of files) {
    end += source.byteLength;
    if (offset < end) return name;
  }
  return files[files.length - 1]?.name ?? "";
}
