import { FormatError } from "../../bytes/errors.js";
import { readRange } from "../../bytes/stored-bytes.js";
import { firstZipMember } from "../foreign-contents.js";
import type { FormatReader, OpenedFile, OpenOptions } from "../reader.js";
import type { WeightFile } from "../tensor.js";
import { FORMAT } from "./format.js";
import { isLegacyMagic, openLegacyArchive } from "./legacy-archive.js";
import { isArchiveMember, openZipArchive } from "./zip-archive.js";

/** Enough to distinguish the two containers. */
const HEAD_BYTES = 64;

/**
 * PyTorch's files: checkpoints as written by torch.save (zip, or the old format), TorchScript archives, exported
 * programs. Nothing in them is run.
 */
export const pytorchReader: FormatReader = {
  format: FORMAT,
  takesRoot: true,
  recognises(head, name) {
    const isZip = head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5);
    if (!isZip) return isLegacyMagic(head);
    return isArchiveMember(firstZipMember(head) ?? "") || /\.(pt|pth|pt2|ckpt)$/.test(name);
  },
  open: (entry, _files, options = {}) => openFile(entry, options),
};

async function openFile(entry: OpenedFile, options: OpenOptions): Promise<WeightFile> {
  const { name, source } = entry;
  const length = Math.min(HEAD_BYTES, source.byteLength);
  const head = await readRange(source, { format: FORMAT, file: name, offset: 0, length, signal: options.signal });
  const legacy = isLegacyMagic(head);
  if (!legacy && !(head[0] === 0x50 && head[1] === 0x4b)) {
    throw new FormatError("it is neither a zip archive nor PyTorch's old format, the two that torch.save writes", {
      kind: "malformed",
      format: FORMAT,
      file: name,
      remedy: "The file is damaged or of another format; get it again.",
    });
  }
  const { tensors, warnings, container } = legacy
    ? { ...(await openLegacyArchive(entry, options)), container: "old format" }
    : await openZipArchive(entry, options);
  return {
    format: FORMAT,
    tensors,
    files: [{ name, byteLength: source.byteLength }],
    metadata: { container },
    warnings,
    close: async () => {},
  };
}
