import { gridOf, scaleLine } from "./grid.js";
import { elementsOf, isWideFloat, type Part, shapeText } from "./part.js";
import { endingIn, type Refusal, type Scheme, type StoredWeight, type WeightReading } from "./scheme.js";

/**
 * Keras 3's `quantize("int8")`: `kernel` in x out with `kernel_scale`, one per column, `embeddings` with
 * `embeddings_scale`, one per row; w = code / scale: Keras divides [keras, layers/core/dense.py, embedding.py,
 * quantizers.py, abs_max_quantize].
 */
export const kerasIntegers: Scheme = {
  name: "Keras int8",
  async find(parts, { signal }) {
    const found: StoredWeight[] = [];
    for (const word of ["kernel", "embeddings"]) {
      for (const [stem, scales] of endingIn(parts, `${word}_scale`)) {
        const codes = parts.get(`${stem}${word}`);
        if (codes?.dtype !== "I8" || !/(^|\/)$/.test(stem)) continue;
        const reading = read(codes, scales, word === "kernel");
        const packed = !("reason" in reading) && !(await fillsRange(codes, word === "kernel", signal));
        found.push({
          name: codes.name,
          parts: [codes, scales],
          reading: packed
            ? { reason: "its codes do not reach 127 for each scale, so they may be packed int4" }
            : reading,
        });
      }
    }
    return found;
  },
};

/** Larger layers than any of Keras' models: 256 MB of codes as numbers. */
const MAX_CODES = 2 ** 26;

/**
 * Whether the largest code under each scale is 127, as in int8, whose scale is 127 / max. "int4" packs two codes into a
 * byte of the same type, and the file does not say which it is.
 */
async function fillsRange(codes: Part, columns: boolean, signal?: AbortSignal): Promise<boolean> {
  const [rows, cols] = codes.shape;
  if (rows * cols > MAX_CODES) return false;
  const q = await codes.numbers({ signal });
  const largest = new Float64Array(columns ? cols : rows);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++, at++) {
      const k = columns ? col : row;
      largest[k] = Math.max(largest[k], Math.abs(q[at]));
    }
  }
  return largest.every((code) => code === 127 || code === 0);
}

function read(codes: Part, scales: Part, columns: boolean): WeightReading | Refusal {
  const { shape } = codes;
  const grid = shape.length === 2 ? gridOf(shape, scales.shape, { vector: columns ? "columns" : "rows" }) : undefined;
  const whole = grid !== undefined && (columns ? grid.block[0] === shape[0] : grid.block[1] === shape[1]);
  if (grid === undefined || !whole || !isWideFloat(scales))
    return { reason: `scales of the shape ${shapeText(scales)} do not fit codes of the shape ${shapeText(codes)}` };
  const [rows, cols] = shape;
  return {
    shape,
    dtype: "keras-int8",
    hints: columns ? { role: "dense", denseLayout: "in-out" } : { role: "embedding" },
    rows: {
      rows: elementsOf(codes) / cols,
      cols,
      band: 1,
      async open(signal) {
        const scale = await scales.numbers({ signal });
        return async (from, to, rowSignal) => {
          const q = await codes.numbers({ from: from * cols, to: to * cols, signal: rowSignal });
          const values = new Float32Array(q.length);
          for (let row = from, at = 0; row < to; row++) {
            const line = scaleLine(grid, row, rows);
            for (let col = 0; col < cols; col++, at++)
              values[at] = q[at] / scale[line + Math.floor(col / grid.block[1])];
          }
          return values;
        };
      },
    },
  };
}
