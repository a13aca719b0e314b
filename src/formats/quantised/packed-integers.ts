import { gridOf, scaleLine } from "./grid.js";
import { unpackBits } from "./packed-bits.js";
import { isWideFloat, isWord, type Part, sameShape, shapeText } from "./part.js";
import { endingIn, present, type Refusal, type Scheme, type StoredWeight, type WeightReading } from "./scheme.js";

/** `weight_shape` has one number per axis. */
const MAX_SIDES_BYTES = 64;

/**
 * compressed-tensors, "pack-quantized": integers of 2 to 8 bits packed along the rows into words, w = (q - zero) scale
 * with zero = 2^(bits - 1) unless zero points are stored, one scale per row, or one for each group of columns
 * [compressed-tensors, pack_quantized.py]. `weight_shape` holds the matrix's sides. Zero points are packed down the
 * rows. With `weight_g_idx`, column j belongs to group g_idx[j].
 */
export const packedIntegers: Scheme = {
  name: "compressed-tensors",
  async find(parts, { signal }) {
    const found: StoredWeight[] = [];
    for (const [name, codes] of endingIn(parts, "_packed")) {
      if (!isWord(codes)) continue;
      const [scales] = present(parts, `${name}_scale`);
      const [sides] = present(parts, `${name}_shape`);
      const [zeros] = present(parts, `${name}_zero_point`);
      const [order] = present(parts, `${name}_g_idx`);
      const reading =
        scales === undefined || sides === undefined || sides.byteLength > MAX_SIDES_BYTES
          ? { reason: "its scales or its shape are missing" }
          : read({ codes, scales, zeros, order }, [...(await sides.numbers({ signal }))]);
      const members = [codes, scales, sides, zeros, order].filter((part) => part !== undefined);
      found.push({ name, parts: members, reading });
    }
    return found;
  },
};

interface Members {
  readonly codes: Part;
  readonly scales: Part;
  readonly zeros?: Part;
  readonly order?: Part;
}

const BITS = [4, 8, 2, 3, 5, 6, 7];

function read({ codes, scales, zeros, order }: Members, sides: readonly number[]): WeightReading | Refusal {
  const [height, cols] = sides.slice(-2);
  const words = codes.shape[codes.shape.length - 1];
  const bits = BITS.find((count) => words === Math.ceil((cols * count) / 32));
  if (
    sides.length < 2 ||
    bits === undefined ||
    !(cols > 0) ||
    !sameShape(codes.shape, [...sides.slice(0, -1), words])
  ) {
    return { reason: `codes of the shape ${shapeText(codes)} do not match ${sides.join(" x ")} values of 2 to 8 bits` };
  }
  const groups = scales.shape.length === sides.length ? scales.shape[sides.length - 1] : 1;
  const grid = cols % groups === 0 ? gridOf(sides, scales.shape, { block: [1, cols / groups] }) : undefined;
  if (grid === undefined || grid.block[0] !== 1 || !isWideFloat(scales))
    return { reason: `its scales of the shape ${shapeText(scales)} do not fit ${sides.join(" x ")}` };
  const zeroWords = Math.ceil((height * bits) / 32);
  const packedZeros = zeros !== undefined && sameShape(zeros.shape, [zeroWords, groups]) && isWord(zeros);
  if (zeros !== undefined && (!packedZeros || sides.length !== 2))
    return { reason: `its zero points of the shape ${shapeText(zeros)} are not packed down ${height} rows` };
  if (order !== undefined && (!sameShape(order.shape, [cols]) || order.dtype !== "I32"))
    return { reason: `its g_idx has the shape ${shapeText(order)}, expected [${cols}]` };
  const rows = sides.slice(0, -1).reduce((product, side) => product * side, 1);
  return {
    shape: [...sides],
    dtype: `packed-int${bits}`,
    hints: { denseLayout: "out-in" },
    rows: {
      rows,
      cols,
      band: 1,
      async open(signal) {
        const [scale, packed, written] = await Promise.all([
          scales.numbers({ signal }),
          zeros?.bytes(0, zeros.byteLength, signal),
          order?.numbers({ signal }),
        ]);
        const zero = packed === undefined ? undefined : zeroPoints(packed, { bits, height, groups });
        const groupOf = groupsOfColumns(written, { cols, groups });
        const middle = 2 ** (bits - 1);
        return async (from, to, rowSignal) => {
          const bytes = await codes.bytes(from * words * 4, (to - from) * words * 4, rowSignal);
          const values = new Float32Array((to - from) * cols);
          for (let row = from, at = 0; row < to; row++) {
            // Rows begin on whole words.
            const own = bytes.subarray((row - from) * words * 4, (row - from + 1) * words * 4);
            const q = unpackBits(own, bits, { from: 0, count: cols });
            const line = scaleLine(grid, row, height);
            for (let col = 0; col < cols; col++, at++) {
              const k = line + groupOf[col];
              values[at] = (q[col] - (zero === undefined ? middle : zero[k])) * scale[k];
            }
          }
          return values;
        };
      },
    },
  };
}

interface Columns {
  readonly cols: number;
  readonly groups: number;
}

/** Groups of neighbours, or as g_idx says; a writer that reorders nothing stores -1. */
function groupsOfColumns(written: ArrayLike<number> | undefined, { cols, groups }: Columns): Uint32Array {
  const size = cols / groups;
  return Uint32Array.from({ length: cols }, (_, col) => {
    const group = written?.[col] ?? -1;
    return group >= 0 && group < groups ? group : Math.floor(col / size);
  });
}

interface ZeroShape {
  readonly bits: number;
  readonly height: number;
  readonly groups: number;
}

/** Words of zero points run down the rows: word w of a group holds those of 32 / bits rows. */
function zeroPoints(packed: Uint8Array, { bits, height, groups }: ZeroShape): Uint8Array {
  const words = Math.ceil((height * bits) / 32);
  const zeros = new Uint8Array(height * groups);
  for (let group = 0; group < groups; group++) {
    const column = new Uint8Array(words * 4);
    for (let word = 0; word < words; word++) {
      const from = (word * groups + group) * 4;
      column.set(packed.subarray(from, from + 4), word * 4);
    }
    const own = unpackBits(column, bits, { from: 0, count: height });
    for (let row = 0; row < height; row++) zeros[row * groups + group] = own[row];
  }
  return zeros;
}
