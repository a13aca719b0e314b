import type { Layer } from "../../layers/index.js";
import { measureVectorsByWorker } from "../workers/call-stack.js";
import type { VectorsReply, VectorWork } from "../workers/layer-call.js";
import type { ExtrasContext } from "./extra.js";

interface Measuring extends Pick<ExtrasContext, "pool" | "columnWorker" | "signal"> {
  /** Of W W' ("rows") or of W'W ("columns"), W as it is stored. */
  readonly side: "rows" | "columns";
  readonly work: VectorWork;
}

/** An eigenvector's eigenvalue and measures. */
export interface MeasuredVector<Measures> {
  readonly eigenvalue: number;
  readonly measures: Measures;
}

/**
 * Measures every eigenvector of a layer, in the order of ascending eigenvalues (scaled by `eigenvalueScale`) over all
 * its matrices. Rejects if the weights cannot be read again, or with the signal's reason.
 */
export async function measureVectors<Measures>(
  layer: Layer,
  measuring: Measuring,
): Promise<MeasuredVector<Measures>[]> {
  const byWorker = await measureVectorsByWorker(layer.source, measuring, measuring);
  const matrices = byWorker ?? (await measuredHere(layer, measuring));
  return matrices
    .flatMap(({ values, measures }) =>
      measures.map((of, i) => ({ eigenvalue: values[i] * layer.eigenvalueScale, measures: of as Measures })),
    )
    .sort((a, b) => a.eigenvalue - b.eigenvalue);
}

/** The vectors come to this thread, and go to the column worker. */
async function measuredHere(
  { source, M }: Layer,
  { side, work, pool, columnWorker, signal }: Measuring,
): Promise<VectorsReply> {
  const measuring: Promise<VectorsReply[number]>[] = [];
  await pool.eigenvectors(
    source,
    {
      side,
      onMatrix({ values, vectors }) {
        const measured = columnWorker.run(work, [vectors, M], signal);
        measuring.push(measured.then((measures) => ({ values, measures })));
        // `Promise.all` below reports a failure. Until then the rejection must not count as unhandled.
        measuring.at(-1)?.catch(() => {});
      },
    },
    signal,
  );
  return Promise.all(measuring);
}
