import { E8M0 } from "../small-floats.js";
import type { Values } from "../tensor.js";
import { type QuantisationConfig, wholesAt } from "./config.js";
import { describedTensor } from "./described-tensor.js";
import { type Grid, gridOf, scaleLine } from "./grid.js";
import { type MemberNames, memberNames } from "./member-names.js";
import { elementsOf, isWideFloat, type Part, sameShape, shapeText } from "./part.js";
import {
  present,
  type Refusal,
  type Scheme,
  type SchemeContext,
  type StoredWeight,
  type WeightReading,
} from "./scheme.js";

/** Codes of 8 bits; those of fewer bits in bytes have schemes of their own. */
const CODES = /^(F8_E4M3|F8_E5M2|F8_E4M3FNUZ|F8_E5M2FNUZ|I8)$/;
/** OCP's MX formats have one scale for 32 neighbours of a row. */
const MX_BLOCK = 32;

/**
 * FP8 and INT8 weights with separate scales: w = (code - zero) scale, one scale for the tensor, per matrix of a stack,
 * row, column or block. The names are in member-names.ts; `weight_scale_inv` is an inverse by name only: it multiplies
 * [DeepSeek-V3, 3.3; transformers, finegrained_fp8]. Scales are floats, or powers of two in E8M0 (DeepSeek-V4, MXFP8).
 */
export const scaledCodes: Scheme = {
  name: "codes with separate scales (float8 or int8)",
  async find(parts, context) {
    const found: StoredWeight[] = [];
    for (const codes of parts.values()) {
      if (!CODES.test(codes.dtype) || codes.shape.length < 2) continue;
      const names = memberNames(codes.name);
      const [scales] = present(parts, ...names.scales);
      // Powers of two for 32 codes of fewer columns than that are FP4 in bytes: another scheme's.
      if (scales === undefined || isPairs(codes, scales)) continue;
      const [zeros] = present(parts, ...names.zeros);
      const members = [codes, scales, ...(zeros === undefined ? [] : [zeros])];
      found.push({
        name: names.weight,
        parts: [...members, ...present(parts, ...names.others)],
        reading: await read({ codes, scales, zeros, names }, context),
      });
    }
    return found;
  },
};

/** Whether int8 "codes" are pairs of E2M1, as DeepSeek-V4 stores its experts. */
export function isPairs(codes: Part, scales: Part): boolean {
  const across = 2 * (codes.shape[codes.shape.length - 1] ?? 0);
  const blocks = [...codes.shape.slice(0, -1), across / MX_BLOCK];
  return codes.dtype === "I8" && isPower(scales) && sameShape(scales.shape, blocks);
}

/** Scales that are stored as exponents of two. */
function isPower({ dtype }: Part): boolean {
  return dtype === "F8_E8M0" || dtype === "U8";
}

interface Members {
  readonly codes: Part;
  readonly scales: Part;
  readonly zeros?: Part;
  readonly names: MemberNames;
}

async function read(members: Members, context: SchemeContext): Promise<WeightReading | Refusal> {
  const { codes, scales, zeros, names } = members;
  const { shape, dtype } = codes;
  if (!isWideFloat(scales) && !isPower(scales)) return { reason: `its scales are of type ${scales.dtype}` };
  const eetq = dtype === "I8" && scales.name === `${codes.name}_scales` && scales.shape.length === 1;
  const described = describedTensor(names.weight, context)?.block;
  const declared = described ?? blockOf(await context.config());
  const grid = gridOf(shape, scales.shape, { block: declared, vector: eetq ? "columns" : "rows" });
  const exponents = scales.dtype === "U8";
  if (grid === undefined || (exponents && !(grid.block[0] === 1 && grid.block[1] === MX_BLOCK)))
    return { reason: `scales of the shape ${shapeText(scales)} do not fit codes of the shape ${shapeText(codes)}` };
  if (zeros !== undefined && (!sameShape(zeros.shape, scales.shape) || !/^[IU](8|16|32|64)$/.test(zeros.dtype)))
    return { reason: `its zero points of the shape ${shapeText(zeros)} do not fit its scales` };
  if (eetq && (await isKernelLayout(codes, context.signal)))
    return { reason: "its codes are in the order of a GPU kernel: convert the model to plain weights first" };
  return {
    shape,
    dtype,
    hints: { denseLayout: eetq ? "in-out" : "out-in" },
    rows: rowsOf(codes, { scales, zeros, grid, exponents }),
  };
}

interface Scaling {
  readonly scales: Part;
  readonly zeros?: Part | undefined;
  readonly grid: Grid;
  readonly exponents: boolean;
}

function rowsOf(codes: Part, { scales, zeros, grid, exponents }: Scaling): WeightReading["rows"] {
  const [height, cols] = codes.shape.slice(-2);
  return {
    rows: elementsOf(codes) / cols,
    cols,
    band: 1,
    async open(signal) {
      const [stored, zero] = await Promise.all([scales.numbers({ signal }), zeros?.numbers({ signal })]);
      const scale: Values = exponents ? Float64Array.from(stored, (code) => E8M0[code]) : stored;
      return async (from, to, rowSignal) => {
        const q = await codes.numbers({ from: from * cols, to: to * cols, signal: rowSignal });
        const values = new Float32Array(q.length);
        for (let row = from, at = 0; row < to; row++) {
          for (let col = 0, k = scaleLine(grid, row, height); col < cols; k++) {
            const shift = zero === undefined ? 0 : zero[k];
            for (const end = Math.min(cols, col + grid.block[1]); col < end; col++, at++)
              values[at] = (q[at] - shift) * scale[k];
          }
        }
        return values;
      };
    },
  };
}

/** DeepSeek's and transformers' block in config.json. */
function blockOf(config: QuantisationConfig | undefined): readonly number[] {
  return wholesAt(config?.huggingFace, "weight_block_size") ?? [];
}

/** Codes that are looked at to tell EETQ's two layouts apart. */
const SAMPLE = 16_384;
/** Half of the range of a code. */
const HALF_RANGE = 64;

/**
 * EETQ's kernels add 128 to each code and interleave them [EETQ, cutlass_preprocessors.cc]. As int8 such codes lie at
 * the ends of the range, where plain codes (rounded weights, whose largest is 127) lie around zero.
 */
async function isKernelLayout(codes: Part, signal?: AbortSignal): Promise<boolean> {
  const sample = await codes.numbers({ from: 0, to: Math.min(SAMPLE, elementsOf(codes)), signal });
  let sum = 0;
  for (const code of sample) sum += Math.abs(code);
  return sum > HALF_RANGE * sample.length;
}
