import { awq } from "./awq.js";
import { bitnet } from "./bitnet.js";
import { bitsandbytes4 } from "./bitsandbytes.js";
import { bitsandbytes8 } from "./bitsandbytes-8bit.js";
import { gptq } from "./gptq.js";
import { hqq } from "./hqq.js";
import { kerasIntegers } from "./keras-integers.js";
import { marlin } from "./marlin.js";
import { mlx } from "./mlx.js";
import { packedIntegers } from "./packed-integers.js";
import { refusedSchemes } from "./refused-schemes.js";
import { scaledCodes } from "./scaled-codes.js";
import type { Scheme } from "./scheme.js";
import { mxfp4, nvfp4 } from "./small-float-blocks.js";
import { sparseBitmask } from "./sparse-bitmask.js";
import { torchaoInt4 } from "./torchao-int4.js";

/**
 * All schemes. Add new ones here, and to the table of docs/formats.md. The first that recognises a weight's codes
 * decides, whether it reads or refuses them: what one scheme cannot read must not be read by the rules of another.
 */
export const SCHEMES: readonly Scheme[] = [
  ...[kerasIntegers, bitsandbytes4, bitsandbytes8, sparseBitmask, mlx, gptq, awq, marlin, hqq],
  ...[mxfp4, nvfp4, bitnet, torchaoInt4, packedIntegers],
  ...refusedSchemes,
  scaledCodes,
];
