import { FormatError } from "../../bytes/errors.js";
import { gridOf, scaleLine } from "./grid.js";
import { elementsOf, isWideFloat, type Part, sameShape, shapeText } from "./part.js";
import { endingIn, present, type Refusal, type Scheme, type StoredWeight, type WeightReading } from "./scheme.js";

const MAX_SIDES_BYTES = 64;

/**
 * compressed-tensors' sparse formats: `x.bitmask` has a bit for each entry of a row, the lowest bit of a byte first;
 * `x.compressed` has the entries whose bit is set, row by row; `x.shape` the sides. "sparse-24-bitmask" keeps two of
 * four entries, so rows are equally long; "sparse-bitmask" keeps any number, and `x.row_offsets` says where each row
 * begins [compressed-tensors, sparse_24_bitmask.py, sparse_bitmask.py]. FP8 and int8 entries have `x_scale`.
 */
export const sparseBitmask: Scheme = {
  name: "compressed-tensors (sparse)",
  async find(parts, { signal }) {
    const found: StoredWeight[] = [];
    for (const [name, entries] of endingIn(parts, ".compressed")) {
      const [mask] = present(parts, `${name}.bitmask`);
      if (mask === undefined) continue;
      const [sides] = present(parts, `${name}.shape`);
      const [offsets] = present(parts, `${name}.row_offsets`);
      const [scales] = present(parts, `${name}_scale`);
      const members = [entries, mask, sides, offsets, scales].filter((part) => part !== undefined);
      const reading =
        sides === undefined || sides.byteLength > MAX_SIDES_BYTES
          ? { reason: "its shape is missing" }
          : read({ entries, mask, offsets, scales }, [...(await sides.numbers({ signal }))]);
      found.push({ name, parts: members, reading });
    }
    return found;
  },
};

interface Members {
  readonly entries: Part;
  readonly mask: Part;
  readonly offsets?: Part;
  readonly scales?: Part;
}

function read({ entries, mask, offsets, scales }: Members, sides: readonly number[]): WeightReading | Refusal {
  const [rows, cols] = sides;
  const width = Math.ceil(cols / 8);
  if (sides.length !== 2 || !(rows > 0 && cols > 0) || !sameShape(mask.shape, [rows, width]) || mask.dtype !== "U8")
    return { reason: `a bitmask of the shape ${shapeText(mask)} does not match ${sides.join(" x ")} entries` };
  const stored = elementsOf(entries);
  const even = offsets === undefined;
  if ((even && stored % rows !== 0) || stored > rows * cols || (offsets !== undefined && elementsOf(offsets) < rows))
    return { reason: `${stored} stored entries do not fit ${rows} rows` };
  const small = !isWideFloat(entries);
  const grid = scales === undefined ? undefined : gridOf([rows, cols], scales.shape);
  if (small && (!/^(F8_E4M3|F8_E5M2|I8)$/.test(entries.dtype) || grid === undefined))
    return { reason: `its entries are of type ${entries.dtype}, and no scales fit them` };
  return {
    shape: [rows, cols],
    dtype: `sparse-${entries.dtype}`,
    hints: { denseLayout: "out-in" },
    rows: {
      rows,
      cols,
      band: 1,
      async open(signal) {
        const [starts, scale] = await Promise.all([offsets?.numbers({ signal }), scales?.numbers({ signal })]);
        const begin = (row: number): number =>
          row === rows ? stored : even ? (row * stored) / rows : Math.min(stored, Math.max(0, starts?.[row] ?? 0));
        return async (from, to, rowSignal) => {
          const [first, last] = [begin(from), Math.max(begin(from), begin(to))];
          const [bits, kept] = await Promise.all([
            mask.bytes(from * width, (to - from) * width, rowSignal),
            entries.numbers({ from: first, to: last, signal: rowSignal }),
          ]);
          const values = new Float32Array((to - from) * cols);
          for (let row = from, at = 0; row < to; row++) {
            const line = grid === undefined ? 0 : scaleLine(grid, row, rows);
            let next = begin(row) - first;
            for (let col = 0; col < cols; col++, at++) {
              if (((bits[(row - from) * width + (col >> 3)] >> (col & 7)) & 1) === 0) continue;
              const k = grid === undefined ? 0 : line + Math.floor(col / grid.block[1]);
              const entry = kept[next++];
              values[at] = scale === undefined ? entry : entry * scale[k];
            }
            if (next !== begin(row + 1) - first) refuseRow(mask, row);
          }
          return values;
        };
      },
    },
  };
}

function refuseRow({ format, file, name }: Part, row: number): never {
  throw new FormatError(`row ${row} has another number of bits than of stored entries`, {
    kind: "malformed",
    format,
    file,
    tensor: name,
    remedy: "The file is damaged; get it again.",
  });
}
