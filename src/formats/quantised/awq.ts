import { type QuantisationConfig, wholeAt } from "./config.js";
import { unpackBits } from "./packed-bits.js";
import { isWideFloat, isWord, type Part, sameShape } from "./part.js";
import { endingIn, present, type Refusal, type Scheme, type StoredWeight, type WeightReading } from "./scheme.js";

/**
 * Which column of eight the k-th four bits of a word hold: even ones first, as its kernels require [AutoAWQ,
 * utils/packing_utils.py].
 */
const COLUMN_OF_NIBBLE = [0, 2, 4, 6, 1, 3, 5, 7];

/** Codes of 4 bits in a word. */
const PER_WORD = 8;
/** The sizes of groups for which the "gemv" layout is defined. */
const GEMV_GROUPS = [32, 64, 128] as const;

/**
 * AWQ [LTT24] in the layouts of AutoAWQ. "gemm": codes of 4 bits packed along the rows, w[i][j] = scales[g][j]
 * (q[i][j] - z[g][j]), g = i / group size [AutoAWQ, modules/linear/gemm.py]; inputs are rows. "gemv": outputs are rows,
 * codes are packed along them in plain order, w[o][i] = scales[o][g] (q[o][i] - z[o][g]); scales and zero points are
 * padded to whole words [AutoAWQ, modules/linear/gemv.py].
 */
export const awq: Scheme = {
  name: "AWQ",
  async find(parts, context) {
    const found: StoredWeight[] = [];
    for (const [stem, codes] of endingIn(parts, "qweight")) {
      const [scales] = present(parts, `${stem}scales`);
      const [zeros] = present(parts, `${stem}qzeros`);
      if (!isWord(codes) || scales === undefined || codes.shape.length !== 2 || codes.shape[1] === scales.shape[1])
        continue;
      const reading =
        zeros === undefined
          ? { reason: "its zero points are missing" }
          : read({ codes, scales, zeros }, await context.config());
      found.push({ name: `${stem}weight`, parts: [codes, scales, ...present(parts, `${stem}qzeros`)], reading });
    }
    return found;
  },
};

interface Members {
  readonly codes: Part;
  readonly scales: Part;
  readonly zeros: Part;
}

function read(members: Members, config: QuantisationConfig | undefined): WeightReading | Refusal {
  const { codes, scales, zeros } = members;
  const [rows, words] = codes.shape;
  const cols = words * 8;
  const [groups] = scales.shape;
  const fits =
    sameShape(scales.shape, [groups, cols]) &&
    sameShape(zeros.shape, [groups, words]) &&
    groups > 0 &&
    rows % groups === 0;
  if (!fits && isGemv(members)) return readGemv(members, config);
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

/** One row of scales and zero points for each row of codes, eight scales for each word of zero points. */
function isGemv({ codes, scales, zeros }: Members): boolean {
  const [rows] = codes.shape;
  const width = zeros.shape[1] ?? 0;
  return sameShape(scales.shape, [rows, width * PER_WORD]) && sameShape(zeros.shape, [rows, width]) && width > 0;
}

/**
 * Words of zero points for a row of `cols` inputs: whole words, and a multiple of what a thread loads [AutoAWQ,
 * gemv.py, calculate_zeros_width].
 */
function gemvWidth(cols: number, group: number): number {
  const multiple = { 32: 4, 64: 2 }[group] ?? 1;
  return Math.ceil(Math.ceil(Math.floor(cols / group) / PER_WORD) / multiple) * multiple;
}

function readGemv({ codes, scales, zeros }: Members, config: QuantisationConfig | undefined): WeightReading | Refusal {
  const [rows, words] = codes.shape;
  const cols = words * PER_WORD;
  const width = zeros.shape[1];
  const declared = wholeAt(config?.huggingFace, "group_size") ?? wholeAt(config?.huggingFace, "q_group_size");
  const candidates = [...GEMV_GROUPS, cols].filter((group) => cols % group === 0 && gemvWidth(cols, group) === width);
  const [group, ...others] = new Set(
    declared === undefined ? candidates : candidates.filter((each) => each === declared),
  );
  if (!isWord(zeros) || !isWideFloat(scales) || group === undefined)
    return { reason: 'its shapes are those of no group size in the "gemv" layout' };
  if (others.length > 0)
    return { reason: `its groups may have ${[group, ...others].join(" or ")} inputs: config.json does not say which` };
  const padded = width * PER_WORD;
  return {
    shape: [rows, cols],
    dtype: "AWQ-4bit",
    hints: { denseLayout: "out-in" },
    rows: {
      rows,
      cols,
      band: 1,
      open: async () => async (from, to, signal) => {
        const count = to - from;
        const [bytes, packedZeros, scale] = await Promise.all([
          codes.bytes(from * words * 4, count * words * 4, signal),
          zeros.bytes(from * width * 4, count * width * 4, signal),
          scales.numbers({ from: from * padded, to: to * padded, signal }),
        ]);
        const q = unpackBits(bytes, 4, { from: 0, count: count * cols });
        const zero = unpackBits(packedZeros, 4, { from: 0, count: count * padded });
        const values = new Float32Array(q.length);
        for (let row = 0, at = 0; row < count; row++) {
          for (let col = 0; col < cols; col++, at++) {
            const k = row * padded + Math.floor(col / group);
            values[at] = scale[k] * (q[at] - zero[k]);
          }
        }
        return values;
      },
    },
  };
}
