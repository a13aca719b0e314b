import type { Values } from "../formats/index.js";
import type { Layer, MatrixSource } from "../layers/index.js";
import { shuffleInPlace } from "../numeric/index.js";
import { entryObjection, liveShape } from "../phases/index.js";
import { type PermutationNull, permutationNull } from "../rmt/index.js";
import { poolSpectrum, type SpectralPool, type Spectrum } from "../spectra/index.js";
import { permutationObjection, permutedBy, type ShuffleOptions } from "./permuted-source.js";

/** Permutations: their p-values go down to 1 %. */
const PERMUTATIONS = 99;
/** Below so many no p-value of 5 % can be told. */
const MIN_PERMUTATIONS = 19;
/**
 * Floating-point operations that they may take together, some ten seconds of one core; a layer that needs more is told
 * without them.
 */
const MAX_WORK = 5e10;
/** Share of zeros among the live entries from which on they are a mask: only then are they permuted unasked. */
const MIN_MASKED = 0.2;

/**
 * The null of a masked layer by permutations of its live entries, solved on the pool: where its kurtosis or its largest
 * entry is beyond what the tests of bulk and edge reckon with (`nullObjection`). null where they need none, where the
 * layer is no mask, or where the permutations would cost too much.
 */
export async function permutedNull(
  layer: Layer,
  spectrum: Spectrum,
  { pool, seed, signal }: { readonly pool: SpectralPool; readonly seed: number; readonly signal?: AbortSignal },
): Promise<PermutationNull | null> {
  const count = permutationsFor(layer, spectrum);
  if (count === 0) return null;
  const spectra = Array.from({ length: count }, async (_, replicate) => {
    const source = permutedBy(layer.source, { seed, layer: layer.index, replicate }, shuffleLive);
    return poolSpectrum(source, await pool.solve(source, signal), layer.eigenvalueScale).eigenvalues;
  });
  return permutationNull(spectrum.eigenvalues, await Promise.all(spectra));
}

/** How many permutations a layer gets: 0, or from 19 to 99. */
export function permutationsFor({ source, N, M, rf }: Pick<Layer, "source" | "N" | "M" | "rf">, spectrum: Spectrum): number {
  const { entries } = spectrum;
  if (entries === undefined || permutationObjection(source) !== null) return 0;
  if (entryObjection(spectrum, liveShape(spectrum)) === null) return 0;
  const live = entries.liveRows.reduce((sum, rows, k) => sum + rows * entries.liveColumns[k], 0);
  const masked = (live - (entries.count - entries.zeros)) / live;
  if (!(masked >= MIN_MASKED)) return 0;
  const work = rf * (N * M * M + (4 / 3) * M ** 3);
  const count = Math.min(PERMUTATIONS, Math.floor(MAX_WORK / work));
  return count < MIN_PERMUTATIONS ? 0 : count;
}

/** At most some millions of entries (`MAX_WORK`): tens of milliseconds, so that no pause is needed. */
async function shuffleLive(values: Values, { rows, cols, rng }: ShuffleOptions): Promise<void> {
  shuffleLiveInPlace(values, { rows, cols }, rng);
}

/**
 * Shuffles the entries among the rows and columns that hold any: dead ones stay dead, so that the permuted matrix has
 * the same live shape. The entries are sorted first and go to the places of the longer side by those of the shorter
 * one: the spectrum depends on which entries there are and on `rng`, not on where they were, nor on which side the
 * matrix was stored.
 */
export function shuffleLiveInPlace(
  values: Float32Array | Float64Array,
  { rows, cols }: Pick<MatrixSource, "rows" | "cols">,
  rng: () => number,
): void {
  const [long, short] = rows < cols ? [cols, rows] : [rows, cols];
  const place = rows < cols ? (i: number, j: number): number => j * cols + i : (i: number, j: number): number => i * cols + j;
  const liveLong = new Uint8Array(long);
  const liveShort = new Uint8Array(short);
  for (let i = 0; i < long; i++) for (let j = 0; j < short; j++) if (values[place(i, j)] !== 0) liveLong[i] = liveShort[j] = 1;
  const places = new Uint32Array(liveLong.reduce((sum, mark) => sum + mark, 0) * liveShort.reduce((sum, mark) => sum + mark, 0));
  let filled = 0;
  for (let i = 0; i < long; i++) {
    if (liveLong[i] === 1) for (let j = 0; j < short; j++) if (liveShort[j] === 1) places[filled++] = place(i, j);
  }
  const shuffled = shuffleInPlace(Float64Array.from(places, (at) => values[at]).sort(), rng);
  for (let k = 0; k < places.length; k++) values[places[k]] = shuffled[k];
}
