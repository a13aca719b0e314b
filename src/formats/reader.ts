import type { ByteSource } from "./byte-source.js";
import type { FileSet } from "./file-set.js";
import type { WeightFile } from "./tensor.js";

/** The seam for formats: one of these a format. Detection is by content: `recognises` sees the head of the entry file, never its extension alone. */
export interface FormatReader {
  readonly format: string;
  /** True where these first bytes (up to 4096; fewer only if the file is shorter) can only, or most likely, be this format. `name` may break a tie, never decide. */
  recognises(head: Uint8Array, name: string, byteLength: number): boolean;
  /** Reads the directory of tensors. Throws `FormatError`. */
  open(
    entry: { readonly name: string; readonly source: ByteSource },
    files: FileSet,
    options?: { signal?: AbortSignal },
  ): Promise<WeightFile>;
}
