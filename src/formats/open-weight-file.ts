import type { ByteSource } from "../bytes/byte-source.js";
import type { FileSet } from "../bytes/file-set.js";
import { Pace } from "../bytes/pace.js";
import { readerFor } from "./detection.js";
import { openFolder } from "./folder.js";
import { dequantise } from "./quantised/dequantise.js";
import { type OpenOptions, refuseRoot } from "./reader.js";
import type { WeightFile } from "./tensor.js";

/**
 * Opens what the user named: detects its format by its contents and reads its directory of tensors, no data. The result
 * holds open files until `close`. Rejects with a `FormatError` that says what was found and what to do; then everything
 * that was opened is closed again.
 */
export async function openWeightFile(files: FileSet, given: OpenOptions = {}): Promise<WeightFile> {
  const pace = given.pace ?? new Pace({ signal: given.signal, file: files.label });
  const options: OpenOptions = { ...given, pace };
  const opened = new Set<ByteSource>();
  const tracked: FileSet = {
    label: files.label,
    entry: files.entry,
    list: () => files.list(),
    folders: files.folders,
    open: async (name) => {
      const source = await files.open(name);
      const closing: ByteSource = {
        byteLength: source.byteLength,
        read: (offset, length, readSignal, into) => {
          pace.grant(length);
          return source.read(offset, length, readSignal, into);
        },
        close: async () => {
          if (opened.delete(closing)) await source.close?.();
        },
      };
      opened.add(closing);
      return closing;
    },
  };
  const closeAll = async (): Promise<void> => {
    await Promise.all([...opened].map((source) => source.close?.()));
  };

  try {
    const stored =
      files.entry === undefined ? await openFolder(tracked, options) : await openEntry(files.entry, tracked, options);
    const beside = files.entry ?? stored.files[0]?.name ?? "";
    const file = await dequantise(stored, { files: tracked, beside, signal: options.signal, pace });
    return {
      ...file,
      close: async () => {
        await file.close();
        await closeAll();
      },
    };
  } catch (cause) {
    await closeAll();
    throw cause;
  }
}

async function openEntry(name: string, files: FileSet, options: OpenOptions): Promise<WeightFile> {
  options.signal?.throwIfAborted();
  const source = await files.open(name);
  const reader = await readerFor(source, name, options.signal);
  if (!reader.takesRoot) refuseRoot(`a ${reader.format} file`, options);
  return reader.open({ name, source }, files, options);
}
