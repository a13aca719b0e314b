import { ELEMENT_TYPES } from "../element-types.js";
import { E2M1, E8M0 } from "../small-floats.js";
import { describedTensor } from "./described-tensor.js";
import { memberNames } from "./member-names.js";
import { elementsOf, isWideFloat, type Part, sameShape } from "./part.js";
import {
  endingIn,
  present,
  type Refusal,
  type Scheme,
  type SchemeContext,
  type StoredWeight,
  type WeightReading,
} from "./scheme.js";

/** Codes per scale: OCP's MX formats have 32, NVIDIA's 16. */
const MX_BLOCK = 32;
const NV_BLOCK = 16;
/** Matrices that one tensor of an expert fuses (gate, up), each with a factor of its own. */
const MAX_FUSED = 3;

/**
 * MXFP4 as stored by gpt-oss: `x_blocks` (..., blocks, 16 bytes) and `x_scales` (..., blocks), w = e2m1(q) 2^(scale -
 * 127), the first of two codes in the lower half of a byte [OCPMX23; transformers, integrations/mxfp4.py,
 * convert_moe_packed_tensors].
 */
export const mxfp4: Scheme = {
  name: "MXFP4",
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
          isExponent(scales);
        const shape = [...codes.shape.slice(0, -2), blocks * MX_BLOCK];
        const reading = fits
          ? pairs({ codes, scales, shape, block: MX_BLOCK, dtype: "MXFP4" })
          : { reason: "its blocks and scales do not fit each other" };
        found.push({ name, parts: [codes, scales], reading });
      }
    }
    return found;
  },
};

/**
 * E2M1 codes in pairs, the first in the lower half of a byte. NVFP4 has a scale in E4M3 for each 16 and a factor for
 * the tensor, or for each matrix of a stack. ModelOpt: `x`, `x_scale`, `x_scale_2`, w = e2m1(q) scale scale_2 [TensorRT
 * Model Optimizer, nvfp4_tensor.py], the same for stacks (`w13_weight`, `gate_up_proj`). compressed-tensors:
 * `x_packed`, `x_scale`, `x_global_scale`, w = e2m1(q) scale / global_scale. torchao's NVFP4Tensor and MXTensor:
 * `qdata`, `scale`, `per_tensor_scale`. MXFP4 has a power of two for each 32 and no factor [compressed-tensors,
 * mxfp4-pack-quantized; Quark; DeepSeek-V4's experts].
 */
export const nvfp4: Scheme = {
  name: "NVFP4 or MXFP4",
  async find(parts, context) {
    const found: StoredWeight[] = [];
    for (const codes of parts.values()) {
      if (codes.dtype !== "U8" && codes.dtype !== "I8") continue;
      const packed = codes.name.endsWith("_packed");
      const names = memberNames(packed ? codes.name.slice(0, -"_packed".length) : codes.name);
      const [scales] = present(parts, ...names.scales);
      if (scales === undefined || (scales.dtype !== "F8_E4M3" && !isExponent(scales))) continue;
      const { weight } = names;
      const factors = present(
        parts,
        ...(packed ? [`${weight}_global_scale`] : [`${weight}_scale_2`, ...names.others.filter(isFactorName)]),
      );
      const inputs = present(parts, ...names.others.filter((name) => !isFactorName(name)));
      const stem = weight.endsWith("weight") ? weight.slice(0, -"weight".length) : weight;
      const members = [codes, scales, ...factors, ...inputs, ...present(parts, `${stem}input_global_scale`)];
      const reading = readPacked({ codes, scales, factor: factors[0], divides: packed }, { weight, context });
      // MXFP8's codes are no pairs, and belong to another scheme.
      if (reading !== undefined) found.push({ name: weight, parts: members, reading });
    }
    return found;
  },
};

function isExponent({ dtype }: Part): boolean {
  return dtype === "U8" || dtype === "F8_E8M0";
}

function isFactorName(name: string): boolean {
  return name.endsWith(":per_tensor_scale") || name.endsWith("_per_tensor_scale");
}

interface Packed {
  readonly codes: Part;
  readonly scales: Part;
  readonly factor?: Part;
  /** True if the tensor's factor divides. */
  readonly divides: boolean;
}

/** Undefined if nothing says that the bytes hold two codes. */
function readPacked(
  { codes, scales, factor, divides }: Packed,
  { weight, context }: { readonly weight: string; readonly context: SchemeContext },
): WeightReading | Refusal | undefined {
  const cols = 2 * (codes.shape[codes.shape.length - 1] ?? 0);
  const shape = [...codes.shape.slice(0, -1), cols];
  const scaledBy = (block: number): boolean =>
    shape.length >= 2 && sameShape(scales.shape, [...shape.slice(0, -1), cols / block]);
  if (describedTensor(weight, context)?.attributes?.get("is_swizzled_scales") === true)
    return { reason: "its scales are in the order of a GPU kernel" };
  if (isExponent(scales)) {
    if (scaledBy(MX_BLOCK) && factor === undefined)
      return pairs({ codes, scales, shape, block: MX_BLOCK, dtype: "MXFP4" });
    return codes.dtype === "I8" ? undefined : { reason: "its codes and scales do not fit each other" };
  }
  const perFactor = factor === undefined ? undefined : rowsPerFactor(shape, factor);
  if (codes.dtype !== "U8" || !scaledBy(NV_BLOCK) || factor === undefined || perFactor === undefined)
    return { reason: "its codes, scales and factor do not fit each other" };
  return pairs({ codes, scales, shape, block: NV_BLOCK, dtype: "NVFP4", factor, perFactor, divides });
}

/** How many rows share one factor: all of them, those of a matrix of the stack, or of one that is fused in it. */
function rowsPerFactor(shape: readonly number[], factor: Part): number | undefined {
  const rows = shape.slice(0, -1).reduce((product, side) => product * side, 1);
  const matrices = shape.slice(0, -2).reduce((product, side) => product * side, 1);
  const count = elementsOf(factor);
  const height = shape[shape.length - 2];
  const each = count / matrices;
  const fits = count === 1 || (Number.isInteger(each) && each >= 1 && each <= MAX_FUSED && height % each === 0);
  return isWideFloat(factor) && fits && count > 0 ? rows / count : undefined;
}

interface Pairs {
  readonly codes: Part;
  /** One byte per block. */
  readonly scales: Part;
  readonly shape: readonly number[];
  readonly block: number;
  readonly dtype: string;
  readonly factor?: Part;
  /** Rows that share one of the factors. */
  readonly perFactor?: number;
  readonly divides?: boolean;
}

/** E2M1 codes, two per byte, the first in the lower half, and one scale for each block of a row. */
function pairs({ codes, scales, shape, block, dtype, factor, perFactor = 1, divides }: Pairs): WeightReading {
  const cols = shape[shape.length - 1];
  const rows = shape.slice(0, -1).reduce((product, side) => product * side, 1);
  const blocks = cols / block;
  const exponents = scales.dtype === "U8";
  return {
    shape,
    dtype,
    hints: shape.length === 2 ? { denseLayout: "out-in" } : undefined,
    rows: {
      rows,
      cols,
      band: 1,
      async open(signal) {
        const factors = await factor?.numbers({ signal });
        return async (from, to, rowSignal) => {
          const [bytes, scale] = await Promise.all([
            codes.bytes((from * cols) / 2, ((to - from) * cols) / 2, rowSignal),
            scales.numbers({ from: from * blocks, to: to * blocks, signal: rowSignal }),
          ]);
          const values = new Float32Array((to - from) * cols);
          for (let k = 0, at = 0; k < scale.length; k++) {
            const own = exponents ? E8M0[scale[k]] : scale[k];
            const shared = factors === undefined ? 1 : factors[Math.floor((from + Math.floor(k / blocks)) / perFactor)];
            const whole = divides === true ? own / shared : own * shared;
            for (const end = at + block; at < end; at += 2) {
              const pair = bytes[at >> 1];
              values[at] = E2M1[pair & 15] * whole;
              values[at + 1] = E2M1[pair >> 4] * whole;
            }
          }
          return values;
        };
      },
    },
  };
}

/** The numbers that E4M3 codes represent. */
export function e4m3Values(): ArrayLike<number> {
  return ELEMENT_TYPES.get("F8_E4M3")!.decode(Uint8Array.from({ length: 256 }, (_, code) => code).buffer);
}
