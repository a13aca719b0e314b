import { describe, expect, it } from "vitest";
import { type LayerTask, type Progress, solveAll } from "#eigenscope/analysis/solve-layers.js";
import type { Layer } from "#eigenscope/layers/index.js";
import type { SpectralPool } from "#eigenscope/spectra/index.js";

/** A pool that only counts whether it was closed. */
function poolOf(width: number): { readonly pool: SpectralPool; closed: number } {
  const counted = { closed: 0 } as { pool: SpectralPool; closed: number };
  counted.pool = {
    ...{ engine: "wasm", width },
    close: async () => {
      counted.closed++;
    },
  } as unknown as SpectralPool;
  return counted;
}

type Task = LayerTask<number>;
const task = (index: number, work: number, more: Partial<Task> = {}): Task => ({
  ...{ layer: { index } as Layer, work, run: async () => index },
  ...more,
});

interface Solving {
  readonly width?: number;
  readonly signal?: AbortSignal;
  readonly pause?: () => Promise<void>;
  readonly onProgress?: (progress: Progress<number>) => void;
  readonly wanted?: () => number | undefined;
}

/** Solves the tasks. `order`: the layers as they finished. */
async function solve(tasks: readonly Task[], { width = 1, ...how }: Solving = {}) {
  const counted = poolOf(width);
  const order: number[] = [];
  const host = { createPool: async () => counted.pool };
  const total = tasks.reduce((sum, { work }) => sum + work, 0);
  let failure: unknown;
  await solveAll<number>(total, () => tasks, {
    host,
    engine: "wasm",
    onResult: (result) => order.push(result),
    ...how,
  }).catch((cause) => {
    failure = cause;
  });
  return { order, failure, closed: counted.closed };
}

/** A promise and what resolves it. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((done) => {
    open = done;
  });
  return { opened, open };
}

describe("the queue of layers", () => {
  it("gives the largest first, and those of equal work in the model's order", async () => {
    const { order, closed } = await solve([task(3, 5), task(1, 5), task(0, 1), task(2, 9)]);
    expect(order).toEqual([2, 1, 3, 0]);
    expect(closed).toBe(1);
  });

  it("gives the layer that is wanted before the others, from the time when it is wanted", async () => {
    let wanted: number | undefined;
    const tasks = [9, 7, 5, 3, 1].map((work, i) =>
      task(i, work, {
        run: async () => {
          // While the second one runs, somebody opens the last one.
          if (i === 1) wanted = 4;
          return i;
        },
      }),
    );
    const { order } = await solve(tasks, { wanted: () => wanted });
    expect(order).toEqual([0, 1, 4, 2, 3]);
  });

  it("keeps its order where the wanted layer is done, at work, or in no model", async () => {
    for (const wanted of [0, 1, 99, undefined]) {
      const { order } = await solve([task(0, 9), task(1, 7), task(2, 5)], { wanted: () => wanted });
      expect(order).toEqual(wanted === 1 ? [1, 0, 2] : [0, 1, 2]);
    }
  });

  it("runs as many layers at once as the pool is wide, and no more", async () => {
    let [running, most] = [0, 0];
    const gates = Array.from({ length: 5 }, gate);
    const tasks = gates.map(({ opened }, i) =>
      task(i, 5 - i, {
        run: async () => {
          most = Math.max(most, ++running);
          // The next one opens the one before it, the last one itself.
          if (i > 0) gates[i - 1].open();
          if (i === 4) gates[i].open();
          await opened;
          running--;
          return i;
        },
      }),
    );
    await solve(tasks, { width: 2 });
    expect(most).toBe(2);
  });

  it("counts layers and work, from none to all", async () => {
    const seen: string[] = [];
    const onProgress = ({ layersDone, layersTotal, workDone, workTotal, last }: Progress<number>): void => {
      seen.push(`${layersDone}/${layersTotal} ${workDone}/${workTotal} ${last ?? "-"}`);
    };
    await solve([task(0, 2), task(1, 5)], { onProgress });
    expect(seen).toEqual(["0/2 0/7 -", "1/2 5/7 1", "2/2 7/7 0"]);
  });

  it("makes no pool for no work, and says at once that nothing is to do", async () => {
    const seen: Progress<number>[] = [];
    const { closed } = await solve([], { onProgress: (progress) => seen.push(progress) });
    expect(closed).toBe(0);
    expect(seen).toEqual([{ layersDone: 0, layersTotal: 0, workDone: 0, workTotal: 0 }]);
  });

  it("leaves what another process is at to the end, and asks again after a pause until it is free", async () => {
    const asked: string[] = [];
    let pauses = 0;
    const claimed = (index: number, work: number, free: () => boolean): Task =>
      task(index, work, {
        claim: async () => {
          // A queue that never pauses would ask for ever.
          if (asked.push(`${index}`) > 50) throw new Error("asked again and again");
          return free();
        },
        release: async () => {
          asked.push(`release ${index}`);
        },
      });
    const pause = async (): Promise<void> => {
      asked.push("pause");
      await new Promise((done) => setImmediate(done));
      pauses++;
    };
    const { order } = await solve(
      [claimed(0, 9, () => pauses >= 2), claimed(1, 5, () => true), claimed(2, 4, () => pauses >= 1)],
      {
        pause,
      },
    );
    expect(order).toEqual([1, 2, 0]);
    expect(asked).toEqual(["0", "1", "release 1", "2", "pause", "0", "2", "release 2", "pause", "0", "release 0"]);
  });

  it("runs each layer once, though several runners wait for those that others are at", async () => {
    let pauses = 0;
    const runs: number[] = [];
    const tasks = [0, 1, 2, 3, 4].map((index) =>
      task(index, 5 - index, {
        claim: async () => pauses >= 3,
        run: async () => {
          runs.push(index);
          return index;
        },
      }),
    );
    const { order } = await solve(tasks, { width: 3, pause: async () => void pauses++ });
    expect([runs.sort(), order.sort()]).toEqual([
      [0, 1, 2, 3, 4],
      [0, 1, 2, 3, 4],
    ]);
  });

  it("has released a layer before its result is seen", async () => {
    const seen: string[] = [];
    const release = async (): Promise<void> => {
      await Promise.resolve();
      seen.push("released");
    };
    await solve([task(0, 1, { release })], { onProgress: ({ last }) => last !== undefined && seen.push("result") });
    expect(seen).toEqual(["released", "result"]);
  });

  it("begins no layer after one has rejected, and rejects with the first reason once all have stopped", async () => {
    const [slow, begun] = [gate(), [] as number[]];
    const failing = (index: number, work: number, until?: Promise<void>): Task =>
      task(index, work, {
        run: async () => {
          begun.push(index);
          if (until === undefined) setImmediate(slow.open);
          await until;
          throw new Error(`layer ${index}`);
        },
      });
    const { failure, closed } = await solve([failing(0, 9, slow.opened), failing(1, 8), task(2, 7)], { width: 2 });
    expect((failure as Error).message).toBe("layer 1");
    expect([begun, closed]).toEqual([[0, 1], 1]);
  });

  it("begins no layer after one has rejected, though another ends well after that", async () => {
    const slow = gate();
    const begun: number[] = [];
    const rejecting = async (): Promise<never> => {
      setImmediate(slow.open);
      throw new Error("layer 1");
    };
    const waiting = async (): Promise<number> => {
      await slow.opened;
      return 0;
    };
    const last = task(2, 1, { run: async () => begun.push(2) });
    const { failure } = await solve([task(0, 9, { run: waiting }), task(1, 8, { run: rejecting }), last], { width: 2 });
    expect([(failure as Error).message, begun]).toEqual(["layer 1", []]);
  });

  it("begins no layer and gives no result after it was aborted, and lets go of what it was at", async () => {
    const stop = new AbortController();
    const [begun, released] = [[] as number[], [] as number[]];
    const stopping = (index: number, work: number): Task =>
      task(index, work, {
        run: async () => {
          begun.push(index);
          stop.abort(new Error("stopped"));
          return index;
        },
        release: async () => void released.push(index),
      });
    const { order, failure, closed } = await solve([stopping(0, 2), stopping(1, 1)], { signal: stop.signal });
    expect((failure as Error).message).toBe("stopped");
    expect([order, begun, released, closed]).toEqual([[], [0], [0], 1]);
    const before = await solve([stopping(2, 1)], { signal: stop.signal });
    expect([(before.failure as Error).message, begun]).toEqual(["stopped", [0]]);
  });
});

describe("small layers", () => {
  /** Tasks that note with which others they ran. */
  function tasksTogether(works: readonly number[], gives = true) {
    const groups: number[][] = [];
    const alone: number[] = [];
    const together = async (tasks: readonly Task[]): Promise<readonly number[] | undefined> => {
      groups.push(tasks.map(({ layer }) => layer.index));
      return gives ? tasks.map(({ layer }) => layer.index) : undefined;
    };
    const run = (index: number) => async (): Promise<number> => {
      alone.push(index);
      return index;
    };
    return { tasks: works.map((work, index) => task(index, work, { together, run: run(index) })), groups, alone };
  }
  const indices = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, k) => from + k);

  it("run together, at most sixteen, and each result is that of its layer", async () => {
    const { tasks, groups, alone } = tasksTogether(Array(33).fill(1));
    expect((await solve(tasks)).order).toEqual(indices(0, 33));
    expect([groups, alone]).toEqual([[indices(0, 16), indices(16, 32)], [32]]);
  });

  it("run together up to 2e7 operations, and not past them", async () => {
    const upTo = tasksTogether([1e7, 1e7]);
    await solve(upTo.tasks);
    expect(upTo.groups).toEqual([[0, 1]]);
    const past = tasksTogether([1e7 + 1, 1e7]);
    await solve(past.tasks);
    expect([past.groups, past.alone]).toEqual([[], [0, 1]]);
  });

  it("are shared between the workers: none takes more than its share of those that wait", async () => {
    const { tasks, groups } = tasksTogether(Array(8).fill(1));
    await solve(tasks, { width: 2 });
    expect(groups.length).toBeGreaterThan(1);
    for (const group of groups) expect(group.length).toBeLessThanOrEqual(4);
  });

  it("run only with those of their kind", async () => {
    const [one, other] = [tasksTogether([2, 2]), tasksTogether([1, 1])];
    const tasks = [...one.tasks, ...other.tasks.map((small, k) => ({ ...small, layer: { index: 2 + k } as Layer }))];
    await solve([...tasks, task(4, 1)]);
    expect([one.groups, other.groups]).toEqual([[[0, 1]], [[2, 3]]]);
  });

  it("run alone, one after the other, where they could not run together", async () => {
    const { tasks, groups, alone } = tasksTogether([1, 1, 1], false);
    expect((await solve(tasks)).order).toEqual([0, 1, 2]);
    expect([groups, alone]).toEqual([[[0, 1, 2]], [0, 1, 2]]);
  });
});
