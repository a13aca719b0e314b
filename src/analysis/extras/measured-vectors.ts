import type { Layer } from "../../layers/index.js";
import type { ExtrasContext } from "./extra.js";

interface Measuring extends Pick<ExtrasContext, "pool" | "columnWorker" | "signal"> {
  /** Of W W' ("rows") or of W'W ("columns"), W as it is stored. */
  readonly side: "rows" | "columns";
  /** What measures the vectors on the column worker. */
  readonly work: "weightWatcherVectors" | "localisation";
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
  { source, M, eigenvalueScale }: Layer,
  { side, work, pool, columnWorker, signal }: Measuring,
): Promise<MeasuredVector<Measures>[]> {
  const measuring: Promise<MeasuredVector<Measures>[]>[] = [];
  await pool.eigenvectors(
    source,
    {
      side,
      onMatrix({ values, vectors }) {
        const measured = columnWorker.run(work, [vectors, M], signal) as Promise<unknown> as Promise<Measures[]>;
        measuring.push(
          measured.then((all) => all.map((measures, i) => ({ eigenvalue: values[i] * eigenvalueScale, measures }))),
        );
        // `Promise.all` below reports a failure. Until then the rejection must not count as unhandled.
        measured.catch(() => {});
      },
    },
    signal,
  );
  const measured = (await Promise.all(measuring)).flat();
  return measured.sort((a, b) => a.eigenvalue - b.eigenvalue);
}
