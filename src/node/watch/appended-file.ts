import { type FileHandle, open } from "node:fs/promises";

const PIECE_BYTES = 64 * 1024;
const NEWLINE = 10;

/** Opens a file of lines to append to. A last line that was cut by a kill is removed. */
export async function openLines(path: string): Promise<FileHandle> {
  const handle = await open(path, "a+");
  try {
    const { size } = await handle.stat();
    const whole = await endOfLastLine(handle, size);
    if (whole < size) await handle.truncate(whole);
    return handle;
  } catch (cause) {
    await handle.close();
    throw cause;
  }
}

async function endOfLastLine(handle: FileHandle, size: number): Promise<number> {
  for (let end = size; end > 0; end -= PIECE_BYTES) {
    const from = Math.max(0, end - PIECE_BYTES);
    const bytes = new Uint8Array(end - from);
    await handle.read(bytes, 0, bytes.length, from);
    const found = bytes.lastIndexOf(NEWLINE);
    if (found >= 0) return from + found + 1;
  }
  return 0;
}
