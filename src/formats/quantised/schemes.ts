import { awq } from "./awq.js";
import { bitsandbytes4, bitsandbytes8 } from "./bitsandbytes.js";
import { gptq } from "./gptq.js";
import { hqq } from "./hqq.js";
import { kerasIntegers } from "./keras-integers.js";
import { mlx } from "./mlx.js";
import { packedIntegers } from "./packed-integers.js";
import { refusedSchemes } from "./refused-schemes.js";
import { scaledCodes } from "./scaled-codes.js";
import type { Scheme } from "./scheme.js";
import { mxfp4, nvfp4 } from "./small-float-blocks.js";
import { sparseBitmask } from "./sparse-bitmask.js";
import { torchaoInt4 } from "./torchao-int4.js";

/**
 * All schemes. Add new ones here, and to the table of docs/formats.md. If several accept the same codes, the first wins;
 * one that is refused gives way to one that accepts.
 */
export const SCHEMES: readonly Scheme[] = [
  ...[kerasIntegers, torchaoInt4, bitsandbytes4, bitsandbytes8, sparseBitmask],
  ...[mlx, gptq, awq, hqq, mxfp4, nvfp4, packedIntegers],
  ...refusedSchemes,
  scaledCodes,
];
