import { JsonNumber } from "../../../bytes/strict-json.js";
import { decodeElements, ELEMENT_TYPES } from "../../element-types.js";
import type { QuantisationConfig } from "./config.js";
import { elementsOf, isWideFloat, type Part } from "./part.js";
import type { Refusal, Scheme, StoredWeight, WeightReading } from "./scheme.js";
import { endingIn, present } from "./scheme.js";

/** DeepSeek's block size, which config.json's `weight_block_size` repeats. */
const DEFAULT_BLOCK = 128;

/**
 * FP8 and INT8 weights with separate scales, w = code * scale:
 * `weight_scale_inv`, one for each block of 128 x 128 [DeepSeek-V3, 3.3; transformers, finegrained_fp8] (an inverse by
 * name only: it multiplies); `weight_scale`, one per tensor, per row or per block [compressed-tensors, float-quantized
 * and int-quantized; ModelOpt FP8]; `scale_weight`, one per tensor [ComfyUI, scaled fp8].
 */
export const scaledCodes: Scheme = {
  name: "codes with separate scales (float8 or int8)",
  signs: ["weight_scale_inv", "weight_scale", "scale_weight"],
  async find(parts, context) {
    const found: StoredWeight[] = [];
    for (const suffix of scaledCodes.signs) {
      for (const [stem, scales] of endingIn(parts, suffix)) {
        const codes = parts.get(`${stem}weight`);
        if (codes === undefined || !/^(F8_E4M3|F8_E5M2|I8)$/.test(codes.dtype)) continue;
        const others = present(
          parts,
          `${stem}weight_zero_point`,
          `${stem}input_scale`,
          `${stem}scale_input`,
          `${stem}input_zero_point`,
        );
        const shifted = others.some(({ name }) => name.endsWith("weight_zero_point"));
        const reading = shifted
          ? { reason: "its zero points are not supported" }
          : read(codes, scales, blockOf(await context.config()));
        found.push({ name: codes.name, parts: [codes, scales, ...others], reading });
      }
    }
    return found;
  },
};

type Block = readonly [rows: number, cols: number];

function blockOf(config: QuantisationConfig | undefined): Block {
  const written = config?.huggingFace?.get("weight_block_size");
  const sides = Array.isArray(written)
    ? written.map((side) => (side instanceof JsonNumber ? side.whole : undefined))
    : [];
  const [rows = DEFAULT_BLOCK, cols = DEFAULT_BLOCK] = sides;
  return [rows, cols];
}

function read(codes: Part, scales: Part, block: Block): WeightReading | Refusal {
  const { shape, dtype } = codes;
  if (shape.length < 2) return { reason: `its codes have the shape [${shape.join(", ")}], expected at least two axes` };
  if (!isWideFloat(scales)) return { reason: `its scales are of type ${scales.dtype}` };
  const grid = gridOf(shape, scales, block);
  if (grid === undefined) {
    return {
      reason: `scales of the shape [${scales.shape.join(", ")}] do not fit codes of the shape [${shape.join(", ")}]`,
    };
  }
  const type = ELEMENT_TYPES.get(dtype)!;
  const [height, cols] = shape.slice(-2);
  const rows = elementsOf(codes) / cols;
  return {
    shape,
    dtype,
    hints: { denseLayout: "out-in" },
    rows: {
      rows,
      cols,
      band: 1,
      async open(signal) {
        const scale = await scales.numbers({ signal });
        return async (from, to, rowSignal) => {
          const bytes = await codes.bytes(from * cols * type.bytes, (to - from) * cols * type.bytes, rowSignal);
          const values = decodeElements(bytes, type) as Float32Array;
          let at = 0;
          for (let row = from; row < to; row++) {
            const matrix = Math.floor(row / height);
            const line = grid.perMatrix * matrix + grid.across * Math.floor((row % height) / grid.block[0]);
            for (let col = 0, k = line; col < cols; k++) {
              for (const end = Math.min(cols, col + grid.block[1]); col < end; col++) values[at++] *= scale[k];
            }
          }
          return values;
        };
      },
    },
  };
}

/** The arrangement of scales over a matrix: one for each block, `across` of them side by side. */
interface Grid {
  readonly block: Block;
  readonly across: number;
  /** Scales of one matrix; 0 if all matrices share them. */
  readonly perMatrix: number;
}

/**
 * One scale for all; one per row (with or without a trailing axis of 1); or one for each block, for each matrix of a
 * stack.
 */
function gridOf(shape: readonly number[], scales: Part, block: Block): Grid | undefined {
  const [height, cols] = shape.slice(-2);
  if (elementsOf(scales) === 1) return { block: [height, cols], across: 1, perMatrix: 0 };
  const stack = shape.slice(0, -2);
  const axes = scales.shape;
  const stacked = stack.every((side, k) => axes[k] === side);
  if (!stacked) return undefined;
  const [down, across] = [axes[stack.length], axes[stack.length + 1] ?? 1];
  if (axes.length > shape.length || down === undefined) return undefined;
  if (down === 1 && across === 1) return { block: [height, cols], across: 1, perMatrix: 1 };
  if (down === height && across === 1) return { block: [1, cols], across: 1, perMatrix: height };
  if (axes.length !== shape.length || block[0] < 1 || block[1] < 1) return undefined;
  const fits = down === Math.ceil(height / block[0]) && across === Math.ceil(cols / block[1]);
  return fits ? { block, across, perMatrix: down * across } : undefined;
}
