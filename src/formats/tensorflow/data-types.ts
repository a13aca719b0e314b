/**
 * TensorFlow's element types by their numbers [tensorflow/core/framework/types.proto]: its own word, and the name under
 * which it is decoded.
 */
export const DATA_TYPES: ReadonlyMap<number, { readonly word: string; readonly dtype?: string }> = new Map([
  [1, { word: "float32", dtype: "F32" }],
  [2, { word: "float64", dtype: "F64" }],
  [3, { word: "int32", dtype: "I32" }],
  [4, { word: "uint8", dtype: "U8" }],
  [5, { word: "int16", dtype: "I16" }],
  [6, { word: "int8", dtype: "I8" }],
  [7, { word: "string" }],
  [8, { word: "complex64" }],
  [9, { word: "int64", dtype: "I64" }],
  [10, { word: "bool", dtype: "BOOL" }],
  [11, { word: "qint8" }],
  [12, { word: "quint8" }],
  [13, { word: "qint32" }],
  [14, { word: "bfloat16", dtype: "BF16" }],
  [15, { word: "qint16" }],
  [16, { word: "quint16" }],
  [17, { word: "uint16", dtype: "U16" }],
  [18, { word: "complex128" }],
  [19, { word: "float16", dtype: "F16" }],
  [20, { word: "resource" }],
  [21, { word: "variant" }],
  [22, { word: "uint32", dtype: "U32" }],
  [23, { word: "uint64", dtype: "U64" }],
  [24, { word: "float8_e5m2", dtype: "F8_E5M2" }],
  [25, { word: "float8_e4m3fn", dtype: "F8_E4M3" }],
  [29, { word: "int4" }],
  [30, { word: "uint4" }],
]);

export const STRING = 7;
