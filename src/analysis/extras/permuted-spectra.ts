import type { Layer } from "../../layers/index.js";
import { poolSpectrum, type SpectralPool, type Spectrum } from "../../spectra/index.js";
import { permuted } from "../permuted-source.js";

/**
 * The first `count` spectra of a layer with its entries permuted. Each is solved once, when it is first asked for.
 * Rejects if the weights cannot be read again, or with the signal's reason.
 */
export type PermutedSpectra = (count: number) => Promise<readonly Spectrum[]>;

/**
 * Permutes the layer with the seeds (seed, layer, 0), (seed, layer, 1), ... and solves the permutations one after the
 * other, so that a layer never takes more than one slot of the pool.
 */
export function permutedSpectra(
  layer: Layer,
  {
    seed,
    pool,
    signal,
  }: { readonly seed: number; readonly pool: SpectralPool; readonly signal?: AbortSignal | undefined },
): PermutedSpectra {
  const solved: Promise<Spectrum>[] = [];
  const solve = async (replicate: number): Promise<Spectrum> => {
    const source = permuted(layer.source, { seed, layer: layer.index, replicate });
    return poolSpectrum(source, await pool.solve(source, signal), layer.eigenvalueScale);
  };
  return (count) => {
    for (let replicate = solved.length; replicate < count; replicate++) {
      const previous = solved[replicate - 1] ?? Promise.resolve();
      solved.push(previous.then(() => solve(replicate)));
    }
    return Promise.all(solved.slice(0, count));
  };
}
