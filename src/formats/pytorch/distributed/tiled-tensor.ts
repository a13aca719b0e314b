import type { ByteSource } from "../../../bytes/byte-source.js";
import { FormatError } from "../../../bytes/errors.js";
import { Pace } from "../../../bytes/pace.js";
import { bytesOf, type ErrorLocation, readRange } from "../../../bytes/stored-bytes.js";
import { decodeElements, ELEMENT_TYPES } from "../../element-types.js";
import type { OpenedFile, OpenOptions } from "../../reader.js";
import { streamElements } from "../../stream-elements.js";
import type { Tensor } from "../../tensor.js";
import { streamTiles } from "../../tiled-values.js";
import { TORCH_DTYPES } from "../dtypes.js";
import { FORMAT } from "../format.js";
import { isLegacyMagic, openLegacyArchive } from "../legacy-archive.js";
import { unreadableTensor } from "../stored-tensor.js";
import { openZipArchive } from "../zip-archive.js";
import type { NamedTensor } from "./chosen-tensors.js";
import type { PartLocation, StoredTile } from "./plan.js";

const HEAD_BYTES = 64;

interface TiledContext {
  readonly sources: ReadonlyMap<string, ByteSource>;
  readonly where: ErrorLocation & { readonly file: string };
  readonly strict: boolean;
}

/** A tensor that is stored in tiles, in one file or several. */
export function tiledTensor({ name, planned }: NamedTensor, { sources, where, strict }: TiledContext): Tensor {
  const { dtype, shape, tiles } = planned;
  const type = TORCH_DTYPES.get(dtype);
  const element = ELEMENT_TYPES.get(type?.dtype ?? "");
  const transforms = new Set(tiles.flatMap((tile) => tile.transforms));
  const reason =
    transforms.size > 0
      ? `a tensor whose stored bytes are transformed (${[...transforms].join(", ")}), which is not supported`
      : type?.bytes === undefined || element === undefined
        ? `elements of type ${dtype}, which this version does not decode`
        : undefined;
  if (type?.bytes === undefined || element === undefined || reason !== undefined)
    return unreadableTensor(name, { dtype: type?.dtype ?? dtype, size: shape, reason: reason ?? "" }, where);
  const bytes = type.bytes;
  const count = shape.reduce((product, side) => product * side, 1);
  const open = (tile: StoredTile, signal?: AbortSignal): Promise<Pick<Tensor, "values">> =>
    openTile(tile, { source: sources.get(tile.file)!, type: type.dtype, bytes, name, signal, strict });
  return {
    name,
    shape,
    dtype: type.dtype,
    storedBits: 8 * bytes,
    floating: element.floating,
    quantised: false,
    file: tiles[0]?.file ?? where.file,
    byteLength: count * bytes,
    storageKey: tiles.length === 0 ? `${where.file}:${name}` : tiles.map(keyOf).join("+"),
    values: (range) => streamTiles(shape, tiles, { ...range, open, where: { ...where, tensor: name } }),
  };
}

function keyOf({ file, offset }: PartLocation): string {
  return `${file}@${offset}`;
}

interface TileContext {
  readonly source: ByteSource;
  readonly type: string;
  readonly bytes: number;
  readonly name: string;
  readonly signal?: AbortSignal | undefined;
  readonly strict: boolean;
}

/** The tensor of a part: the only one of its archive, of the plan's type and sides; or bare bytes. */
async function openTile(
  tile: StoredTile,
  { source, type, bytes, name, signal, strict }: TileContext,
): Promise<Pick<Tensor, "values">> {
  const { file, offset, length, sizes } = tile;
  const where = { format: FORMAT, file, tensor: name };
  const within: ByteSource = {
    byteLength: length,
    read: (at, size, readSignal) => source.read(offset + at, size, readSignal),
  };
  const head = await readRange(within, { ...where, offset: 0, length: Math.min(HEAD_BYTES, length), signal });
  const count = sizes.reduce((product, side) => product * side, 1);
  const isZip = head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4;
  if (!isZip && !isLegacyMagic(head)) {
    if (length !== count * bytes) refuse(`its part at offset ${offset} is no archive of torch.save`, where);
    const element = ELEMENT_TYPES.get(type)!;
    const decode = (stored: Uint8Array, owned?: boolean) => decodeElements(stored, element, { owned });
    const run = { stored: bytesOf(within, where), offset: 0, count, bytesPerElement: bytes, decode };
    return { values: (range) => streamElements(run, range) };
  }
  const entry: OpenedFile = { name: file, source: within };
  const options: OpenOptions = { signal, pace: new Pace({ signal, file }), strictPickle: strict, root: "" };
  const { tensors } = isZip ? await openZipArchive(entry, options) : await openLegacyArchive(entry, options);
  const [stored] = tensors;
  if (tensors.length !== 1 || stored.dtype !== type || stored.shape.join() !== sizes.join()) {
    const found = tensors.map(({ dtype, shape }) => `${dtype} (${shape.join(", ")})`).join(", ");
    refuse(`its part at offset ${offset} should be ${type} (${sizes.join(", ")}), but is ${found}`, where);
  }
  return stored;
}

function refuse(reason: string, where: ErrorLocation): never {
  throw new FormatError(reason, { ...where, kind: "malformed", remedy: "The checkpoint is damaged; get it again." });
}
