import { FormatError } from "../../bytes/errors.js";
import { mapInParallel, PARALLEL_OPENS } from "../../bytes/parallel.js";
import { firstZipMember } from "../foreign-contents.js";
import type { FormatReader } from "../reader.js";
import type { Tensor } from "../tensor.js";
import { readZipMembers, type ZipMember } from "../zip/members.js";
import { arrayTensor } from "./array-tensor.js";
import { readNpyHeader } from "./npy-header.js";

const FORMAT = "npz";

/** NumPy's .npz: a zip archive of .npy arrays, stored or deflated; an array is named after its member. */
export const npzReader: FormatReader = {
  format: FORMAT,
  recognises(head, name) {
    const isZip = head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5);
    return isZip && (firstZipMember(head)?.endsWith(".npy") === true || name.endsWith(".npz"));
  },
  async open({ name: file, source }, _files, options) {
    const members = await readZipMembers(source, { format: FORMAT, file }, options?.signal);
    const arrays = members.filter((member) => member.name.endsWith(".npy"));
    const others = members.filter((member) => !member.name.endsWith(".npy"));
    if (arrays.length === 0)
      throw new FormatError("the archive holds no .npy array", { kind: "malformed", format: FORMAT, file });
    return {
      format: FORMAT,
      tensors: await mapInParallel(arrays, PARALLEL_OPENS, (member) => openMember(member, file, options?.signal)),
      files: [{ name: file, byteLength: source.byteLength }],
      metadata: {},
      warnings:
        others.length === 0
          ? []
          : [`${others.length} members of the archive are not arrays and were skipped (the first: ${others[0].name})`],
      close: async () => {},
    };
  },
};

async function openMember(
  { name: member, contents, head }: ZipMember,
  file: string,
  signal?: AbortSignal,
): Promise<Tensor> {
  const name = member.slice(0, -".npy".length);
  const where = { format: FORMAT, file, tensor: name };
  const cursor = head.openCursor();
  try {
    const header = await readNpyHeader(cursor, contents.byteLength, { ...where, signal });
    return arrayTensor(header, { name, file, storageKey: `${file}:${member}`, stored: contents, where });
  } finally {
    await cursor.close();
  }
}
