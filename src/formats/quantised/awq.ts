import { unpackBits } from "./packed-bits.js";
import { isWideFloat, isWord, type Part, sameShape } from "./part.js";
import { endingIn, present, type Refusal, type Scheme, type StoredWeight, type WeightReading } from "./scheme.js";

/**
 * Which column of eight the k-th four bits of a word hold: even ones first, as its kernels require [AutoAWQ,
 * utils/packing_utils.py].
 */
const COLUMN_OF_NIBBLE = [0, 2, 4, 6, 1, 3, 5, 7];

/**
 * AWQ [LTT24] in the "gemm" layout of AutoAWQ: codes of 4 bits packed along the rows, w[i][j] = scales[g][j] (q[i][j] -
 * z[g][j]), g = i / group size [AutoAWQ, modules/linear/gemm.py]. Inputs are rows.
 */
export const awq: Scheme = {
  name: "AWQ",
  async find(parts) {
    const found: StoredWeight[] = [];
    for (const [stem, codes] of endingIn(parts, "qweight")) {
      const [scales] = present(parts, `${stem}scales`);
      const [zeros] = present(parts, `${stem}qzeros`);
      if (!isWord(codes) || scales === undefined || codes.shape.length !== 2 || codes.shape[1] === scales.shape[1])
        continue;
      const reading = zeros === undefined ? { reason: "its zero points are missing" } : read(codes, scales, zeros);
      found.push({ name: `${stem}weight`, parts: [codes, scales, ...present(parts, `${stem}qzeros`)], reading });
    }
    return found;
  },
};

function read(codes: Part, scales: Part, zeros: Part): WeightReading | Refusal {
  const [rows, words] = codes.shape;
  const cols = words * 8;
  const [groups] = scales.shape;
  const fits =
    sameShape(scales.shape, [groups, cols]) &&
    sameShape(zeros.shape, [groups, words]) &&
    groups > 0 &&
    rows % groups === 0;
  if (codes.shape[0] === scales.shape[0] && scales.shape[1] < words * 8)
    return { reason: 'its codes are in the "gemv" layout, and only "gemm" is read' };
  if (!fits || !isWord(zeros) || !isWideFloat(scales)) {
    return { reason: 'its shapes are not those of 4 bits in the "gemm" layout' };
  }
  return {
    shape: [rows, cols],
    dtype: "AWQ-4bit",
    hints: { denseLayout: "in-out" },
    rows: {
      rows,
      cols,
      band: 1,
      async open(signal) {
        const [scale, packedZeros] = await Promise.all([
          scales.numbers({ signal }),
          zeros.bytes(0, zeros.byteLength, signal),
        ]);
        const zero = unpackBits(packedZeros, 4, { from: 0, count: groups * cols });
        return async (from, to, rowSignal) => {
          const bytes = await codes.bytes(from * words * 4, (to - from) * words * 4, rowSignal);
          const q = unpackBits(bytes, 4, { from: 0, count: (to - from) * cols });
          const values = new Float32Array(q.length);
          for (let row = from, at = 0; row < to; row++) {
            const line = Math.floor(row / (rows / groups)) * cols;
            for (let word = 0; word < cols; word += 8, at += 8) {
              for (let k = 0; k < 8; k++) {
                const col = COLUMN_OF_NIBBLE[k];
                values[at + col] = scale[line + word + col] * (q[at + k] - zero[line + word + k]);
              }
            }
          }
          return values;
        };
      },
    },
  };
}
