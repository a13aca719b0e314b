import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { userCache } from "../user-cache.js";

// Compiled code of the bundle, in the user's cache folder. Nothing depends on it but time.

/** Checksum of the source and of the code. */
const HEADER_BYTES = 8;

/** The code that V8 compiled for this source in an earlier process; undefined if there is none, or it is damaged. */
export function readCodeCache(name: string, source: string): Buffer | undefined {
  try {
    const file = readFileSync(join(cacheFolder(), `${name}.bin`));
    const code = file.subarray(HEADER_BYTES);
    if (file.readUInt32LE(0) !== textChecksum(source) || file.readUInt32LE(4) !== bytesChecksum(code)) return undefined;
    return code;
  } catch {
    return undefined;
  }
}

/** Keeps compiled code for later processes, if the folder can be written. */
export function writeCodeCache(name: string, source: string, code: Buffer): void {
  const folder = cacheFolder();
  const unfinished = join(folder, `${name}.${process.pid}.${process.hrtime.bigint()}.tmp`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(textChecksum(source), 0);
    header.writeUInt32LE(bytesChecksum(code), 4);
    writeFileSync(unfinished, Buffer.concat([header, code]), { flag: "wx" });
    renameSync(unfinished, join(folder, `${name}.bin`));
  } catch {
    rmSync(unfinished, { force: true });
  }
}

function cacheFolder(): string {
  // V8's version and flags decide whether it accepts the code; one folder per Node keeps two from replacing each other.
  return join(userCache(), "code", `${process.version}-${process.arch}`);
}

/** V8 compares only the length of the source. This reads a part of it: a build changes many places. */
function textChecksum(text: string): number {
  let sum = text.length;
  for (let at = 0; at < text.length; at += 61) sum = (Math.imul(sum, 31) + text.charCodeAt(at)) | 0;
  return sum >>> 0;
}

/** V8 does not check compiled code for damage before it runs it. */
function bytesChecksum(bytes: Buffer): number {
  let sum = bytes.length;
  // A copy begins at a multiple of four bytes, which the words need.
  const words = new Int32Array(new Uint8Array(bytes).buffer, 0, bytes.length >> 2);
  for (const word of words) sum = (Math.imul(sum ^ word, 0x01000193) + (sum >>> 15)) | 0;
  for (let at = 4 * words.length; at < bytes.length; at++) sum = Math.imul(sum ^ bytes[at], 0x01000193);
  return sum >>> 0;
}
