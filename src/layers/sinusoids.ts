import { FormatError } from "../bytes/errors.js";
import type { Tensor } from "../formats/tensor.js";
import { roleWord } from "./tensor-name.js";

/** Fewer rows than this cannot be distinguished from other tables. */
const MIN_ROWS = 16;
/** Rows of one window: each gives `WINDOW - 2` equations for one unknown per column. */
const WINDOW = 6;
/** The first two rows may be padding (fairseq) or a class token (ViT). */
const FIRST_ROW = 2;
/** The longest row that is examined: the widest embeddings have about 20,000 numbers. */
const MAX_COLUMNS = 2 ** 16;
/** The largest number of tables examined in one file; models have a few. */
const MAX_TABLES = 64;
/** A column of more than half a radian per row oscillates: a smooth trained column does not. 2 cos(0.5) = 1.755. */
const MAX_OSCILLATING_FACTOR = 1.75;
/** Positions of the usual base (10,000 to 500,000) have at least 1 in 20 columns as fast as that. */
const MIN_OSCILLATING_FRACTION = 1 / 32;
/**
 * Relative to a table's amplitude: sines of f32 angles of about 10,000 radians are wrong by 6e-4; bf16 rounds to 2^-9,
 * and three values enter with weights up to 2.
 */
const TOLERANCE = { wide: 2e-3, narrow: 2e-2 } as const;

/** Names of tables that may be sinusoids, trained or not; their values decide. */
const TABLE_NAMES = /pos|(^|_)pe$|enc|sin|cos|rope|rotary|freq|dct|dft|basis|table|timing/i;

/** Whether a tensor may be a table of sinusoids, judged without its values. */
export function mayBeSinusoid({ name, shape, floating, quantised, hints }: Tensor): boolean {
  const sides = shape.filter((side) => side > 1);
  if (sides.length !== 2 || shape[shape.length - 1] !== sides[1] || sides[0] < MIN_ROWS || sides[1] > MAX_COLUMNS)
    return false;
  if (!floating || quantised || (hints?.role !== undefined && hints.role !== "embedding")) return false;
  return hints?.role === "embedding" || TABLE_NAMES.test(roleWord(name));
}

/**
 * The tensors that are tables of sines and cosines by their values: rows x[p] with x[p+1] + x[p-1] = 2 cos(w) x[p] in
 * every column, with one frequency w per column ([VSP17] section 3.5 and its variants, and the matrices of discrete
 * transforms). Reads three windows of six rows of each candidate, so that training that changed the table is detected.
 * Rejects with the signal's reason when aborted. A table that cannot be read is not in the result.
 */
export async function findSinusoids(tensors: readonly Tensor[], signal?: AbortSignal): Promise<ReadonlySet<Tensor>> {
  const found = new Set<Tensor>();
  for (const tensor of tensors.filter(mayBeSinusoid).slice(0, MAX_TABLES)) {
    try {
      if (isSinusoid(await windowsOf(tensor, signal), tensor) || (await isGridOfSinusoids(tensor, signal)))
        found.add(tensor);
    } catch (cause) {
      signal?.throwIfAborted();
      if (!(cause instanceof FormatError)) throw cause;
    }
  }
  return found;
}

/** Rows at the beginning, in the middle and at the end. */
async function windowsOf(tensor: Tensor, signal?: AbortSignal): Promise<Float64Array[]> {
  const rows = tensor.shape.filter((side) => side > 1)[0];
  const starts = [FIRST_ROW, Math.floor((rows - WINDOW) / 2), rows - WINDOW];
  const windows: Float64Array[] = [];
  for (const start of starts) windows.push(await readRows(tensor, { start, stride: 1 }, signal));
  return windows;
}

/** Six rows of a table, the first at `start`, `stride` rows from one to the next. */
async function readRows(
  { shape, values }: Tensor,
  { start, stride }: { readonly start: number; readonly stride: number },
  signal?: AbortSignal,
): Promise<Float64Array> {
  const cols = shape[shape.length - 1];
  const window = new Float64Array(WINDOW * cols);
  const ranges =
    stride === 1
      ? [{ from: start * cols, to: (start + WINDOW) * cols }]
      : Array.from({ length: WINDOW }, (_, k) => ({
          from: (start + k * stride) * cols,
          to: (start + k * stride + 1) * cols,
        }));
  let at = 0;
  for (const range of ranges) {
    for await (const chunk of values({ ...range, signal })) {
      window.set(chunk, at);
      at += chunk.length;
    }
  }
  return window;
}

/**
 * Whether a table holds the positions of a square grid, row by row, after at most one class token: each column is a
 * sinusoid along one axis of the grid and constant along the other (positions of patches, ViT MAE and DiT). Reads three
 * windows along each axis.
 */
async function isGridOfSinusoids(tensor: Tensor, signal?: AbortSignal): Promise<boolean> {
  const { shape, storedBits } = tensor;
  const [rows, cols] = shape.filter((side) => side > 1);
  const side = Math.floor(Math.sqrt(rows));
  const first = rows - side * side;
  if (side < WINDOW || first > 1) return false;
  const along: Float64Array[] = [];
  const across: Float64Array[] = [];
  for (const [line, place] of [
    [0, 0],
    [side >> 1, (side - WINDOW) >> 1],
    [side - 1, side - WINDOW],
  ]) {
    along.push(await readRows(tensor, { start: first + line * side + place, stride: 1 }, signal));
    across.push(await readRows(tensor, { start: first + place * side + line, stride: side }, signal));
  }
  const limit = limitOf([...along, ...across], storedBits);
  if (limit === undefined) return false;
  let oscillating = 0;
  for (let column = 0; column < cols; column++) {
    const isAlong = isConstant(across, { column, cols, limit });
    if (!isAlong && !isConstant(along, { column, cols, limit })) return false;
    const { factor, residual } = recurrence(isAlong ? along : across, column, cols);
    if (!(residual <= limit)) return false;
    if (Math.abs(factor) <= MAX_OSCILLATING_FACTOR) oscillating++;
  }
  return oscillating >= Math.max(1, MIN_OSCILLATING_FRACTION * cols);
}

/** Whether a column has one value within each window. */
function isConstant(
  windows: readonly Float64Array[],
  { column, cols, limit }: { readonly column: number; readonly cols: number; readonly limit: number },
): boolean {
  return windows.every((window) => {
    for (let at = column; at < window.length; at += cols)
      if (!(Math.abs(window[at] - window[column]) <= limit)) return false;
    return true;
  });
}

/** The largest allowed error of a value; undefined if the table has no amplitude to compare with. */
function limitOf(windows: readonly Float64Array[], storedBits: number): number | undefined {
  const amplitude = Math.max(
    ...windows.map((window) => window.reduce((most, value) => Math.max(most, Math.abs(value)), 0)),
  );
  return amplitude > 0 && Number.isFinite(amplitude)
    ? amplitude * (storedBits >= 32 ? TOLERANCE.wide : TOLERANCE.narrow)
    : undefined;
}

function isSinusoid(windows: readonly Float64Array[], { shape, storedBits }: Tensor): boolean {
  const cols = shape[shape.length - 1];
  const limit = limitOf(windows, storedBits);
  if (limit === undefined) return false;
  let oscillating = 0;
  for (let column = 0; column < cols; column++) {
    const { factor, residual } = recurrence(windows, column, cols);
    if (!(residual <= limit)) return false;
    if (Math.abs(factor) <= MAX_OSCILLATING_FACTOR) oscillating++;
  }
  return oscillating >= Math.max(1, MIN_OSCILLATING_FRACTION * cols);
}

/**
 * The least-squares factor k of x[p+1] + x[p-1] = k x[p], which is 2 cos(w) of a sinusoid and so within [-2, 2], and
 * the largest residual.
 */
function recurrence(
  windows: readonly Float64Array[],
  column: number,
  cols: number,
): { factor: number; residual: number } {
  let products = 0;
  let squares = 0;
  const each = (visit: (x: number, neighbours: number) => void): void => {
    for (const window of windows) {
      for (let row = 1; row < WINDOW - 1; row++) {
        const at = row * cols + column;
        visit(window[at], window[at - cols] + window[at + cols]);
      }
    }
  };
  each((x, neighbours) => {
    products += x * neighbours;
    squares += x * x;
  });
  // A column of zeros is the sine of the frequency 0.
  const factor = squares === 0 ? 2 : Math.max(-2, Math.min(2, products / squares));
  let residual = 0;
  each((x, neighbours) => {
    residual = Math.max(residual, Math.abs(neighbours - factor * x));
  });
  return { factor, residual };
}
