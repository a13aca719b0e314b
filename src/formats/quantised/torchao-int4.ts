import { describedTensor } from "./described-tensor.js";
import { memberNames } from "./member-names.js";
import { unpackBits } from "./packed-bits.js";
import { elementsOf, isWideFloat, type Part, sameShape, shapeText } from "./part.js";
import { present, type Refusal, type Scheme, type StoredWeight, type WeightReading } from "./scheme.js";

/** Classes whose `qdata` are packed bytes and that another scheme reads. */
const READ_ELSEWHERE = /^(NVFP4Tensor|MXTensor)$/;

/**
 * torchao's Int4Tensor: signed codes of 4 bits in pairs, the first in the lower half of a byte; scales and zero points
 * of the shape (groups, rows), or (matrices, groups, rows) for a stack; w = code scale + zero [torchao, int4_tensor.py;
 * fbgemm, quantize.py, int4_row_quantize_zp and pack_int4]. Its other classes of packed codes are in the order of a
 * kernel and are refused by name.
 */
export const torchaoInt4: Scheme = {
  name: "torchao (int4)",
  async find(parts, context) {
    const found: StoredWeight[] = [];
    for (const codes of parts.values()) {
      if (!/[_:](qdata|_?data|packed_weight)$/.test(codes.name) || !/^([UI]8|I32)$/.test(codes.dtype)) continue;
      const names = memberNames(codes.name);
      const type = describedTensor(names.weight, context)?.type;
      if (names.weight === codes.name || codes.name.endsWith("._data") || READ_ELSEWHERE.test(type ?? "")) continue;
      const [scales] = present(parts, ...names.scales);
      if (codes.dtype === "I8" && type !== "Int4Tensor") continue;
      const [zeros] = present(parts, ...names.zeros);
      const members = [codes, scales, zeros, ...present(parts, ...names.others)].filter((part) => part !== undefined);
      const reading =
        (type ?? "Int4Tensor") !== "Int4Tensor" || codes.dtype === "I32"
          ? { reason: `its class ${type ?? "is not named, and it"} stores its codes in the order of a kernel` }
          : read(codes, scales, zeros);
      found.push({ name: names.weight, parts: members, reading });
    }
    return found;
  },
};

function read(codes: Part, scales: Part | undefined, zeros: Part | undefined): WeightReading | Refusal {
  const stack = codes.shape.slice(0, -2);
  const [height, packed] = codes.shape.slice(-2);
  const cols = 2 * packed;
  if (codes.shape.length < 2 || scales === undefined) return { reason: "its scales are missing" };
  const groups = scales.shape[stack.length];
  const fits = groups > 0 && cols % groups === 0 && sameShape(scales.shape, [...stack, groups, height]);
  if (!fits || !isWideFloat(scales))
    return { reason: `scales of the shape ${shapeText(scales)} do not fit codes of the shape ${shapeText(codes)}` };
  if (zeros !== undefined && (!sameShape(zeros.shape, scales.shape) || !isWideFloat(zeros)))
    return { reason: `its zero points of the shape ${shapeText(zeros)} do not fit its scales` };
  const size = cols / groups;
  return {
    shape: [...stack, height, cols],
    dtype: "torchao-int4",
    hints: { denseLayout: "out-in" },
    rows: {
      rows: elementsOf(codes) / packed,
      cols,
      band: 1,
      async open(signal) {
        const [scale, zero] = await Promise.all([scales.numbers({ signal }), zeros?.numbers({ signal })]);
        return async (from, to, rowSignal) => {
          const bytes = await codes.bytes(from * packed, (to - from) * packed, rowSignal);
          const q = unpackBits(bytes, 4, { from: 0, count: (to - from) * cols });
          const values = new Float32Array(q.length);
          for (let row = from, at = 0; row < to; row++) {
            const first = Math.floor(row / height) * groups * height + (row % height);
            for (let group = 0; group < groups; group++) {
              const [s, z] = [scale[first + group * height], zero === undefined ? 0 : zero[first + group * height]];
              for (const end = at + size; at < end; at++) values[at] = ((q[at] ^ 8) - 8) * s + z;
            }
          }
          return values;
        };
      },
    },
  };
}
