import { FormatError } from "../../bytes/errors.js";
import { type QuantisationConfig, textAt } from "./config.js";
import { elementsOf, isWideFloat, type Part } from "./part.js";
import { endingIn, present, type Refusal, type Scheme, type StoredWeight, type WeightReading } from "./scheme.js";

/** Ternary codes in one byte, and bits of each. */
const PER_BYTE = 4;
const BITS = 2;

/**
 * BitNet b1.58 [MWM24] as transformers packs it: bytes (outputs / 4, inputs), whose k-th pair of bits holds the rows
 * of the k-th quarter of the matrix, plus 1 [transformers, integrations/bitnet.py, unpack_weights]. Its `BitLinear`
 * divides by `weight_scale`; `AutoBitLinear`, which config.json names as linear_class, multiplies. config.json must
 * name the scheme: bytes beside one scale say nothing of it.
 */
export const bitnet: Scheme = {
  name: "BitNet",
  async find(parts, context) {
    const found: StoredWeight[] = [];
    for (const [weight, scale] of endingIn(parts, "_scale")) {
      const codes = parts.get(weight);
      if (codes?.dtype !== "U8" || codes.shape.length !== 2 || elementsOf(scale) !== 1 || !isWideFloat(scale)) continue;
      const config = await context.config();
      if (textAt(config?.huggingFace, "quant_method") !== "bitnet") continue;
      const others = present(parts, `${weight}_bits`, `${weight.replace(/weight$/, "")}input_bits`);
      found.push({ name: weight, parts: [codes, scale, ...others], reading: read(codes, scale, config) });
    }
    return found;
  },
};

function read(codes: Part, scale: Part, config: QuantisationConfig | undefined): WeightReading | Refusal {
  const [quarter, cols] = codes.shape;
  const multiplies = textAt(config?.huggingFace, "linear_class") === "autobitlinear";
  return {
    shape: [quarter * PER_BYTE, cols],
    dtype: "BitNet-1.58bit",
    hints: { denseLayout: "out-in" },
    rows: {
      rows: quarter * PER_BYTE,
      cols,
      band: 1,
      async open(signal) {
        const [stored] = await scale.numbers({ signal });
        const factor = multiplies ? stored : 1 / stored;
        return async (from, to, rowSignal) => {
          const values = new Float32Array((to - from) * cols);
          // Rows of one quarter are neighbours in the file.
          for (let row = from, at = 0; row < to; ) {
            const shift = BITS * Math.floor(row / quarter);
            const end = Math.min(to, (shift / BITS + 1) * quarter);
            const bytes = await codes.bytes((row % quarter) * cols, (end - row) * cols, rowSignal);
            for (const byte of bytes) {
              const code = (byte >> shift) & 3;
              if (code === 3) refuseCode(codes);
              values[at++] = (code - 1) * factor;
            }
            row = end;
          }
          return values;
        };
      },
    },
  };
}

function refuseCode({ format, file, name }: Part): never {
  throw new FormatError("a packed code is 3, but ternary codes are 0, 1 and 2", {
    ...{ format, file, tensor: name, kind: "malformed" },
    remedy: "The file is damaged, or its bytes are not those of BitNet; get it again.",
  });
}
