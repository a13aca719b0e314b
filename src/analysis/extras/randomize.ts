import { zeroFloorOf } from "../measure-layer.js";
import { RANDOMISATION_COLUMNS } from "../optional-columns.js";
import { spectrumWork } from "../spectrum-work.js";
import type { Extra } from "./extra.js";
import { PERMUTED_WEIGHTS } from "./needs.js";

/** The layer compared with its own permuted entries. */
export const RANDOMIZE: Extra = {
  name: "randomize",
  version: 1,
  columns: ({ randomize }) => (randomize > 0 ? RANDOMISATION_COLUMNS : []),
  work: (layer, { randomize }) => randomize * spectrumWork(layer),
  needs: ({ randomize }) => (randomize > 0 ? [PERMUTED_WEIGHTS] : []),
  parameters: ({ randomize, seed }) => ({ replicates: randomize, seed }),
  async measure({ layer, spectrum }, { request, columnWorker, permutedSpectra, signal }) {
    if (spectrum === null || PERMUTED_WEIGHTS.objection(layer) !== null) return {};
    const replicates = (await permutedSpectra(request.randomize)).map((replicate) => ({
      spectrum: replicate,
      zeroFloor: zeroFloorOf(layer, replicate),
    }));
    return columnWorker.run("randomisation", [spectrum, replicates, { scale: layer.eigenvalueScale }], signal);
  },
};
