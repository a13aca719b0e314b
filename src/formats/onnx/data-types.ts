/** The storage of the elements of one of ONNX's data types [onnx.proto3, TensorProto.DataType]. */
export interface DataType {
  /** ONNX's own word. */
  readonly word: string;
  /** Under safetensors' names; undefined if this version does not decode it. */
  readonly dtype: string | undefined;
  /** Bits per element in raw_data. */
  readonly bits: number;
  /** The typed field that may hold the elements instead of raw_data, by its number. */
  readonly typedField: number;
}

export const FLOAT_DATA = 4;
export const INT32_DATA = 5;
export const STRING_DATA = 6;
export const INT64_DATA = 7;
export const DOUBLE_DATA = 10;
export const UINT64_DATA = 11;

/** The data types by their numbers in `TensorProto.data_type`. */
export const DATA_TYPES: ReadonlyMap<number, DataType> = new Map(
  (
    [
      [1, "float", "F32", 32, FLOAT_DATA],
      [2, "uint8", "U8", 8, INT32_DATA],
      [3, "int8", "I8", 8, INT32_DATA],
      [4, "uint16", "U16", 16, INT32_DATA],
      [5, "int16", "I16", 16, INT32_DATA],
      [6, "int32", "I32", 32, INT32_DATA],
      [7, "int64", "I64", 64, INT64_DATA],
      [8, "string", undefined, 0, STRING_DATA],
      [9, "bool", "BOOL", 8, INT32_DATA],
      [10, "float16", "F16", 16, INT32_DATA],
      [11, "double", "F64", 64, DOUBLE_DATA],
      [12, "uint32", "U32", 32, UINT64_DATA],
      [13, "uint64", "U64", 64, UINT64_DATA],
      [14, "complex64", undefined, 64, FLOAT_DATA],
      [15, "complex128", undefined, 128, DOUBLE_DATA],
      [16, "bfloat16", "BF16", 16, INT32_DATA],
      [17, "float8e4m3fn", "F8_E4M3", 8, INT32_DATA],
      [18, "float8e4m3fnuz", "F8_E4M3FNUZ", 8, INT32_DATA],
      [19, "float8e5m2", "F8_E5M2", 8, INT32_DATA],
      [20, "float8e5m2fnuz", "F8_E5M2FNUZ", 8, INT32_DATA],
      [21, "uint4", "U4", 4, INT32_DATA],
      [22, "int4", "I4", 4, INT32_DATA],
      [23, "float4e2m1", undefined, 4, INT32_DATA],
      [24, "float8e8m0", undefined, 8, INT32_DATA],
      [25, "uint2", "U2", 2, INT32_DATA],
      [26, "int2", "I2", 2, INT32_DATA],
    ] as const
  ).map(([number, word, dtype, bits, typedField]) => [number, { word, dtype, bits, typedField }]),
);
