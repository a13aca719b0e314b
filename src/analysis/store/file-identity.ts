import type { FileSet } from "../../formats/index.js";
import { type Digest, digestOf, digestOfData } from "./digest.js";

/** What tells a file from a changed one, and is the same for its copies on other machines. */
export interface FileIdentity {
  readonly name: string;
  readonly byteLength: number;
  /** Digest of `SAMPLES` blocks spread over the file. */
  readonly sample: Digest;
  /** When it was last changed, as this machine says; absent where that is not known. Copies differ in it. */
  readonly modified?: string;
}

const SAMPLES = 16;
const SAMPLE_BYTES = 4096;

/**
 * The identity of files: size, and a digest of 16 blocks of 4 KiB, the first and the last among them. A trained
 * checkpoint differs from the next one everywhere; an edit between the blocks shows in `modified`. Reading all would
 * cost as much as the analysis of a large file.
 */
export async function identifyFiles(
  files: FileSet,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<FileIdentity[]> {
  const identities: FileIdentity[] = [];
  for (const name of names) {
    const source = await files.open(name);
    try {
      const { byteLength } = source;
      const blocks = Math.min(SAMPLES, Math.ceil(byteLength / SAMPLE_BYTES));
      const sample = new Uint8Array(blocks * SAMPLE_BYTES);
      for (let k = 0; k < blocks; k++) {
        const offset = blocks === 1 ? 0 : Math.floor((k * Math.max(0, byteLength - SAMPLE_BYTES)) / (blocks - 1));
        sample.set(await source.read(offset, Math.min(SAMPLE_BYTES, byteLength - offset), signal), k * SAMPLE_BYTES);
      }
      const modified = await files.modified?.(name);
      identities.push({
        name,
        byteLength,
        sample: await digestOf(sample),
        ...(modified !== undefined && { modified }),
      });
    } finally {
      await source.close?.();
    }
  }
  return identities;
}

/** The identity of all files of a model in one digest, the same for copies of them. */
export function digestOfFiles(files: readonly FileIdentity[]): Promise<Digest> {
  return digestOfData(files.map(({ name, byteLength, sample }) => ({ name, byteLength, sample })));
}
