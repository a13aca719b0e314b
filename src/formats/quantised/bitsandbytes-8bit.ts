import { elementsOf, isWideFloat, type Part } from "./part.js";
import { endingIn, present, type Refusal, type Scheme, type StoredWeight, type WeightReading } from "./scheme.js";

/** The largest magnitude of an 8-bit code. */
const INT8_RANGE = 127;

/**
 * bitsandbytes, int8: w = code * SCB / 127, one scale (the row's absolute maximum) per row [LLM.int8(); bitsandbytes,
 * functional.py, int8_vectorwise_dequant].
 */
export const bitsandbytes8: Scheme = {
  name: "bitsandbytes (int8)",
  async find(parts, { signal }) {
    const found: StoredWeight[] = [];
    for (const [stem, scales] of endingIn(parts, "SCB")) {
      const codes = parts.get(`${stem}weight`);
      if (codes?.dtype !== "I8") continue;
      const [layout] = present(parts, `${stem}weight_format`);
      // 0 means plain rows; the others are layouts of old kernels.
      const plain =
        layout === undefined ||
        (layout.dtype === "U8" && layout.byteLength === 1 && (await layout.bytes(0, 1, signal))[0] === 0);
      found.push({
        name: codes.name,
        parts: [codes, scales, ...(layout === undefined ? [] : [layout])],
        reading: plain ? read8(codes, scales) : { reason: "its codes are stored in the layout of a kernel" },
      });
    }
    return found;
  },
};

function read8(codes: Part, scales: Part): WeightReading | Refusal {
  const [rows, cols] = codes.shape;
  if (codes.shape.length !== 2 || elementsOf(scales) !== rows || !isWideFloat(scales)) {
    return { reason: `${elementsOf(scales)} scales do not fit codes of the shape [${codes.shape.join(", ")}]` };
  }
  return {
    shape: codes.shape,
    dtype: "bnb-int8",
    hints: { denseLayout: "out-in" },
    rows: {
      rows,
      cols,
      band: 1,
      async open(signal) {
        const scale = await scales.numbers({ signal });
        return async (from, to, rowSignal) => {
          const q = await codes.numbers({ from: from * cols, to: to * cols, signal: rowSignal });
          const values = new Float32Array(q.length);
          for (let row = from, at = 0; row < to; row++) {
            for (const end = at + cols; at < end; at++) values[at] = (q[at] * scale[row]) / INT8_RANGE;
          }
          return values;
        };
      },
    },
  };
}
