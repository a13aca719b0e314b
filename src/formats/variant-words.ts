/**
 * Words in a file's name for a variant of the same weights, the most precise first. A name without any comes after
 * fp32: it is usually the original.
 */
const PRECISIONS: readonly RegExp[] = [
  /^(?:fp|float|f)64$/,
  /^(?:fp|float|f)32$/,
  /^$/,
  /^(?:(?:fp|float|f)16|half)$/,
  /^(?:bf|bfloat)16$/,
  /^(?:q8f16|q8_0|int8|uint8|i8|q8|quantized|8bit)$/,
  /^(?:fp8|f8|float8|fp8_e4m3fn|fp8_e5m2|e4m3fn|e5m2)$/,
  /^(?:q4f16|q4|int4|uint4|bnb4|nf4|fp4|nvfp4|mxfp4|4bit|awq|gptq)$/,
];
/** Trained weights before their running average, as within a checkpoint; Diffusers calls the average by no word. */
const AVERAGES: readonly RegExp[] = [/^$/, /^(?:non_ema|no_ema|nonema|noema)$/, /^(?:ema|ema_only|model_ema|swa)$/];

/** Words of `AVERAGES` and `PRECISIONS`: a longer word comes before its beginning. */
const WORDS = [
  "non_ema|no_ema|nonema|noema|ema_only|ema|swa",
  "fp8_e4m3fn|fp8_e5m2|e4m3fn|e5m2|(?:fp|float|f)(?:64|32|16|8)|bf(?:loat)?16|half",
  "q8f16|q4f16|q8_0|u?int[48]|i8|q[48]|quantized|[48]bit|bnb4|nf4|fp4|nvfp4|mxfp4|awq|gptq",
];
/** A word between separators. */
export const WORD = new RegExp(`[._-](${WORDS.join("|")})(?=[._-])`, "gi");

/** Smaller for the better variant: by precision, then by average. */
export function rankOf(words: readonly string[]): number {
  const placeIn = (list: readonly RegExp[]): number => {
    const places = words.map((word) => list.findIndex((pattern) => pattern.test(word))).filter((place) => place >= 0);
    return places.length > 0 ? Math.max(...places) : list.findIndex((pattern) => pattern.test(""));
  };
  return placeIn(PRECISIONS) * AVERAGES.length + placeIn(AVERAGES);
}
