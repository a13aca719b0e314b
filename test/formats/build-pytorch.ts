import { type ZipPiece, type ZipWriting, zipOf } from "./build-numpy.js";
import { Call, Name, Outside, type Pickled, pickleOf, tuple } from "./build-pickle.js";
import { concat, littleEndian } from "./files-in-memory.js";

export const ORDERED_DICT = new Name("collections", "OrderedDict");
export const REBUILD_TENSOR = new Name("torch._utils", "_rebuild_tensor_v2");

export interface TensorParts {
  readonly key?: Pickled;
  readonly numel?: number;
  readonly storageClass?: Pickled;
  readonly offset?: number;
  readonly size: readonly number[];
  readonly stride?: readonly number[];
  readonly metadata?: Pickled;
  /** For files in the old format: the view of a storage, or None. */
  readonly legacyView?: Pickled;
}

const elements = (size: readonly number[]): number => size.reduce((product, side) => product * side, 1);

export function contiguousStride(size: readonly number[]): number[] {
  return size.map((_, k) => elements(size.slice(k + 1)));
}

/** What torch.save writes for a tensor over a storage of its own, every part of which can lie. */
export function tensor(parts: TensorParts): Call {
  const { key = "0", size, numel = elements(size), stride = contiguousStride(size), offset = 0 } = parts;
  const { storageClass = new Name("torch", "FloatStorage"), metadata, legacyView } = parts;
  const id = ["storage", storageClass, key, "cpu", numel, ...(legacyView === undefined ? [] : [legacyView])];
  const args: Pickled[] = [
    new Outside(tuple(...id)),
    offset,
    tuple(...size),
    tuple(...stride),
    false,
    new Call(ORDERED_DICT, []),
  ];
  return new Call(REBUILD_TENSOR, metadata === undefined ? args : [...args, metadata]);
}

export const f32 = (...values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
export const counting = (count: number): number[] => Array.from({ length: count }, (_, k) => k);

export interface ArchiveParts {
  readonly pickle: Pickled | Uint8Array;
  /** Records under data/ by key. */
  readonly records?: Readonly<Record<string, Uint8Array>>;
  readonly folder?: string;
  readonly byteorder?: string;
  readonly more?: readonly ZipPiece[];
  /** Changes to the piece of data.pkl. */
  readonly pickled?: Partial<ZipPiece>;
  readonly writing?: ZipWriting;
}

/** A checkpoint as torch.save writes it since PyTorch 1.6. */
export function archiveOf({
  pickle,
  records = {},
  folder = "archive/",
  byteorder = "little",
  more = [],
  pickled,
  writing,
}: ArchiveParts): Uint8Array {
  const data = pickle instanceof Uint8Array ? pickle : pickleOf(pickle);
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  return zipOf(
    [
      { name: `${folder}data.pkl`, data, ...pickled },
      { name: `${folder}byteorder`, data: text(byteorder) },
      ...Object.entries(records).map(([key, bytes]) => ({ name: `${folder}data/${key}`, data: bytes })),
      { name: `${folder}version`, data: text("3\n") },
      ...more,
    ],
    writing,
  );
}

const MAGIC = Uint8Array.of(0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e);

export interface LegacyParts {
  readonly pickle: Pickled | Uint8Array;
  readonly storages: readonly { readonly key: string; readonly numel: number | bigint; readonly data: Uint8Array }[];
  readonly version?: number;
  readonly keys?: Pickled;
  readonly after?: Uint8Array;
}

/** A checkpoint in the old format, every part of which can lie. */
export function legacyOf({
  pickle,
  storages,
  version = 1001,
  keys,
  after = new Uint8Array(0),
}: LegacyParts): Uint8Array {
  return concat(
    MAGIC,
    pickleOf(version),
    pickleOf(new Map<Pickled, Pickled>([["little_endian", true]])),
    pickle instanceof Uint8Array ? pickle : pickleOf(pickle),
    pickleOf(keys ?? storages.map(({ key }) => key)),
    ...storages.flatMap(({ numel, data }) => [littleEndian([numel, 8]), data]),
    after,
  );
}
