import type { Layer } from "../../layers/index.js";
import {
  type WeightWatcherVectorMeasures,
  type WeightWatcherVectors,
  weightWatcherReplicates,
  weightWatcherTraceLog,
  weightWatcherVectors,
} from "../../metrics/index.js";
import type { Spectrum } from "../../spectra/index.js";
import type { LayerResult } from "../layer-result.js";
import { WEIGHTWATCHER_GROUPS, type WeightWatcherColumns, weightWatcherColumnsOf } from "../optional-columns.js";
import { spectrumWork } from "../spectrum-work.js";
import type { Extra, ExtrasContext, ExtrasRequest } from "./extra.js";
import { measureVectors } from "./measured-vectors.js";
import { EIGENVECTORS, eigenvectorWork, PERMUTED_WEIGHTS } from "./needs.js";

/** WeightWatcher's optional columns, with its names and formulas. */
export const WEIGHTWATCHER: Extra = {
  name: "weightwatcher",
  version: 1,
  columns: ({ weightwatcher }) => weightWatcherColumnsOf(weightwatcher),
  // The option `randomize` counts its permutations, and this option uses the same ones.
  work: (layer, request) =>
    (asksForGroup(request, "randomize")
      ? Math.max(0, permutationsFor(layer.M * layer.rf) - request.randomize) * spectrumWork(layer)
      : 0) + (asksForGroup(request, "vectors") ? eigenvectorWork(layer) : 0),
  needs: (request) => [
    ...(asksForGroup(request, "randomize") ? [PERMUTED_WEIGHTS] : []),
    ...(asksForGroup(request, "vectors") ? [EIGENVECTORS] : []),
  ],
  parameters: (request) => ({
    columns: weightWatcherColumnsOf(request.weightwatcher),
    ...(asksForGroup(request, "randomize") && { seed: request.seed }),
  }),
  async measure(result, context) {
    const { layer, spectrum } = result;
    const { request, columnWorker, signal } = context;
    if (spectrum === null) return {};
    const canPermute = PERMUTED_WEIGHTS.objection(layer) === null;
    const canGetVectors = EIGENVECTORS.objection(layer) === null;
    const measured: Partial<WeightWatcherColumns> = {
      ...(asksForGroup(request, "mp_fit") && (await columnWorker.run("weightWatcherBulk", [spectrum], signal))),
      ...(asksForGroup(request, "detX") && weightWatcherTraceLog(spectrum)),
      ...(asksForGroup(request, "randomize") && canPermute && (await randomisedColumns(spectrum, context))),
      ...(asksForGroup(request, "vectors") && canGetVectors && (await vectorColumns(result, context))),
    };
    const asked = weightWatcherColumnsOf(request.weightwatcher) as readonly string[];
    return Object.fromEntries(Object.entries(measured).filter(([column]) => asked.includes(column)));
  },
};

/** Whether the options ask for a column of the group. */
function asksForGroup({ weightwatcher }: ExtrasRequest, group: keyof typeof WEIGHTWATCHER_GROUPS): boolean {
  const asked = weightWatcherColumnsOf(weightwatcher);
  return WEIGHTWATCHER_GROUPS[group].some((column) => asked.includes(column));
}

/** How many permutations of a layer with `n` eigenvalues: those that WeightWatcher pools, and one more. */
function permutationsFor(n: number): number {
  return weightWatcherReplicates(n) + 1;
}

async function randomisedColumns(spectrum: Spectrum, { columnWorker, permutedSpectra, signal }: ExtrasContext) {
  const n = spectrum.eigenvalues.length;
  const replicates = await permutedSpectra(permutationsFor(n));
  const pooled = replicates.slice(0, -1);
  const first = new Float64Array(pooled.length * n);
  for (const [i, { eigenvalues }] of pooled.entries()) first.set(eigenvalues, i * n);
  const spectra = { first: first.sort(), second: replicates[pooled.length].eigenvalues };
  return columnWorker.run("weightWatcherRandomised", [spectrum, spectra], signal);
}

/**
 * WeightWatcher uses the eigenvectors of the smaller side, and those of W W' if both sides are equal. null if no power
 * law was fitted.
 */
async function vectorColumns(
  { layer, tail }: Pick<LayerResult, "tail"> & { readonly layer: Layer },
  context: ExtrasContext,
): Promise<WeightWatcherVectors | null> {
  if (tail === null) return null;
  const { rows, cols } = layer.source;
  const measured = await measureVectors<WeightWatcherVectorMeasures>(layer, {
    side: rows <= cols ? "rows" : "columns",
    work: "weightWatcherVectors",
    ...context,
  });
  return weightWatcherVectors(
    measured.map(({ measures }) => measures),
    tail.nTail,
  );
}
