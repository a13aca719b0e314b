import { shareable } from "../bytes/file-set.js";
import { type ByteSource, type FileSet, FormatError } from "../formats/index.js";

/** A byte source over a `Blob` or `File`: each read takes a slice, so that only the bytes that are read use memory. */
export function blobSource(blob: Blob): ByteSource {
  return {
    byteLength: blob.size,
    async read(offset, length, signal) {
      signal?.throwIfAborted();
      if (offset < 0 || length < 0 || offset + length > blob.size) {
        throw new RangeError(`read of ${length} bytes at ${offset} leaves the ${blob.size} bytes of the file`);
      }
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
    },
  };
}

/**
 * The files that a user dropped or chose: one file, or several that belong together (shards, `model.json` with its
 * weights).
 */
export function uploadedFiles(files: File | readonly File[]): FileSet {
  const all = files instanceof File ? [files] : [...files];
  if (all.length === 0) throw new TypeError("uploadedFiles: no file was given");
  const byName = new Map(all.map((file) => [file.webkitRelativePath.split("/").slice(1).join("/") || file.name, file]));
  const set: FileSet = {
    label: all.length === 1 ? all[0].name : `${all.length} files`,
    entry: all.length === 1 ? all[0].name : undefined,
    list: async () => [...byName.keys()].sort(),
    async open(name) {
      const file = byName.get(name);
      if (file === undefined) {
        throw new FormatError("is named by the model but was not given", {
          kind: "missing",
          file: name,
          remedy: "Choose all files of the model together.",
        });
      }
      return blobSource(file);
    },
  };
  return shareable(set, { kind: "uploaded", files: all });
}
