import { type AnalysisHost, analyzeFiles } from "../analysis/index.js";
import { namedFiles, nodeHost } from "../node/models.js";
import { lastingPools } from "../rank/lasting-pool.js";
import type { EngineName, Precision } from "../spectra/index.js";
import { crowdOf, JOINED, type Measurement, ONE, type Probe, SMALL, SPREAD, WARMING } from "./calibration-probes.js";
import { leastSecondsOf } from "./engine-speeds.js";
import { MEASURED_SIDE } from "./estimate.js";
import type { EngineRates, Rates } from "./rates.js";
import { engineRates, type Measured } from "./rates-of-probes.js";

/** How a machine is measured. */
export interface Calibrating {
  readonly engines: readonly EngineName[];
  readonly measurements: readonly Measurement[];
  /** Writes a file of random weights, unless it is there. Resolves to its path. */
  readonly write: (probe: Probe) => Promise<string>;
  /** Processors of this machine. */
  readonly cores: number;
  /** Seconds of processor time since the process began. */
  readonly now: () => number;
  /** Whether there is time for one more round of measurements of an engine, the one with this index. */
  readonly mayGoOn: (engine: number) => boolean;
  readonly onEngine?: ((engine: EngineName) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Short measurements are made so often; the least counts. */
const REPEATS = 3;

/**
 * Measures this machine: it analyses files of random weights with one worker, and takes the least processor time of
 * several rounds. Rejects if an engine is not available, or with the signal's reason.
 */
export async function calibrate(settings: Calibrating): Promise<Omit<Rates, "readBytesPerSecond">> {
  const { engines, write, now, mayGoOn, onEngine } = settings;
  const atStart = now();
  const inPlace = timing(nodeHost, "wasm", settings);
  // The first analysis compiles the code.
  const small = await write(SMALL);
  const cold = await inPlace(small);
  const warm = await least(() => inPlace(small));
  const [one, joined, spread] = [await write(ONE), await write(JOINED), await write(SPREAD)];
  const model = await least(() => inPlace(one));
  const file = ((await least(() => inPlace(spread))) - (await least(() => inPlace(joined)))) / (SPREAD.files - 1);
  const rates: Partial<Record<EngineName, EngineRates>> = {};
  let crowding: Rates["crowding"] = { lanes: 1, factor: 1 };
  for (const [index, engine] of engines.entries()) {
    onEngine?.(engine);
    const measured = await measureEngine(engine, { ...settings, model, mayGoOn: () => mayGoOn(index) });
    rates[engine] = measured.rates;
    crowding = measured.crowding;
  }
  return {
    start: atStart + Math.max(0, cold - warm),
    ...{ model, file: Math.max(0, file), crowding, engines: rates },
  };
}

interface MeasuringEngine extends Omit<Calibrating, "mayGoOn"> {
  readonly model: number;
  readonly mayGoOn: () => boolean;
}

async function measureEngine(
  engine: EngineName,
  settings: MeasuringEngine,
): Promise<{ readonly rates: EngineRates; readonly crowding: Rates["crowding"] }> {
  const { write, measurements, signal, now, cores, model, mayGoOn } = settings;
  const gaussian = await leastSecondsOf(engine, MEASURED_SIDE, { signal, now });
  const lasting = lastingPools(nodeHost);
  let target: string | undefined;
  // All files on the same workers, and none on this thread.
  const host: AnalysisHost = {
    async createPool(request) {
      const pool = await lasting.host.createPool({ ...request, work: 0, ownThread: false });
      target = pool.target;
      return pool;
    },
  };
  try {
    const time = timing(host, engine, settings);
    const [one, warming] = [await write(ONE), await write(WARMING)];
    const coldOne = await time(one);
    // Other workers, whose code is not compiled yet.
    await lasting.close();
    const cold = await time(warming);
    const warm = await least(() => time(warming));
    const worker = Math.max(0, coldOne - (await least(() => time(one))));
    const measured = new Map<Measurement, Measured>();
    do {
      for (const one of measurements) {
        const seconds = await time(await write(one.probe), one.precision);
        const before = measured.get(one)?.seconds ?? Number.POSITIVE_INFINITY;
        measured.set(one, { ...one, seconds: Math.min(before, seconds) });
      }
    } while (mayGoOn());
    const crowd = crowdOf(cores);
    const lanes = crowd.layers / 2;
    const path = await write(crowd);
    const alone = await least(() => time(path));
    // These are other workers, whose code is not compiled yet.
    if (lanes > 1) for (let run = 0; run < REPEATS; run++) await time(warming, "f64", lanes);
    const together = lanes > 1 ? await least(() => time(path, "f64", lanes)) : alone;
    return {
      rates: {
        ...{ target: target ?? null, gaussian, worker, compile: Math.max(0, cold - warm - worker) },
        ...engineRates([...measured.values()], model),
      },
      crowding: { lanes, factor: Math.max(1, together / alone) },
    };
  } finally {
    await lasting.close();
  }
}

/** Gives the seconds of processor time that the analysis of a file takes. */
function timing(host: AnalysisHost, engine: EngineName, { now, signal }: Pick<Calibrating, "now" | "signal">) {
  return async (path: string, precision: Precision = "f64", jobs = 1): Promise<number> => {
    signal?.throwIfAborted();
    const start = now();
    await analyzeFiles(await namedFiles(path), { engine, precision, jobs, signal }, host).report();
    return now() - start;
  };
}

/** The least of several times. */
async function least(time: () => Promise<number>): Promise<number> {
  const times: number[] = [];
  while (times.length < REPEATS) times.push(await time());
  return Math.min(...times);
}
