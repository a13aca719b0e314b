import { ELEMENT_TYPES } from "../../element-types.js";
import { E2M1, E8M0 } from "../../small-floats.js";
import { elementsOf, isWideFloat, type Part, sameShape } from "./part.js";
import { endingIn, present, type Refusal, type Scheme, type StoredWeight, type WeightReading } from "./scheme.js";

/** Codes per scale: OCP's MX formats have 32, NVIDIA's 16. */
const MX_BLOCK = 32;
const NV_BLOCK = 16;

/**
 * MXFP4 as stored by gpt-oss: `x_blocks` (..., blocks, 16 bytes) and `x_scales` (..., blocks), w = e2m1(q) 2^(scale -
 * 127), the first of two codes in the lower half of a byte [OCPMX23; transformers, integrations/mxfp4.py,
 * convert_moe_packed_tensors].
 */
export const mxfp4: Scheme = {
  name: "MXFP4",
  signs: ["_blocks", ".blocks"],
  async find(parts) {
    const found: StoredWeight[] = [];
    for (const mark of ["_", "."]) {
      for (const [name, codes] of endingIn(parts, `${mark}blocks`)) {
        const scales = parts.get(`${name}${mark}scales`);
        if (scales === undefined || codes.dtype !== "U8") continue;
        const [blocks, bytes] = codes.shape.slice(-2);
        const fits =
          codes.shape.length >= 3 &&
          bytes === MX_BLOCK / 2 &&
          sameShape(scales.shape, codes.shape.slice(0, -1)) &&
          scales.dtype === "U8";
        const shape = [...codes.shape.slice(0, -2), blocks * MX_BLOCK];
        const reading = fits
          ? pairs({ codes, scales, shape, block: MX_BLOCK, dtype: "MXFP4", scaleOf: () => E8M0 })
          : { reason: "its blocks and scales do not fit each other" };
        found.push({ name, parts: [codes, scales], reading });
      }
    }
    return found;
  },
};

/**
 * NVFP4: codes in pairs, scales in E4M3 for each 16, one more for the tensor. ModelOpt: `weight`, `weight_scale`,
 * `weight_scale_2`, w = e2m1(q) scale scale_2 [TensorRT Model Optimizer, nvfp4_tensor.py]. compressed-tensors:
 * `weight_packed`, `weight_scale`, `weight_global_scale`, w = e2m1(q) scale / global_scale. Without a global scale, and
 * with 8-bit scales for each 32, it is MXFP4 [compressed-tensors, nvfp4-pack-quantized and mxfp4-pack-quantized].
 */
export const nvfp4: Scheme = {
  name: "NVFP4",
  signs: ["weight_scale"],
  async find(parts) {
    const found: StoredWeight[] = [];
    for (const [stem, scales] of endingIn(parts, "weight_scale")) {
      const [plain, packed] = [parts.get(`${stem}weight`), parts.get(`${stem}weight_packed`)];
      const codes = packed ?? plain;
      if (codes?.dtype !== "U8") continue;
      const [factor] = present(parts, packed === undefined ? `${stem}weight_scale_2` : `${stem}weight_global_scale`);
      found.push({
        name: `${stem}weight`,
        parts: [
          codes,
          scales,
          ...(factor === undefined ? [] : [factor]),
          ...present(parts, `${stem}input_scale`, `${stem}input_global_scale`),
        ],
        reading: readPacked({ codes, scales, factor, divides: packed !== undefined }),
      });
    }
    return found;
  },
};

interface Packed {
  readonly codes: Part;
  readonly scales: Part;
  readonly factor?: Part;
  /** True if the tensor's factor divides. */
  readonly divides: boolean;
}

function readPacked({ codes, scales, factor, divides }: Packed): WeightReading | Refusal {
  const cols = 2 * (codes.shape[codes.shape.length - 1] ?? 0);
  const shape = [...codes.shape.slice(0, -1), cols];
  const scaledBy = (block: number): boolean =>
    shape.length >= 2 && sameShape(scales.shape, [...shape.slice(0, -1), cols / block]);
  if (factor === undefined && divides && scales.dtype === "U8" && scaledBy(MX_BLOCK)) {
    return pairs({ codes, scales, shape, block: MX_BLOCK, dtype: "MXFP4", scaleOf: () => E8M0 });
  }
  const one = factor !== undefined && isWideFloat(factor) && elementsOf(factor) === 1;
  if (!one || scales.dtype !== "F8_E4M3" || !scaledBy(NV_BLOCK))
    return { reason: "its codes, scales and factor do not fit each other" };
  const scaleOf = async (signal?: AbortSignal): Promise<ArrayLike<number>> => {
    const [number] = await factor.numbers({ signal });
    const e4m3 = ELEMENT_TYPES.get("F8_E4M3")!.decode(Uint8Array.from({ length: 256 }, (_, code) => code).buffer);
    return Float64Array.from(e4m3, (scale) => (divides ? scale / number : scale * number));
  };
  return pairs({ codes, scales, shape, block: NV_BLOCK, dtype: "NVFP4", scaleOf });
}

interface Pairs {
  readonly codes: Part;
  /** One byte per block. */
  readonly scales: Part;
  readonly shape: readonly number[];
  readonly block: number;
  readonly dtype: string;
  /** The scale that each byte represents. */
  scaleOf(signal?: AbortSignal): ArrayLike<number> | Promise<ArrayLike<number>>;
}

/** E2M1 codes, two per byte, the first in the lower half, and one scale byte for each block of a row. */
function pairs({ codes, scales, shape, block, dtype, scaleOf }: Pairs): WeightReading {
  const cols = shape[shape.length - 1];
  const rows = shape.slice(0, -1).reduce((product, side) => product * side, 1);
  const blocks = cols / block;
  return {
    shape,
    dtype,
    hints: shape.length === 2 ? { denseLayout: "out-in" } : undefined,
    rows: {
      rows,
      cols,
      band: 1,
      async open(signal) {
        const scaleTable = await scaleOf(signal);
        return async (from, to, rowSignal) => {
          const [bytes, exponents] = await Promise.all([
            codes.bytes((from * cols) / 2, ((to - from) * cols) / 2, rowSignal),
            scales.bytes(from * blocks, (to - from) * blocks, rowSignal),
          ]);
          const values = new Float32Array((to - from) * cols);
          for (let k = 0, at = 0; k < exponents.length; k++) {
            const scale = scaleTable[exponents[k]];
            for (const end = at + block; at < end; at += 2) {
              const pair = bytes[at >> 1];
              values[at] = E2M1[pair & 15] * scale;
              values[at + 1] = E2M1[pair >> 4] * scale;
            }
          }
          return values;
        };
      },
    },
  };
}
