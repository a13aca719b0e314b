import type { MatrixSource } from "../layers/layer.js";
import type { EngineName, SpectralPool } from "./engine.js";
import { approximateBytes } from "./lanczos/approximate-spectrum.js";
import { type LaneTeams, laneTeams } from "./lane-teams.js";
import { places } from "./places.js";
import { eigenvectorBytes } from "./wasm/eigenvector-solver.js";
import { engineBytes } from "./wasm-engine.js";
import { type LaneOptions, openLane, type StartWorker, type WorkerLane } from "./worker-lane.js";
import type { StreamRequest, StreamResult } from "./worker-messages.js";

export interface WorkerPoolOptions {
  readonly engine: EngineName;
  /** Workers at most; they start as they are needed. */
  readonly width: number;
  readonly start: StartWorker;
  /** Bytes that the matrices under way may take together (`engineBytes`); one is always let in. Default: no limit. */
  readonly memory?: number;
}

interface Stack<Kind extends StreamRequest["kind"]> extends Pick<LaneOptions, "onMatrix"> {
  readonly source: MatrixSource;
  /** What it takes while it is worked on. */
  readonly bytes: number;
  readonly request: Extract<StreamRequest, { kind: Kind }>;
}

/**
 * A pool of workers, one stack a worker, stacks in the order in which they were given (give the largest first). Workers
 * that would have nothing to do help with a large matrix that another is at, where threads can share memory. A worker
 * that fails or was aborted in the middle of a matrix is replaced when the next stack comes. Throws `RangeError` where
 * the width is not a positive integer or the memory no positive number.
 */
export function workerPool({ engine, width, start, memory = Number.POSITIVE_INFINITY }: WorkerPoolOptions): SpectralPool {
  if (!Number.isInteger(width) || width < 1) throw new RangeError(`a pool's width must be a positive integer, got ${width}`);
  if (!(memory > 0)) throw new RangeError(`a pool's memory must be a positive number of bytes, got ${memory}`);
  const idle: WorkerLane[] = [];
  const lanes = new Set<WorkerLane>();
  const ending = new Set<Promise<void>>();
  const closing = new AbortController();
  const enter = places({ width, memory });

  /** A lane with nothing to do, a new one where the width allows it; undefined where all are at work or help. */
  const freeLane = (): WorkerLane | undefined => {
    for (let lane = idle.pop(); lane !== undefined; lane = idle.pop()) {
      if (lane.alive) return lane;
      lanes.delete(lane);
    }
    if (lanes.size >= width) return undefined;
    const lane = openLane(engine, start);
    lanes.add(lane);
    return lane;
  };
  const release = (lane: WorkerLane): void => {
    if (lane.alive) {
      idle.push(lane);
      return;
    }
    lanes.delete(lane);
    // A thread that is still starting ends later: `close` waits for it.
    const ended = lane.terminate();
    ending.add(ended);
    void ended.finally(() => ending.delete(ended));
  };
  const teams: LaneTeams = laneTeams({ freeLane, release, mayRecruit: () => enter.waiting() === 0 && !closing.signal.aborted });

  const takeLane = async (): Promise<WorkerLane> => {
    for (;;) {
      const lane = freeLane();
      if (lane !== undefined) return lane;
      // A place was free, so that one of the lanes helps.
      await teams.recallOne();
    }
  };

  const runOn = async <Kind extends StreamRequest["kind"]>(
    lane: WorkerLane,
    { source, request, ...options }: Stack<Kind> & LaneOptions,
  ): Promise<StreamResult[Kind]> => {
    const team = teams.team(lane);
    try {
      return await lane.run(source, request, { ...options, onHelpWanted: team.open });
    } finally {
      team.close();
      release(lane);
    }
  };

  /** Waits for room, then for a lane, and runs the request there. */
  const run = async <Kind extends StreamRequest["kind"]>(stack: Stack<Kind>, signal?: AbortSignal): Promise<StreamResult[Kind]> => {
    // A signal of its own for each stack: listeners then never pile up on the pool's or the caller's.
    const stop = AbortSignal.any(signal === undefined ? [closing.signal] : [signal, closing.signal]);
    const place = await enter(stack.bytes, stop);
    try {
      return await runOn(await takeLane(), { ...stack, signal: stop });
    } finally {
      place.leave();
      teams.recruitSoon();
    }
  };

  return {
    engine,
    width,
    solve: (source, signal, { precision = "f64" } = {}) =>
      run({ source, bytes: engineBytes(source, precision), request: { kind: "spectrum", precision, mayHaveHelp: width > 1 } }, signal),
    eigenvectors: (source, { side, onMatrix }, signal) =>
      run({ source, bytes: eigenvectorBytes(source), request: { kind: "eigenvectors", side }, onMatrix }, signal),
    approximate: (source, request, signal) =>
      run({ source, bytes: approximateBytes(source, request), request: { kind: "approximate", ...request } }, signal),
    async close() {
      closing.abort(new Error("the pool was closed"));
      await Promise.all([...lanes].map((lane) => lane.terminate()));
      lanes.clear();
      await Promise.all(ending);
    },
  };
}
