import { unpackBits } from "./packed-bits.js";
import { isWideFloat, isWord, type Part } from "./part.js";
import { endingIn, present, type Refusal, type Scheme, type StoredWeight, type WeightReading } from "./scheme.js";

/** Rows of a tile (inputs), which are stored as one row of words, and columns of a tile. */
const TILE = 16;
/** Codes that are permuted together: those of four tiles. */
const BLOCK = 1024;
/** The code of the number 0: codes are symmetric, of 4 bits. */
const ZERO = 8;

/**
 * Where in four tiles (tile * 256 + row * 16 + column) the k-th code of a block comes from: the fragments of a thread's
 * matrix products one after the other, even ones before odd ones [Marlin, marlin/__init__.py, _get_perms].
 */
const CODE_ORDER = codeOrder();
/** The same for scales: 64 columns if a column has several groups, 32 if it has one. */
const SCALE_ORDER = Array.from({ length: 64 }, (_, k) => Math.floor(k / 8) + 8 * (k % 8));
const SINGLE_SCALE_ORDER = Array.from(
  { length: 32 },
  (_, k) => 2 * Math.floor(k / 8) + [0, 1, 8, 9, 16, 17, 24, 25][k % 8],
);

function codeOrder(): Uint16Array {
  const order: number[] = [];
  for (let thread = 0; thread < 32; thread++) {
    for (let tile = 0; tile < 4; tile++) {
      const fragment = [0, 8].flatMap((half) =>
        [0, 1, 8, 9].map((k) => TILE * (2 * (thread % 4) + k) + Math.floor(thread / 4) + half),
      );
      for (const k of [0, 2, 4, 6, 1, 3, 5, 7]) order.push(256 * tile + fragment[k]);
    }
  }
  return Uint16Array.from(order);
}

/**
 * Marlin [FCC24]: symmetric codes of 4 bits in the order of its GPU kernel. `B` (inputs / 16, 2 outputs) has tiles of
 * 16 x 16, `s` (groups, outputs) the permuted scales; w[i][j] = s[i / group size][j] (q[i][j] - 8) [Marlin,
 * marlin/__init__.py, pack]. Inputs are rows.
 */
export const marlin: Scheme = {
  name: "Marlin",
  async find(parts) {
    const found: StoredWeight[] = [];
    for (const [stem, codes] of endingIn(parts, "B")) {
      const [scales] = present(parts, `${stem}s`);
      if (!/(^|[./:])$/.test(stem) || scales === undefined || !isWord(codes)) continue;
      const others = present(parts, `${stem}workspace`, `${stem}reduce_buffer`);
      found.push({ name: `${stem}weight`, parts: [codes, scales, ...others], reading: read(codes, scales) });
    }
    return found;
  },
};

function read(codes: Part, scales: Part): WeightReading | Refusal {
  const [bands, words] = codes.shape;
  const [rows, cols] = [bands * TILE, words / 2];
  const [groups] = scales.shape;
  const fits =
    codes.shape.length === 2 &&
    scales.shape.length === 2 &&
    scales.shape[1] === cols &&
    groups > 0 &&
    rows % groups === 0 &&
    cols % (BLOCK / TILE) === 0 &&
    isWideFloat(scales);
  if (!fits) return { reason: "its codes and scales do not fit each other" };
  return {
    shape: [rows, cols],
    dtype: "Marlin-4bit",
    hints: { denseLayout: "in-out" },
    rows: {
      rows,
      cols,
      band: TILE,
      async open(signal) {
        const scale = inColumnOrder(await scales.numbers({ signal }), groups === 1 ? SINGLE_SCALE_ORDER : SCALE_ORDER);
        const groupRows = rows / groups;
        return async (from, to, rowSignal) => {
          const firstBand = Math.floor(from / TILE);
          const lastBand = Math.ceil(to / TILE);
          const bytes = await codes.bytes(firstBand * words * 4, (lastBand - firstBand) * words * 4, rowSignal);
          const values = new Float32Array((lastBand - firstBand) * TILE * cols);
          const q = unpackBits(bytes, 4, { from: 0, count: values.length });
          for (let k = 0; k < q.length; k++) {
            const inBand = (k - (k % BLOCK) + CODE_ORDER[k % BLOCK]) % (TILE * cols);
            const band = Math.floor(k / (TILE * cols));
            const row = band * TILE + ((inBand >> 4) & 15);
            const col = (inBand >> 8) * TILE + (inBand & 15);
            const group = Math.floor((firstBand * TILE + row) / groupRows);
            values[row * cols + col] = scale[group * cols + col] * (q[k] - ZERO);
          }
          return values.subarray((from - firstBand * TILE) * cols, (to - firstBand * TILE) * cols);
        };
      },
    },
  };
}

/** Undoes the permutation of each run of columns. */
function inColumnOrder(stored: ArrayLike<number>, order: readonly number[]): Float64Array {
  const scales = new Float64Array(stored.length);
  for (let k = 0; k < stored.length; k++) scales[k - (k % order.length) + order[k % order.length]] = stored[k];
  return scales;
}
