import { messageFields } from "./message.js";

/**
 * Whether this is the beginning of a bundle's index. A table has its magic number at its end. At its beginning is the
 * header, under an empty key: nothing shared, no key, a short value. A Snappy block begins with its length, then a
 * literal.
 */
export function looksLikeBundleIndex(head: Uint8Array): boolean {
  if (beginsWithHeader(head)) return true;
  let at = 0;
  while (at < 4 && head[at] >= 0x80) at++;
  const tag = head[at + 1];
  // The header repeats nothing, so the first literal holds it. For literals longer than 60 bytes the length follows, in
  // one byte or two.
  if (tag === undefined || (tag & 3) !== 0 || tag >> 2 > 61) return false;
  return beginsWithHeader(head.subarray(at + 2 + Math.max(0, (tag >> 2) - 59)));
}

const SHARDS = 1;
const VERSION = 3;

function beginsWithHeader(head: Uint8Array): boolean {
  const [shared, key, value] = head;
  if (shared !== 0 || key !== 0 || value < 4 || value > 64 || head.length < 3 + value) return false;
  try {
    const fields = [...messageFields(head.subarray(3, 3 + value), notOne)];
    return (
      fields.some(({ number, wire }) => number === SHARDS && wire === "varint") &&
      fields.some(({ number }) => number === VERSION)
    );
  } catch {
    return false;
  }
}

function notOne(reason: string): never {
  throw new Error(reason);
}

/**
 * Whether this is the beginning of a SavedModel: its schema's version, which is 1, then a graph that begins with a
 * description of itself.
 */
export function looksLikeSavedModel(head: Uint8Array, name: string): boolean {
  return head[0] === 0x08 && head[1] === 1 && head[2] === 0x12 && name.endsWith(".pb");
}

/**
 * The newest checkpoint that a folder's file "checkpoint" names beside itself; undefined if the head is not of such a
 * file.
 */
export function latestCheckpoint(head: Uint8Array): string | undefined {
  const match = /^model_checkpoint_path: "((?:[^"\\\n]|\\\\)+)"/.exec(new TextDecoder().decode(head));
  // The path may be absolute on the machine that wrote it, and a backslash is written twice.
  return match?.[1].split(/[\\/]/).at(-1);
}
