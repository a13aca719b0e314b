/**
 * The element types by their numbers in the schema: TFLite's word, and safetensors' name if they are decoded [tflite
 * schema, TensorType].
 */
export const TENSOR_TYPES: readonly { readonly word: string; readonly dtype?: string; readonly bits: number }[] = [
  { word: "float32", dtype: "F32", bits: 32 },
  { word: "float16", dtype: "F16", bits: 16 },
  { word: "int32", dtype: "I32", bits: 32 },
  { word: "uint8", dtype: "U8", bits: 8 },
  { word: "int64", dtype: "I64", bits: 64 },
  { word: "string", bits: 0 },
  { word: "bool", dtype: "BOOL", bits: 8 },
  { word: "int16", dtype: "I16", bits: 16 },
  { word: "complex64", bits: 64 },
  { word: "int8", dtype: "I8", bits: 8 },
  { word: "float64", dtype: "F64", bits: 64 },
  { word: "complex128", bits: 128 },
  { word: "uint64", dtype: "U64", bits: 64 },
  { word: "resource", bits: 0 },
  { word: "variant", bits: 0 },
  { word: "uint32", dtype: "U32", bits: 32 },
  { word: "uint16", dtype: "U16", bits: 16 },
  { word: "int4", dtype: "I4", bits: 4 },
  { word: "bfloat16", dtype: "BF16", bits: 16 },
];
