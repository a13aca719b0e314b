import type { MatrixSource } from "../layers/layer.js";
import type { EngineName } from "./engine.js";
import { approximateBytes } from "./lanczos/approximate-spectrum.js";
import { type LaneTeams, laneTeams } from "./lane-teams.js";
import { memorySlots } from "./memory-slots.js";
import type { PoolCall, SpectralPool } from "./pool.js";
import { eigenvectorBytes } from "./wasm/eigenvector-solver.js";
import { engineBytes } from "./wasm/engine-memory.js";
import { type LaneOptions, openLane, type StartWorker, type WorkerLane } from "./worker-lane.js";
import type { StreamRequest, StreamResult } from "./worker-messages.js";

export interface WorkerPoolOptions {
  readonly engine: EngineName;
  /** Maximum number of workers; they start as needed. */
  readonly width: number;
  readonly start: StartWorker;
  /** Bytes that the matrices in progress may use together (`engineBytes`); one always runs. Default: no limit. */
  readonly memory?: number | undefined;
  /** Whether the workers do tasks by themselves (`AnswerCall`). Default: no. */
  readonly answersCalls?: boolean;
}

interface Stack<Kind extends StreamRequest["kind"]> extends Pick<LaneOptions, "onMatrix"> {
  readonly source: MatrixSource;
  /** Bytes used while it is solved. */
  readonly bytes: number;
  readonly request: Extract<StreamRequest, { kind: Kind }>;
}

/**
 * A pool of workers, one stack per worker, stacks in the order in which they were given (give the largest first). Idle
 * workers help with a large matrix of another worker, if threads can share memory. A worker that failed or was aborted
 * in the middle of a matrix is replaced when the next stack comes. Throws `RangeError` if the width is not a positive
 * integer or the memory is not a positive number.
 */
export function workerPool({
  engine,
  width,
  start,
  memory = Number.POSITIVE_INFINITY,
  answersCalls = false,
}: WorkerPoolOptions): SpectralPool {
  if (!Number.isInteger(width) || width < 1)
    throw new RangeError(`a pool's width must be a positive integer, got ${width}`);
  if (!(memory > 0)) throw new RangeError(`a pool's memory must be a positive number of bytes, got ${memory}`);
  const idle: WorkerLane[] = [];
  const lanes = new Set<WorkerLane>();
  const ending = new Set<Promise<void>>();
  const closing = new AbortController();
  const acquireSlot = memorySlots({ width, memory });

  /** An idle lane, or a new one if the width allows it; undefined if all are busy or help. */
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
    // A thread that is still starting terminates later: `close` waits for it.
    const ended = lane.terminate();
    ending.add(ended);
    void ended.finally(() => ending.delete(ended));
  };
  const teams: LaneTeams = laneTeams({
    freeLane,
    release,
    mayRecruit: () => acquireSlot.waiting() === 0 && !closing.signal.aborted,
  });

  const takeLane = async (): Promise<WorkerLane> => {
    for (;;) {
      const lane = freeLane();
      if (lane !== undefined) return lane;
      // A slot was free, so one of the lanes is a helper.
      await teams.recallOne();
    }
  };

  /** Waits for a slot of so many bytes, then for a lane, and does the work there. */
  const onLane = async <Result>(
    bytes: number,
    work: (lane: WorkerLane, options: LaneOptions) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> => {
    // One signal per task: listeners then never accumulate on the pool's or the caller's signal.
    const stop = AbortSignal.any(signal === undefined ? [closing.signal] : [signal, closing.signal]);
    const slot = await acquireSlot(bytes, stop);
    try {
      const lane = await takeLane();
      const team = teams.team(lane);
      try {
        return await work(lane, { signal: stop, onHelpWanted: team.open, onHelpOver: team.close });
      } finally {
        team.close();
        release(lane);
      }
    } finally {
      slot.release();
      teams.recruitSoon();
    }
  };
  const run = <Kind extends StreamRequest["kind"]>(
    { source, request, bytes, onMatrix }: Stack<Kind>,
    signal?: AbortSignal,
  ): Promise<StreamResult[Kind]> =>
    onLane(bytes, (lane, options) => lane.run(source, request, { ...options, onMatrix }), signal);

  return {
    engine,
    width,
    solve: (source, signal, { precision = "f64" } = {}) =>
      run(
        {
          source,
          bytes: engineBytes(source, precision),
          request: { kind: "spectrum", precision, mayHaveHelp: width > 1 },
        },
        signal,
      ),
    eigenvectors: (source, { side, onMatrix }, signal) =>
      run({ source, bytes: eigenvectorBytes(source), request: { kind: "eigenvectors", side }, onMatrix }, signal),
    approximate: (source, request, signal) =>
      run({ source, bytes: approximateBytes(source, request), request: { kind: "approximate", ...request } }, signal),
    ...(answersCalls && {
      call: (call: PoolCall, signal?: AbortSignal) =>
        onLane(call.bytes, (lane, options) => lane.call(call, options), signal),
    }),
    async close() {
      closing.abort(new Error("the pool was closed"));
      await Promise.all([...lanes].map((lane) => lane.terminate()));
      lanes.clear();
      await Promise.all(ending);
    },
  };
}
