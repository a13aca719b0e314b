import type { Values } from "../formats/index.js";
import type { Layer, MatrixSource } from "../layers/index.js";
import { shuffleInPlace } from "../numeric/index.js";
import { entryObjection, liveShape } from "../phases/index.js";
import { liveEntries } from "../phases/live-shape.js";
import { type PermutationNull, permutationNull } from "../rmt/index.js";
import { poolSpectrum, type SpectralPool, type Spectrum } from "../spectra/index.js";
import { permutationObjection, permutedBy, type ShuffleOptions } from "./permuted-source.js";
import { spectrumWork } from "./spectrum-work.js";

/** Raised whenever the null of the same weights and seed changes: kept ones of an older version are computed again. */
export const PERMUTED_NULL_VERSION = 1;
/** Most permutations. The smallest p-value is then 1 %. */
const MAX_PERMUTATIONS = 99;
/** With fewer permutations, no p-value reaches 5 %. */
const MIN_PERMUTATIONS = 19;
/**
 * Most floating-point operations of all permutations of a layer, about ten seconds of one core. A layer that needs more
 * is decided without them.
 */
const MAX_OPERATIONS = 5e10;
/**
 * From this fraction of zeros among the live entries, the layer counts as masked. Only masked layers are permuted
 * without an option.
 */
const MIN_MASKED_FRACTION = 0.2;

/**
 * The null distribution of a masked layer, by permutations of its live entries, solved on the pool. It is used if the
 * kurtosis or the largest entry is outside the assumptions of the tests of bulk and edge (`entryObjection`). null if
 * the tests need no permutations, if the layer is not masked, or if the permutations would cost too much.
 */
export async function permutedNull(
  layer: Layer,
  spectrum: Spectrum,
  {
    pool,
    seed,
    signal,
  }: { readonly pool: SpectralPool; readonly seed: number; readonly signal?: AbortSignal | undefined },
): Promise<PermutationNull | null> {
  const count = permutationsFor(layer, spectrum);
  if (count === 0) return null;
  const spectra = Array.from({ length: count }, async (_, replicate) => {
    const source = permutedBy(
      layer.source,
      { seed, layer: layer.index, replicate },
      { entries: "live", shuffle: shuffleLive },
    );
    return poolSpectrum(source, await pool.solve(source, signal), layer.eigenvalueScale).eigenvalues;
  });
  return permutationNull(spectrum.eigenvalues, await Promise.all(spectra));
}

/** How many permutations a layer gets: 0, or 19 to 99. */
export function permutationsFor(
  { source, N, M, rf }: Pick<Layer, "source" | "N" | "M" | "rf">,
  spectrum: Spectrum,
): number {
  const { entries } = spectrum;
  if (entries === undefined || permutationObjection(source) !== null) return 0;
  if (entryObjection(spectrum, liveShape(spectrum)) === null) return 0;
  const live = liveEntries(entries);
  const masked = (live - (entries.count - entries.zeros)) / live;
  if (!(masked >= MIN_MASKED_FRACTION)) return 0;
  return mostPermutations({ N, M, rf });
}

/** How many permutations a layer of this shape gets if its weights ask for them: 0 for a large one. */
export function mostPermutations(shape: Pick<Layer, "N" | "M" | "rf">): number {
  const count = Math.min(MAX_PERMUTATIONS, Math.floor(MAX_OPERATIONS / spectrumWork(shape)));
  return count < MIN_PERMUTATIONS ? 0 : count;
}

/** `MAX_OPERATIONS` limits it to a few million entries, tens of milliseconds, so no pause is needed. */
export async function shuffleLive(values: Values, { rows, cols, rng }: ShuffleOptions): Promise<void> {
  shuffleLiveInPlace(values, { rows, cols }, rng);
}

/**
 * Shuffles the entries among the rows and columns that are not all zero. Dead rows and columns stay dead, so the
 * permuted matrix has the same live shape. The entries are sorted first, then written along the longer side of the
 * matrix. The spectrum therefore depends only on the set of entries and on `rng`, not on their positions or on whether
 * the matrix is stored transposed.
 */
export function shuffleLiveInPlace(
  values: Float32Array | Float64Array,
  { rows, cols }: Pick<MatrixSource, "rows" | "cols">,
  rng: () => number,
): void {
  const [long, short] = rows < cols ? [cols, rows] : [rows, cols];
  const place =
    rows < cols ? (i: number, j: number): number => j * cols + i : (i: number, j: number): number => i * cols + j;
  const liveLong = new Uint8Array(long);
  const liveShort = new Uint8Array(short);
  for (let i = 0; i < long; i++)
    for (let j = 0; j < short; j++) if (values[place(i, j)] !== 0) liveLong[i] = liveShort[j] = 1;
  const places = new Uint32Array(
    liveLong.reduce((sum, mark) => sum + mark, 0) * liveShort.reduce((sum, mark) => sum + mark, 0),
  );
  let filled = 0;
  for (let i = 0; i < long; i++) {
    if (liveLong[i] === 1) for (let j = 0; j < short; j++) if (liveShort[j] === 1) places[filled++] = place(i, j);
  }
  const shuffled = shuffleInPlace(Float64Array.from(places, (at) => values[at]).sort(), rng);
  for (let k = 0; k < places.length; k++) values[places[k]] = shuffled[k];
}
