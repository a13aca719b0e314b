import { type LayerRecord, type LayerResult, measureLayer } from "../../analysis/index.js";
import { type Layer, layerRole } from "../../layers/index.js";
import { poolSpectrum } from "../../spectra/index.js";

/** The layer of one seed: its record and its eigenvalues. */
export interface SeedSpectrum {
  readonly record: LayerRecord;
  readonly eigenvalues: Float64Array;
}

/**
 * Pools the spectra of one layer over several seeds, as [MM21] pools its ten runs: bulk, edge and tail are fitted to
 * all eigenvalues together. The analysis treats the seeds like the slices of a convolution: `rf` independent matrices
 * of one shape. Sums over the spectrum (norm, stable rank) are about `rf` times those of one run; `statistic` gives
 * means over runs. Throws `RangeError` for no seeds.
 */
export function poolSeeds(seeds: readonly SeedSpectrum[]): LayerResult {
  if (seeds.length === 0) throw new RangeError("poolSeeds: there is nothing to pool");
  const [{ record }] = seeds;
  const stack = { count: seeds.length, rows: record.N, cols: record.M };
  const eigenvalues = new Float64Array(stack.count * record.M);
  seeds.forEach(({ eigenvalues: own }, k) => {
    eigenvalues.set(own, k * record.M);
  });
  const spectrum = poolSpectrum(stack, {
    eigenvalues,
    resolvedFloor: Float64Array.from(seeds, ({ record }) => record.resolved_floor ?? 0),
    route: seeds.map(({ record }) => (record.route === "bidiagonal" ? "bidiagonal" : "gram")),
    precision: seeds.map(() => "f64"),
  });
  return measureLayer(layerOf(record, stack), spectrum);
}

/** The layer of a record, as a stack. Its weights are not available and not needed. */
function layerOf(
  record: LayerRecord,
  stack: { readonly count: number; readonly rows: number; readonly cols: number },
): Layer {
  const { layer_id: index, name, shape, dtype, N, M, Q, transposed, notes } = record;
  return {
    ...{ index, name, tensorName: name, type: "dense", shape, dtype, storedBits: 32, quantised: false },
    ...{ N, M, Q, rf: stack.count, transposed, ...layerRole(name), eigenvalueScale: 1, tiedWith: [], notes },
    source: {
      ...stack,
      blocks: () => {
        throw new Error(`the weights of ${name} are not available, only their spectrum`);
      },
    },
  };
}
