import { analyzeFiles, type LayerResult } from "../../analysis/index.js";
import { bytesInMemory, type FileSet, FormatError } from "../../formats/index.js";
import { MIN_SIZE } from "../../phases/index.js";
import type { SpectralPool } from "../../spectra/index.js";

/** Eigenvalues of one layer at one epoch. */
export interface LayerEigenvalues {
  readonly name: string;
  readonly eigenvalues: Float64Array;
}

/**
 * Analyses a checkpoint (the bytes of a safetensors file) as `eigenscope analyze` does, so that a later analysis of
 * the file gives the same numbers. It analyses only `layers` with at least 16 eigenvalues: smaller ones have no
 * meaningful density.
 */
export async function measureCheckpoint(
  checkpoint: Uint8Array,
  {
    layers,
    pool,
    signal,
  }: { readonly layers: readonly string[]; readonly pool: SpectralPool; readonly signal?: AbortSignal | undefined },
): Promise<readonly LayerResult[]> {
  const lent: SpectralPool = { ...pool, close: async () => {} };
  const analysis = analyzeFiles(
    oneFile("checkpoint.safetensors", checkpoint),
    { layers, minEigenvalues: MIN_SIZE, signal },
    { createPool: async () => lent },
  );
  return analysis.results();
}

function oneFile(name: string, bytes: Uint8Array): FileSet {
  return {
    label: name,
    entry: name,
    list: async () => [name],
    open: async (asked) => {
      if (asked !== name)
        throw new FormatError("there is no such file next to the checkpoint", { kind: "missing", file: asked });
      return bytesInMemory(bytes);
    },
  };
}
