import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { allowRelaxedSimd } from "../relaxed-simd.js";
import { userCache } from "../user-cache.js";

// Compiled code of the bundle's scripts, in the user's cache folder. Nothing depends on it but time.

/** Compiled code by the name of its script. */
export type CodeCache = ReadonlyMap<string, Buffer>;

/** A file of compiled code begins with the checksum of the rest and the length of the header. */
const PREFIX_BYTES = 8;

/** What follows in such a file, as JSON, before the code. */
interface Header {
  /** Whether it was compiled with relaxed SIMD allowed: V8 accepts it only with the same flags. */
  readonly relaxedSimd: boolean;
  /** Each script's name, and where its code begins and ends in the file. */
  readonly scripts: readonly (readonly [name: string, begin: number, end: number])[];
}

/** V8 reads code in place only at multiples of this. */
const ALIGNMENT = 8;

/** Bundles whose code is kept per version of Node. Those that were compiled last stay. */
const MAX_BUNDLES = 4;

/**
 * The code that V8 compiled for the scripts of this bundle in an earlier process, and makes V8 accept it; undefined if
 * there is none, or it is damaged. `bundle`: a hash of the scripts. V8 itself compares only a script's length.
 */
export function readCodeCache(bundle: string, name: string): CodeCache | undefined {
  try {
    const file = readFileSync(join(cacheFolder(), bundle, `${name}.bin`));
    // V8 does not check compiled code for damage before it runs it.
    if (checksumOf(file.subarray(4)) !== file.readUInt32LE(0)) return undefined;
    const headerEnd = PREFIX_BYTES + file.readUInt32LE(4);
    const { relaxedSimd, scripts } = JSON.parse(file.toString("latin1", PREFIX_BYTES, headerEnd)) as Header;
    if (relaxedSimd) allowRelaxedSimd();
    return new Map(scripts.map(([script, begin, end]) => [script, file.subarray(begin, end)]));
  } catch {
    return undefined;
  }
}

/** Keeps compiled code for later processes, if the folder can be written. */
export function writeCodeCache(bundle: string, name: string, code: CodeCache): void {
  const folder = join(cacheFolder(), bundle);
  const unfinished = join(folder, `${name}.${process.pid}.${process.hrtime.bigint()}.tmp`);
  try {
    const isNew = mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined;
    writeFileSync(unfinished, cacheBytes(code, hasRelaxedSimd()), { flag: "wx" });
    renameSync(unfinished, join(folder, `${name}.bin`));
    if (isNew) removeOldBundles(cacheFolder());
  } catch {
    try {
      rmSync(unfinished, { force: true });
    } catch {
      // There is no such folder.
    }
  }
}

function cacheBytes(code: CodeCache, relaxedSimd: boolean): Buffer {
  const headerOf = (first: number): Header => {
    let begin = first;
    const scripts = [...code].map(([name, { length }]) => {
      const place = [name, begin, begin + length] as const;
      begin = aligned(begin + length);
      return place;
    });
    return { relaxedSimd, scripts };
  };
  // Numbers that are too large by some digits have room for the real ones.
  const first = aligned(PREFIX_BYTES + JSON.stringify(headerOf(1e9)).length);
  const { scripts } = headerOf(first);
  const bytes = Buffer.alloc(aligned(scripts.reduce((last, [, , end]) => Math.max(last, end), first)));
  const text = JSON.stringify({ relaxedSimd, scripts } satisfies Header);
  bytes.writeUInt32LE(text.length, 4);
  bytes.write(text, PREFIX_BYTES, "latin1");
  for (const [name, begin] of scripts) bytes.set(code.get(name) as Buffer, begin);
  bytes.writeUInt32LE(checksumOf(bytes.subarray(4)), 0);
  return bytes;
}

/** CRC-32, the fastest checksum that Node has. */
function checksumOf(bytes: Buffer): number {
  return process.getBuiltinModule("node:zlib").crc32(bytes);
}

function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

/** Whether relaxed SIMD is allowed in this process. Allows it: for a process at its end. */
function hasRelaxedSimd(): boolean {
  const { cachedDataVersionTag } = process.getBuiltinModule("node:v8");
  const tag = cachedDataVersionTag();
  allowRelaxedSimd();
  return cachedDataVersionTag() === tag;
}

/** Compiled code of older installations, and files of version 0.1, whose code was not kept per bundle. */
function removeOldBundles(folder: string): void {
  const found = readdirSync(folder).map((name) => ({
    path: join(folder, name),
    time: statSync(join(folder, name)).mtimeMs,
  }));
  found.sort((a, b) => b.time - a.time);
  for (const { path } of found.slice(MAX_BUNDLES)) rmSync(path, { recursive: true, force: true });
}

function cacheFolder(): string {
  // V8's version decides whether it accepts the code; one folder per Node keeps two from replacing each other.
  return join(userCache(), "code", `${process.version}-${process.arch}`);
}
