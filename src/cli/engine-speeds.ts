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
const MANY_RUNS = 9;
/** No further run of an engine starts after this time. On a very slow machine, one run is enough. */
const MAX_MS = 2500;

export interface SpeedOptions {
  readonly signal?: AbortSignal | undefined;
  /** Seconds: of a clock (the default), or of processor time, which other processes on the machine do not count to. */
  readonly now?: () => number;
}

const clockSeconds = (): number => performance.now() / 1000;

/** The speed of an engine on one Gaussian n x n matrix; it opens a pool of one worker. */
export async function speedOf(
  engine: EngineName,
  n: number,
  { signal, now = clockSeconds }: SpeedOptions = {},
): Promise<Speed> {
  const seconds = (await timesOf(engine, n, { runs: RUNS, signal, now })).sort((a, b) => a - b);
  const median = seconds[seconds.length >> 1];
  return { engine, n, seconds: median, gigaflops: ((7 / 3) * n ** 3) / median / 1e9 };
}

/**
 * The least time of several runs, in seconds of `now`: what the machine can do, whatever else it does. A short run on a
 * busy machine may take several times as long, in processor time too.
 */
export async function leastSecondsOf(
  engine: EngineName,
  n: number,
  { signal, now = clockSeconds }: SpeedOptions = {},
): Promise<number> {
  return Math.min(...(await timesOf(engine, n, { runs: MANY_RUNS, signal, now })));
}

interface Timing extends SpeedOptions {
  readonly runs: number;
  readonly now: () => number;
}

async function timesOf(engine: EngineName, n: number, { runs: most, signal, now }: Timing): Promise<number[]> {
  const pool = await openPool({ engine, width: 1 });
  try {
    // The first matrix starts the worker and makes it compile its code.
    await timed(pool, 96, { signal, now });
    const runs: number[] = [];
    const start = performance.now();
    while (runs.length < most && (runs.length === 0 || performance.now() - start < MAX_MS))
      runs.push(await timed(pool, n, { signal, now }));
    return runs;
  } finally {
    await pool.close();
  }
}

async function timed(pool: SpectralPool, n: number, { signal, now }: Omit<Timing, "runs">): Promise<number> {
  const values = Float32Array.from({ length: n * n }, normalSampler(createRng(n)));
  const start = now();
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
  return now() - start;
}
