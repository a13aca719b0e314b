import { openPool } from "../node/machine.js";
import { createRng, normalSampler } from "../numeric/index.js";
import type { EngineName, SpectralPool } from "../spectra/index.js";

/** Time of one n x n Gaussian matrix in f32 on one worker, from first row to eigenvalues: the median of the runs. */
export interface Speed {
  readonly engine: EngineName;
  readonly n: number;
  readonly seconds: number;
  /** 7/3 n^3 operations (Gram matrix and reduction) per second, in 1e9. */
  readonly gigaflops: number;
}

/** The processor's flags that matter for the speed of an engine. */
export const SPEED_FLAGS = [
  "sse4_2",
  "avx2",
  "fma",
  "avx512f",
  "avx512bw",
  "avx512dq",
  "avx512vl",
  "avx512cd",
  "asimd",
  "sve",
];

const RUNS = 3;
/** No further run of an engine starts after this time. On a very slow machine, one run is enough. */
const MAX_MS = 2500;

/** The speed of an engine on one Gaussian n x n matrix; it opens a pool of one worker. */
export async function speedOf(engine: EngineName, n: number, signal?: AbortSignal): Promise<Speed> {
  const pool = await openPool({ engine, width: 1 });
  try {
    // The first matrix starts the worker and makes it compile its code.
    await timed(pool, 96, signal);
    const runs: number[] = [];
    const start = performance.now();
    while (runs.length < RUNS && (runs.length === 0 || performance.now() - start < MAX_MS))
      runs.push(await timed(pool, n, signal));
    const seconds = runs.sort((a, b) => a - b)[runs.length >> 1];
    return { engine, n, seconds, gigaflops: ((7 / 3) * n ** 3) / seconds / 1e9 };
  } finally {
    await pool.close();
  }
}

async function timed(pool: SpectralPool, n: number, signal?: AbortSignal): Promise<number> {
  const values = Float32Array.from({ length: n * n }, normalSampler(createRng(n)));
  const start = performance.now();
  await pool.solve(
    {
      count: 1,
      rows: n,
      cols: n,
      async *blocks() {
        yield values;
      },
    },
    signal,
  );
  return (performance.now() - start) / 1000;
}
