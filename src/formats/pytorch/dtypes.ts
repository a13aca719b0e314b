/** A torch element type: our name for it (safetensors' if it has one), its bytes, the name of its storages. */
export interface TorchDtype {
  readonly dtype: string;
  /** Bytes per element; undefined if several elements share a byte. */
  readonly bytes: number | undefined;
}

/** The type torch.X, its old storage class (torch.XStorage), our name, bytes. */
const TYPES: readonly (readonly [
  torch: string,
  storage: string | undefined,
  dtype: string,
  bytes: number | undefined,
])[] = [
  ["float64", "DoubleStorage", "F64", 8],
  ["float32", "FloatStorage", "F32", 4],
  ["float16", "HalfStorage", "F16", 2],
  ["bfloat16", "BFloat16Storage", "BF16", 2],
  ["float8_e4m3fn", undefined, "F8_E4M3", 1],
  ["float8_e5m2", undefined, "F8_E5M2", 1],
  ["float8_e4m3fnuz", undefined, "F8_E4M3FNUZ", 1],
  ["float8_e5m2fnuz", undefined, "F8_E5M2FNUZ", 1],
  ["float8_e8m0fnu", undefined, "F8_E8M0", 1],
  ["float4_e2m1fn_x2", undefined, "F4", 1],
  ["int64", "LongStorage", "I64", 8],
  ["int32", "IntStorage", "I32", 4],
  ["int16", "ShortStorage", "I16", 2],
  ["int8", "CharStorage", "I8", 1],
  ["uint64", undefined, "U64", 8],
  ["uint32", undefined, "U32", 4],
  ["uint16", undefined, "U16", 2],
  ["uint8", "ByteStorage", "U8", 1],
  ["bool", "BoolStorage", "BOOL", 1],
  ["complex32", undefined, "C32", 4],
  ["complex64", "ComplexFloatStorage", "C64", 8],
  ["complex128", "ComplexDoubleStorage", "C128", 16],
  ["qint8", "QInt8Storage", "qint8", 1],
  ["quint8", "QUInt8Storage", "quint8", 1],
  ["qint32", "QInt32Storage", "qint32", 4],
  ["quint4x2", "QUInt4x2Storage", "quint4x2", undefined],
  ["quint2x4", "QUInt2x4Storage", "quint2x4", undefined],
];

/** Untyped storages: bytes, whose tensors declare their own type. */
export const UNTYPED: TorchDtype = { dtype: "U8", bytes: 1 };

/** By torch's name: "float32". */
export const TORCH_DTYPES: ReadonlyMap<string, TorchDtype> = new Map(
  TYPES.map(([name, , dtype, bytes]) => [name, { dtype, bytes }]),
);

/** Element types of storages by the full name of their class; those on a GPU had other names. */
export const STORAGE_DTYPES: ReadonlyMap<string, TorchDtype> = new Map([
  ...TYPES.flatMap(([, storage, dtype, bytes]) =>
    storage === undefined
      ? []
      : [`torch.${storage}`, `torch.cuda.${storage}`].map((path): [string, TorchDtype] => [path, { dtype, bytes }]),
  ),
  ...[
    "torch.storage.UntypedStorage",
    "torch.storage._UntypedStorage",
    "torch.UntypedStorage",
    "torch.cuda.UntypedStorage",
  ].map((path): [string, TorchDtype] => [path, UNTYPED]),
]);
