import { FormatError } from "../../bytes/errors.js";
import { Pace } from "../../bytes/pace.js";
import type { ErrorLocation } from "../../bytes/stored-bytes.js";
import { type OpenedFile, type OpenOptions, refuseRoot } from "../reader.js";
import { readZipMembers, type ZipMember } from "../zip/members.js";
import { assertStructureRatio } from "../zip/structure-ratio.js";
import { exportedTensors } from "./export-archive.js";
import { FORMAT } from "./format.js";
import { unpickleInSteps } from "./pickle/unpickle.js";
import { type Checkpoint, checkpointOf, MAX_PICKLE_BYTES } from "./pickled-checkpoint.js";
import type { Storage } from "./stored-tensor.js";
import type { StorageReference } from "./torch-tensor.js";

/** Members by their names within the archive's one folder. */
type Records = ReadonlyMap<string, ZipMember>;

/** The records "byteorder" and "version" hold a word. */
const MAX_WORD_BYTES = 64;

/**
 * A checkpoint in PyTorch's zip archive: data.pkl describes the tensors, each record under data/ is a storage.
 * TorchScript archives are the same plus code, which is not read; exported programs (.pt2) list their weights in JSON.
 */
export async function openZipArchive(
  entry: OpenedFile,
  options: OpenOptions,
): Promise<Checkpoint & { readonly container: string }> {
  const where = { format: FORMAT, file: entry.name };
  const pace = options.pace ?? new Pace({ signal: options.signal, file: entry.name });
  const members = await readZipMembers(entry.source, where, options.signal);
  const records = recordsOf(members, where);
  const bigEndian = await isBigEndian(records, where, options.signal);
  const pickled = records.get("data.pkl");
  if (pickled === undefined) {
    const read = (record: ZipMember, limit: number) => readRecord(record, { ...where, limit, signal: options.signal });
    const exported = await exportedTensors(records, { where, bigEndian, read });
    if (exported === undefined) return refuseOther(records, where);
    refuseRoot("an exported program (.pt2)", options);
    return { ...exported, container: "exported program (.pt2)" };
  }

  const torchScript = records.has("constants.pkl") || [...records.keys()].some((name) => name.startsWith("code/"));
  const bytes = await readRecord(pickled, { ...where, limit: MAX_PICKLE_BYTES, signal: options.signal });
  const pickle = await pace.run(unpickleInSteps({ bytes, where: { ...where, tensor: pickled.name } }, pace));
  if (pickle.end !== bytes.length) {
    throw new FormatError(`${bytes.length - pickle.end} bytes follow the end of its pickle`, {
      ...where,
      tensor: pickled.name,
      kind: "malformed",
      remedy: "Do not trust this file: readers that stop at different places see different contents.",
    });
  }
  const storageOf = (reference: StorageReference, tensor: string): Storage =>
    recordStorage(records, reference, { bigEndian, where: { ...where, tensor } });
  const checkpoint = await pace.run(
    checkpointOf(pickle, { where, storageOf, torchScript, options: { ...options, pace } }),
  );
  return { ...checkpoint, container: torchScript ? "TorchScript archive" : "zip archive" };
}

/** Members of the archives of PyTorch's versions, in whatever folder. */
const ARCHIVE_MEMBERS = [
  String.raw`data\.pkl|byteorder|version|constants\.pkl|archive_format|archive_version`,
  String.raw`\.format_version|\.storage_alignment|\.data\/.*`,
  String.raw`data\/\d+|data\/weights\/.*|code\/.*`,
  String.raw`model\.json|tensors\/\d+|serialized_\w+\.(json|pt)`,
];
const ARCHIVE_MEMBER = new RegExp(String.raw`(^|\/)(${ARCHIVE_MEMBERS.join("|")})$`);

/** Whether a file is such an archive, by the member that PyTorch writes first, in any of its versions. */
export function isArchiveMember(name: string): boolean {
  return ARCHIVE_MEMBER.test(name);
}

/**
 * The archive's folder may have any name; everything is in it. Two folders with a pickle each would deceive one of two
 * readers.
 */
function recordsOf(members: readonly ZipMember[], where: ErrorLocation): Records {
  const folderOf = (name: string): string => name.slice(0, name.indexOf("/") + 1);
  const pickles = members.filter(({ name }) => /^([^/]*\/)?data\.pkl$/.test(name));
  if (pickles.length > 1) {
    throw new FormatError(`the archive holds two pickles of tensors, ${pickles[0].name} and ${pickles[1].name}`, {
      ...where,
      kind: "malformed",
      remedy: "Do not trust this file: readers that take one or the other see different contents.",
    });
  }
  const folder =
    pickles.length === 1
      ? pickles[0].name.slice(0, -"data.pkl".length)
      : members.length === 0
        ? ""
        : folderOf(members[0].name);
  return new Map(
    members.filter(({ name }) => name.startsWith(folder)).map((member) => [member.name.slice(folder.length), member]),
  );
}

/** The storage that a tensor names, in the record of that name and of exactly its size. */
function recordStorage(
  records: Records,
  { key, type, numel }: StorageReference,
  { bigEndian, where }: { bigEndian: boolean; where: ErrorLocation & { readonly file: string } },
): Storage {
  const record = records.get(`data/${key}`);
  if (record === undefined) {
    throw new FormatError(`its storage is the record data/${key}, which is not in the archive`, {
      ...where,
      kind: "malformed",
      remedy: "The file is damaged, or refers to data outside itself; get it again.",
    });
  }
  const { byteLength } = record.contents;
  if (type.bytes !== undefined && numel * type.bytes !== byteLength) {
    throw new FormatError(
      `its storage has ${numel} elements of ${type.bytes} bytes, but the record ${record.name} has ${byteLength} bytes`,
      {
        ...where,
        kind: "malformed",
        remedy: "The file is damaged; get it again.",
      },
    );
  }
  return { stored: record.contents, key: `${where.file}:${record.name}`, bigEndian };
}

async function isBigEndian(records: Records, where: ErrorLocation, signal?: AbortSignal): Promise<boolean> {
  const record = records.get("byteorder");
  // Versions before 2.1 wrote none, almost always on little-endian machines.
  if (record === undefined) return false;
  const word = new TextDecoder("latin1")
    .decode(await readRecord(record, { ...where, limit: MAX_WORD_BYTES, signal }))
    .trim();
  if (word !== "little" && word !== "big") {
    throw new FormatError(`its byte order is "${word}", expected "little" or "big"`, { ...where, kind: "malformed" });
  }
  return word === "big";
}

/** A whole record; reading all of it verifies its checksum. */
async function readRecord(
  member: ZipMember,
  { limit, signal, ...where }: ErrorLocation & { limit: number; signal?: AbortSignal | undefined },
): Promise<Uint8Array> {
  const { name, contents } = member;
  if (contents.byteLength > limit) {
    throw new FormatError(`the record ${name} has ${contents.byteLength} bytes, more than its limit of ${limit}`, {
      ...where,
      kind: "unsupported",
      remedy: "Save the weights alone: torch.save(model.state_dict(), ...), or as safetensors.",
    });
  }
  assertStructureRatio(member, where);
  const cursor = contents.openCursor();
  try {
    return await cursor.read(0, contents.byteLength, signal);
  } finally {
    await cursor.close();
  }
}

function refuseOther(records: Records, where: ErrorLocation): never {
  const old =
    records.has("model.json") || [...records.keys()].some((name) => name.startsWith("tensors/"))
      ? ["a TorchScript archive from before PyTorch 1.4", "Load it with a newer PyTorch and save its state_dict()."]
      : [...records.keys()].some((name) => name.startsWith("serialized_"))
        ? ["an exported program from before PyTorch 2.8", "Save it again with a newer PyTorch, or save its state_dict."]
        : undefined;
  if (old !== undefined)
    throw new FormatError(`this is ${old[0]}, which is not supported`, {
      ...where,
      kind: "unsupported",
      remedy: old[1],
    });
  throw new FormatError("the archive holds no data.pkl and no list of weights", {
    ...where,
    kind: "malformed",
    remedy: "It is not a PyTorch file, or lost a part when it was repacked.",
  });
}
