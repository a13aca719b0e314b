import { elementsOf, isWideFloat, type Part, sameShape, shapeText } from "./part.js";
import { endingIn, present, type Refusal, type Scheme, type StoredWeight, type WeightReading } from "./scheme.js";

/** Settings are single numbers, or the two sides of the weight. */
const MAX_SETTING_BYTES = 64;
/** Codes in one stored integer, by the bits of a code [hqq, core/bitpack.py]: 3 bits are packed by tens into int32. */
const PER_INTEGER: ReadonlyMap<number, { readonly count: number; readonly dtypes: readonly string[] }> = new Map([
  [8, { count: 1, dtypes: ["U8"] }],
  [4, { count: 2, dtypes: ["U8"] }],
  [3, { count: 10, dtypes: ["I32", "U32"] }],
  [2, { count: 4, dtypes: ["U8"] }],
  [1, { count: 8, dtypes: ["U8"] }],
]);

/**
 * HQQ: `W_q`, `scale`, `zero`, and settings stored as tensors (`nbits`, `axis`, `group_size`, `shape`); w = (q - zero)
 * scale. The weight is reshaped to groups: rows of `group_size` (axis 1), or columns of it (axis 0). The rows of codes
 * are cut into equal parts, and the k-th codes of all parts share one integer, the first part in the highest bits [hqq,
 * core/quantize.py, dequantize; core/bitpack.py].
 */
export const hqq: Scheme = {
  name: "HQQ",
  async find(parts, { signal }) {
    const found: StoredWeight[] = [];
    for (const [stem, codes] of endingIn(parts, "W_q")) {
      const all = (...names: readonly string[]): Part[] =>
        present(parts, ...names.flatMap((name) => [`${stem}${name}`, `${stem}meta.${name}`]));
      const [[scales], [zeros], [bits], [axis], [sides], [view]] = [
        all("scale"),
        all("zero"),
        all("nbits"),
        all("axis"),
        all("shape"),
        all("view_as_float"),
      ];
      const setting = async (part: Part | undefined): Promise<readonly number[]> =>
        part === undefined || part.byteLength > MAX_SETTING_BYTES || /^(BF|F)/.test(part.dtype)
          ? []
          : [...(await part.numbers({ signal }))];
      const members = [codes, scales, zeros].filter((part) => part !== undefined);
      const rest = all(...SETTINGS).filter((part) => !members.includes(part));
      const settings = {
        bits: (await setting(bits))[0],
        axis: (await setting(axis))[0],
        sides: await setting(sides),
        asFloat: (await setting(view))[0] === 1,
      };
      const reading =
        scales === undefined || zeros === undefined
          ? { reason: "its scales or zero points are missing, or quantised themselves" }
          : read({ codes, scales, zeros }, settings);
      found.push({ name: `${stem}weight`, parts: [...members, ...rest], reading });
    }
    return found;
  },
};

const SETTINGS = [
  ...["nbits", "axis", "shape", "group_size", "packing", "view_as_float", "unpack_view_dtype", "compute_dtype"],
  ...["quant_scale", "quant_zero", "offload_meta", "stores_quant_config", "channel_wise", "optimize", "round_zero"],
  ...["scale_q", "zero_q", "meta_scale", "meta_zero", "encoded_state_dict", "zero_scale", "scale", "zero"],
];

interface Members {
  readonly codes: Part;
  readonly scales: Part;
  readonly zeros: Part;
}

interface Settings {
  readonly bits?: number;
  readonly axis?: number;
  readonly sides: readonly number[];
  readonly asFloat: boolean;
}

function read({ codes, scales, zeros }: Members, settings: Settings): WeightReading | Refusal {
  const { bits, axis, sides, asFloat } = settings;
  const packing = PER_INTEGER.get(bits ?? 0);
  if (bits === undefined || packing === undefined || (axis !== 0 && axis !== 1) || sides.length !== 2)
    return { reason: "its settings (nbits, axis, shape) are missing, or not known" };
  if (asFloat || !packing.dtypes.includes(codes.dtype)) return { reason: `its codes are stored as ${codes.dtype}` };
  const [rows, cols] = sides;
  const count = rows * cols;
  const groups = elementsOf(scales);
  const size = count / groups;
  const [height, width] = axis === 1 ? [groups, size] : [size, groups];
  const packedRows = Math.ceil(height / packing.count);
  const shaped = axis === 1 ? [groups, 1] : [1, groups];
  const fits =
    count > 0 &&
    Number.isInteger(size) &&
    elementsOf(codes) === packedRows * width &&
    (bits === 3 || height % packing.count === 0) &&
    sameShape(scales.shape, shaped) &&
    sameShape(zeros.shape, shaped) &&
    isWideFloat(scales) &&
    isWideFloat(zeros);
  if (!fits)
    return {
      reason: `codes ${shapeText(codes)} and scales ${shapeText(scales)} do not fit ${rows} x ${cols} of ${bits} bits`,
    };
  const perPart = packedRows * width;
  const mask = 2 ** bits - 1;
  // 3 bits fill 30 of 32 bits; the first of ten lies in bits 27 to 29.
  const top = bits * (packing.count - 1);
  return {
    shape: [rows, cols],
    dtype: `HQQ-${bits}bit`,
    hints: { denseLayout: "out-in" },
    rows: {
      rows,
      cols,
      band: 1,
      async open(signal) {
        const [scale, zero] = await Promise.all([scales.numbers({ signal }), zeros.numbers({ signal })]);
        return async (from, to, rowSignal) => {
          const values = new Float32Array((to - from) * cols);
          for (let first = from * cols, at = 0; first < to * cols; ) {
            const part = Math.floor(first / perPart);
            const last = Math.min(to * cols, (part + 1) * perPart);
            const shift = top - bits * part;
            const stored = await codes.numbers({
              from: first - part * perPart,
              to: last - part * perPart,
              signal: rowSignal,
            });
            for (let k = 0; k < stored.length; k++, at++) {
              const group = axis === 1 ? Math.floor((first + k) / size) : (first + k) % groups;
              values[at] = (((stored[k] >>> shift) & mask) - zero[group]) * scale[group];
            }
            first = last;
          }
          return values;
        };
      },
    },
  };
}
