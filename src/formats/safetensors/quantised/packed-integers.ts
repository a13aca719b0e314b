import { unpackBits } from "./packed-bits.js";
import { isWideFloat, type Part, sameShape } from "./part.js";
import { endingIn, present, type Refusal, type Scheme, type StoredWeight, type WeightReading } from "./scheme.js";

/**
 * compressed-tensors, "pack-quantized": integers of 4 or 8 bits packed along the rows into words, w = (q - 2^(bits -
 * 1)) scale, one scale per row, or one for each group of columns [compressed-tensors, pack_quantized.py].
 * `weight_shape` holds the matrix's two sides. Symmetric only.
 */
export const packedIntegers: Scheme = {
  name: "compressed-tensors",
  signs: ["weight_packed"],
  async find(parts, { signal }) {
    const found: StoredWeight[] = [];
    for (const [stem, codes] of endingIn(parts, "weight_packed")) {
      const [scales] = present(parts, `${stem}weight_scale`);
      const [sides] = present(parts, `${stem}weight_shape`);
      if (codes.dtype !== "I32") continue;
      const others = present(parts, `${stem}weight_zero_point`, `${stem}weight_g_idx`);
      const members = [codes, ...present(parts, `${stem}weight_scale`, `${stem}weight_shape`), ...others];
      const reading =
        scales === undefined || sides === undefined || others.length > 0 || sides.byteLength > 64
          ? {
              reason:
                others.length > 0
                  ? "its zero points, or its order of groups, are not supported"
                  : "its scales or its shape are missing",
            }
          : read(codes, scales, [...(await sides.numbers({ signal }))]);
      found.push({ name: `${stem}weight`, parts: members, reading });
    }
    return found;
  },
};

function read(codes: Part, scales: Part, sides: readonly number[]): WeightReading | Refusal {
  const [rows, cols] = sides;
  const words = codes.shape[1];
  const bits = [4, 8].find((count) => words === Math.ceil((cols * count) / 32));
  if (!sameShape(codes.shape, [rows, words]) || sides.length !== 2 || bits === undefined || !(cols > 0)) {
    return {
      reason: `codes of the shape [${codes.shape.join(", ")}] do not match ${sides.join(" x ")} values of 4 or 8 bits`,
    };
  }
  const groups = scales.shape[1] ?? 1;
  if (
    !sameShape(scales.shape.slice(0, 1), [rows]) ||
    scales.shape.length > 2 ||
    groups < 1 ||
    cols % groups !== 0 ||
    !isWideFloat(scales)
  ) {
    return { reason: `its scales of the shape [${scales.shape.join(", ")}] do not fit ${rows} x ${cols}` };
  }
  const zero = 2 ** (bits - 1);
  const groupSize = cols / groups;
  return {
    shape: [rows, cols],
    dtype: `packed-int${bits}`,
    hints: { denseLayout: "out-in" },
    rows: {
      rows,
      cols,
      band: 1,
      async open() {
        return async (from, to, signal) => {
          const [bytes, scale] = await Promise.all([
            codes.bytes(from * words * 4, (to - from) * words * 4, signal),
            scales.numbers({ from: from * groups, to: to * groups, signal }),
          ]);
          const values = new Float32Array((to - from) * cols);
          for (let row = 0, at = 0, group = 0; row < to - from; row++) {
            // Rows begin on whole words.
            const q = unpackBits(bytes, bits, { from: (row * words * 32) / bits, count: cols });
            for (let col = 0; col < cols; group++) {
              for (const end = col + groupSize; col < end; col++) values[at++] = (q[col] - zero) * scale[group];
            }
          }
          return values;
        };
      },
    },
  };
}
