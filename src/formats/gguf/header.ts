import type { ByteSource } from "../../bytes/byte-source.js";
import { FormatError } from "../../bytes/errors.js";
import { unpaced } from "../../bytes/pace.js";
import { type ErrorLocation, readRange } from "../../bytes/stored-bytes.js";
import type { OpenOptions } from "../reader.js";
import { HeaderBytes } from "./header-bytes.js";
import { type MetadataValue, readMetadata, VALUE_TYPES } from "./metadata.js";
import { readTensorInfos, type TensorInfo } from "./tensor-infos.js";

export const FORMAT = "gguf";

/** Used if the file gives no alignment (GGUF_DEFAULT_ALIGNMENT). */
const DEFAULT_ALIGNMENT = 32;
/** Magic, version, two counts. */
const PROLOGUE_BYTES = 24;

export interface Header {
  /** Scalars and short texts, in the file's order. */
  readonly metadata: ReadonlyMap<string, MetadataValue>;
  /** In the order of the header. */
  readonly infos: readonly TensorInfo[];
  /** Offset of the tensors' data. */
  readonly dataStart: number;
}

export function isGguf(head: Uint8Array): boolean {
  return head[0] === 0x47 && head[1] === 0x47 && head[2] === 0x55 && head[3] === 0x46;
}

/**
 * Reads and validates a header of version 2 or 3 [GGUF]. The data of every tensor must begin aligned, lie within the
 * file and not overlap another's. Reads the header's bytes only, in order. Throws `FormatError`.
 */
export async function readHeader(
  source: ByteSource,
  file: string,
  { signal, pace = unpaced() }: OpenOptions = {},
): Promise<Header> {
  const where: ErrorLocation = { format: FORMAT, file };
  await assertVersion(source, where, signal);
  const bytes = new HeaderBytes(source, where, signal);
  await bytes.fill(PROLOGUE_BYTES, "the header");
  bytes.skip(8, "the header");
  const tensorCount = bytes.u64();
  const metadata = await readMetadata(bytes, bytes.u64(), pace);
  const alignment = alignmentOf(metadata, where);
  const infos = await readTensorInfos(bytes, tensorCount, { file, pace });
  const dataStart = Math.ceil(bytes.at / alignment) * alignment;
  assertPlaced(infos, { where, dataStart, alignment, fileEnd: source.byteLength });
  return { metadata, infos, dataStart };
}

async function assertVersion(source: ByteSource, where: ErrorLocation, signal?: AbortSignal): Promise<void> {
  if (source.byteLength < PROLOGUE_BYTES) {
    malformed(
      `the file has ${source.byteLength} bytes, fewer than the ${PROLOGUE_BYTES} of the shortest header`,
      where,
    );
  }
  const head = await readRange(source, { ...where, offset: 0, length: 8, signal });
  if (!isGguf(head)) malformed('it does not begin with "GGUF"', { ...where, offset: 0 });
  const view = new DataView(head.buffer, head.byteOffset, 8);
  const version = view.getUint32(4, true);
  if (version === 2 || version === 3) return;
  const swapped = view.getUint32(4, false);
  if (swapped >= 1 && swapped <= 3) {
    unsupported("it is big-endian", "Convert it with gguf_convert_endian.py of llama.cpp.", where);
  }
  if (version === 1)
    unsupported("it is of version 1 of the format", "Convert the model again with a current llama.cpp.", where);
  malformed(`version ${version} of the format is unknown; only 2 and 3 are supported`, { ...where, offset: 4 });
}

function alignmentOf(metadata: ReadonlyMap<string, MetadataValue>, where: ErrorLocation): number {
  const declared = metadata.get("general.alignment");
  if (declared === undefined) return DEFAULT_ALIGNMENT;
  const { type, value } = declared;
  if (type !== VALUE_TYPES.uint32)
    malformed(`"general.alignment" is of value type ${type}, expected uint32 (${VALUE_TYPES.uint32})`, where);
  const alignment = Number(value);
  const powerOfTwo = alignment !== 0 && (alignment & (alignment - 1)) === 0;
  if (!powerOfTwo) malformed(`"general.alignment" is ${alignment}, expected a power of 2`, where);
  return alignment;
}

interface Layout {
  readonly where: ErrorLocation;
  readonly dataStart: number;
  readonly alignment: number;
  readonly fileEnd: number;
}

/** Gaps between tensors are harmless and allowed; writers pad to the alignment, some to more. */
function assertPlaced(infos: readonly TensorInfo[], { where, dataStart, alignment, fileEnd }: Layout): void {
  let end = 0;
  for (const { name, offset, byteLength } of [...infos].sort((a, b) => a.offset - b.offset)) {
    const here = { ...where, tensor: name, offset: dataStart + offset };
    if (offset % alignment !== 0)
      malformed(`its data begin at ${offset} of the data, which is not a multiple of the alignment ${alignment}`, here);
    if (offset < end) malformed("its data overlap those of another tensor", here);
    end = offset + byteLength;
    if (dataStart + end > fileEnd) {
      throw new FormatError(`its data end at ${dataStart + end}, but the file ends at ${fileEnd}`, {
        ...here,
        kind: "malformed",
        remedy: "The file is damaged or truncated (an unfinished download?); get it again.",
      });
    }
  }
}

function malformed(reason: string, where: ErrorLocation & { offset?: number }): never {
  throw new FormatError(reason, { ...where, kind: "malformed" });
}

function unsupported(reason: string, remedy: string, where: ErrorLocation): never {
  throw new FormatError(reason, { ...where, kind: "unsupported", offset: 4, remedy });
}
