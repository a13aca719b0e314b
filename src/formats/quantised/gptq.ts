import { FormatError } from "../../bytes/errors.js";
import type { Values } from "../tensor.js";
import { type QuantisationConfig, textAt } from "./config.js";
import { isWideFloat, isWord, type Part } from "./part.js";
import { endingIn, present, type Refusal, type Scheme, type StoredWeight, type WeightReading } from "./scheme.js";

/**
 * GPTQ [FAHA23] as stored by AutoGPTQ and GPTQModel: codes of `bits` bits packed down the columns, w[i][j] =
 * scales[g][j] (q[i][j] - z[g][j] - 1) with g = g_idx[i] [AutoGPTQ, qlinear_cuda_old.py, pack and forward].
 * checkpoint_format "gptq_v2" omits the 1 [GPTQModel], and so does AutoRound's packing_format "auto_round" [auto-round,
 * qlinear_torch.py]. If all zero points are equal, they are those of symmetric codes, 2^(bits - 1), and tell by
 * themselves whether the 1 was taken off: files exist whose configuration says the contrary. The matrix is stored
 * transposed: inputs are rows. The bits follow from the shapes.
 */
export const gptq: Scheme = {
  name: "GPTQ",
  async find(parts, context) {
    const found: StoredWeight[] = [];
    for (const [stem, codes] of endingIn(parts, "qweight")) {
      const [scales] = present(parts, `${stem}scales`);
      const [zeros] = present(parts, `${stem}qzeros`);
      // If a row of codes is as long as a row of scales, the codes are packed down the columns; AWQ packs along the
      // rows.
      if (!isWord(codes) || scales === undefined || codes.shape.length !== 2 || codes.shape[1] !== scales.shape[1])
        continue;
      const [order] = present(parts, `${stem}g_idx`);
      found.push({
        name: `${stem}weight`,
        parts: [codes, scales, ...present(parts, `${stem}qzeros`, `${stem}g_idx`)],
        reading:
          zeros === undefined
            ? { reason: "its zero points are missing" }
            : read({ codes, scales, zeros, order }, await context.config()),
      });
    }
    return found;
  },
};

interface Members {
  readonly codes: Part;
  readonly scales: Part;
  readonly zeros: Part;
  readonly order?: Part;
}

function read(
  { codes, scales, zeros, order }: Members,
  config: QuantisationConfig | undefined,
): WeightReading | Refusal {
  const [words, cols] = codes.shape;
  const [groups] = scales.shape;
  const zeroWords = zeros.shape[1];
  const bits = (zeroWords * 32) / cols;
  const rows = (words * 32) / bits;
  if (![2, 3, 4, 8].includes(bits)) return { reason: `its codes have ${bits} bits by the shape of its zero points` };
  if (
    scales.shape.length !== 2 ||
    zeros.shape.length !== 2 ||
    !isWord(zeros) ||
    zeros.shape[0] !== groups ||
    !isWideFloat(scales)
  ) {
    return { reason: "its scales and zero points do not fit each other" };
  }
  if (!Number.isInteger(rows) || groups < 1 || groups > rows)
    return { reason: `its ${groups} groups do not fit ${rows} rows` };
  if (order === undefined && rows % groups !== 0) return { reason: `${rows} rows do not divide into ${groups} groups` };
  if (order !== undefined && (order.shape.length !== 1 || order.shape[0] !== rows || order.dtype !== "I32")) {
    return { reason: `its g_idx has the shape [${order.shape.join(", ")}], expected [${rows}]` };
  }
  const declared = declaredShift(config);
  const band = bits === 3 ? 32 : 32 / bits;
  const wordsOfBand = bits === 3 ? 3 : 1;
  return {
    shape: [rows, cols],
    dtype: `GPTQ-${bits}bit`,
    hints: { denseLayout: "in-out" },
    rows: {
      rows,
      cols,
      band,
      async open(signal) {
        const [scale, packedZeros, groupOf] = await Promise.all([
          scales.numbers({ signal }),
          zeros.numbers({ signal }),
          order?.numbers({ signal }),
        ]);
        const zero = unpackZeros(packedZeros, { bits, groups, cols, declared });
        assertGroups(groupOf, groups, order);
        return async (from, to, rowSignal) => {
          const firstWord = (from / band) * wordsOfBand;
          const lastWord = Math.ceil(to / band) * wordsOfBand;
          const packed = await codes.numbers({ from: firstWord * cols, to: lastWord * cols, signal: rowSignal });
          const values = new Float32Array((to - from) * cols);
          for (let row = from, at = 0; row < to; row++) {
            const group = groupOf === undefined ? Math.floor(row / (rows / groups)) : groupOf[row];
            const bit = (row - from) * bits;
            const word = (bit >> 5) * cols;
            for (let col = 0; col < cols; col++, at++) {
              const q = codeAt(packed, { word: word + col, next: word + col + cols, bit: bit & 31, bits });
              values[at] = scale[group * cols + col] * (q - zero[group * cols + col]);
            }
          }
          return values;
        };
      },
    },
  };
}

interface CodePosition {
  /** Index of the code's first word, and of the word in which its stream continues. */
  readonly word: number;
  readonly next: number;
  /** Its first bit there. */
  readonly bit: number;
  readonly bits: number;
}

/** A code in a little-endian stream of 32-bit words, which may end in the next word (3 bits: 32 codes in 3 words). */
function codeAt(words: Values, { word, next, bit, bits }: CodePosition): number {
  const low = words[word] >>> bit;
  const over = bit + bits - 32;
  return (over > 0 ? low | (words[next] << (bits - over)) : low) & ((1 << bits) - 1);
}

/** What was taken off the stored zero points, by config.json. */
function declaredShift(config: QuantisationConfig | undefined): number {
  const setting = config?.huggingFace;
  const packing = textAt(setting, "packing_format") ?? "";
  const plain = packing !== "" && packing.startsWith("auto_round") && !packing.includes("gptq");
  return plain || textAt(setting, "checkpoint_format") === "gptq_v2" ? 0 : 1;
}

interface ZeroShape {
  readonly bits: number;
  readonly groups: number;
  readonly cols: number;
  readonly declared: number;
}

/** Zero points of every group and column, packed along the columns. */
function unpackZeros(packed: Values, { bits, groups, cols, declared }: ZeroShape): Float32Array {
  const zeros = new Float32Array(groups * cols);
  const words = (cols * bits) / 32;
  for (let group = 0, at = 0; group < groups; group++) {
    for (let col = 0; col < cols; col++, at++) {
      const bit = col * bits;
      const word = group * words + (bit >> 5);
      zeros[at] = codeAt(packed, { word, next: word + 1, bit: bit & 31, bits });
    }
  }
  const shift = shiftOfSymmetric(zeros, bits) ?? declared;
  return zeros.map((zero) => zero + shift);
}

/** What was taken off, if all codes are symmetric: their zero point is 2^(bits - 1). Undefined if they are not. */
function shiftOfSymmetric(zeros: Float32Array, bits: number): number | undefined {
  const middle = 2 ** (bits - 1);
  const [first] = zeros;
  return (first === middle || first === middle - 1) && zeros.every((zero) => zero === first)
    ? middle - first
    : undefined;
}

function assertGroups(groupOf: Values | undefined, groups: number, order: Part | undefined): void {
  const wrong = groupOf?.find((group) => group < 0 || group >= groups);
  if (wrong === undefined || order === undefined) return;
  throw new FormatError(`names group ${wrong}, but there are ${groups}`, {
    kind: "malformed",
    format: order.format,
    file: order.file,
    tensor: order.name,
  });
}
