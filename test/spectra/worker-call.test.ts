import { afterEach, describe, expect, it, vi } from "vitest";
import {
  type AnswerCall,
  CallUnavailable,
  createWasmEngine,
  type FromWorker,
  inPlacePool,
  type PoolCall,
  poolWithFallback,
  type SpectralPool,
  type StartWorker,
  type ToWorker,
  WorkerNotStarted,
  workerPool,
} from "#eigenscope/spectra/index.js";
import { solveOne } from "./engine-contract.js";
import { mockWorkers, settled } from "./mock-workers.js";
import { testMatrix } from "./test-matrices.js";

const SHAPE = { kind: "gaussian", count: 1, rows: 100, cols: 30, seed: 7 };
const SOURCE = {
  count: 1,
  rows: SHAPE.rows,
  cols: SHAPE.cols,
  async *blocks() {
    yield testMatrix(SHAPE);
  },
};
const ANSWER = solveOne(createWasmEngine(), testMatrix(SHAPE), SHAPE);

const NOBODY: PoolCall["onAsk"] = async () => {};
const callOf = (description: unknown, parts: Partial<PoolCall> = {}): PoolCall => ({
  description,
  bytes: 1,
  onAsk: NOBODY,
  ...parts,
});

/** What the tests' workers do: the description is what to do. */
const answerCall: AnswerCall = async (description, { pool, ask }) => {
  const { kind, values } = description as { kind: string; values?: unknown[] };
  switch (kind) {
    case "echo":
      return { value: values };
    case "solve":
      return { value: await pool.solve(SOURCE) };
    case "fail":
      throw new RangeError("2 rows are missing");
    case "ask all":
      return { value: await Promise.all((values ?? []).map((value) => ask(value).catch((error) => error.message))) };
    case "ask":
      return { value: await ask(values) };
    case "ask and leave":
      void ask(values).catch(() => {});
      return { value: "left" };
    case "send a function":
      return { value: () => {} };
    case "transfer": {
      const sent = new Float64Array([1, 2, 3]);
      return { value: sent, transfer: [sent.buffer] };
    }
    default:
      return new Promise(() => {});
  }
};

const pools: SpectralPool[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

function callingWorkers({
  width = 1,
  memory,
  ...service
}: {
  width?: number;
  memory?: number;
  answerCall?: AnswerCall | undefined;
} = {}) {
  const workers = mockWorkers("answerCall" in service ? service : { answerCall });
  const pool = workerPool({ engine: "wasm", width, memory, start: workers.start, answersCalls: true });
  pools.push(pool);
  const call = (description: unknown, parts?: Partial<PoolCall>, signal?: AbortSignal): Promise<unknown> =>
    (pool.call as NonNullable<SpectralPool["call"]>)(callOf(description, parts), signal);
  return { ...workers, pool, call };
}

describe("a task that a worker does by itself", () => {
  it("resolves to what it returns, and runs on the engine of the pool", async () => {
    const { call, pool } = callingWorkers();
    expect(await call({ kind: "echo", values: [1, "two"] })).toEqual([1, "two"]);
    expect(await call({ kind: "solve" })).toEqual(ANSWER);
    expect(await call({ kind: "transfer" })).toEqual(new Float64Array([1, 2, 3]));
    // The same worker solves what is streamed to it, before and after.
    expect(await pool.solve(SOURCE)).toEqual(ANSWER);
    expect(await call({ kind: "solve" })).toEqual(ANSWER);
  });

  it("rejects with its error, of the same class and message, and the worker goes on", async () => {
    const { call, started } = callingWorkers();
    const failing = call({ kind: "fail" });
    await expect(failing).rejects.toThrow(new RangeError("2 rows are missing"));
    await expect(failing).rejects.toBeInstanceOf(RangeError);
    await expect(call({ kind: "send a function" })).rejects.toThrow(/could not be cloned/);
    expect(await call({ kind: "echo" })).toBeUndefined();
    expect(started()).toBe(1);
  });

  it("rejects if it throws before its first await, or the engine cannot be made", async () => {
    const { call } = callingWorkers({
      answerCall: () => {
        throw new TypeError("at once");
      },
    });
    await expect(call({})).rejects.toThrow(new TypeError("at once"));
    const workers = mockWorkers({
      answerCall,
      create: () => {
        throw new RangeError("no memory for an engine");
      },
    });
    // The engine is named by the pool's first message; a worker without one makes its own.
    const start: StartWorker = (onMessage, onFailure) => {
      const link = workers.start(onMessage, onFailure);
      return { ...link, post: (message, transfer) => message.kind !== "engine" && link.post(message, transfer) };
    };
    const pool = workerPool({ engine: "wasm", width: 1, start, answersCalls: true });
    pools.push(pool);
    await expect(pool.call?.(callOf({ kind: "echo" }))).rejects.toThrow("no memory for an engine");
  });

  it("asks the thread that called, and gets its answers and its errors, in whatever order they come", async () => {
    const { call } = callingWorkers();
    const waiting = new Map<unknown, () => void>();
    const onAsk = async (question: unknown): Promise<unknown> => {
      await new Promise<void>((resolve) => waiting.set(question, resolve));
      if (question === "b") throw new Error(`no ${question}`);
      return `answer to ${question}`;
    };
    const answers = call({ kind: "ask all", values: ["a", "b", "c"] }, { onAsk });
    await settled();
    expect([...waiting.keys()]).toEqual(["a", "b", "c"]);
    for (const question of ["c", "b", "a"]) {
      waiting.get(question)?.();
      await settled();
    }
    expect(await answers).toEqual(["answer to a", "no b", "answer to c"]);
  });

  it("gets an error for a question that throws at once, or whose answer cannot be sent", async () => {
    const { call } = callingWorkers();
    const throwing = (): never => {
      throw new RangeError("not now");
    };
    await expect(call({ kind: "ask" }, { onAsk: throwing })).rejects.toThrow(new RangeError("not now"));
    await expect(call({ kind: "ask" }, { onAsk: async () => () => {} })).rejects.toThrow(
      /answer to a worker's question cannot be sent: .*could not be cloned/,
    );
    expect(await call({ kind: "ask" }, { onAsk: async () => 5 })).toBe(5);
  });

  it("gets no answer after its end, and the next task none of its answers", async () => {
    const { call, received } = callingWorkers();
    let answerLate = (_: unknown): void => {};
    const late = new Promise((resolve) => {
      answerLate = resolve;
    });
    expect(await call({ kind: "ask and leave" }, { onAsk: () => late })).toBe("left");
    let answerNext = (_: unknown): void => {};
    const next = call({ kind: "ask" }, { onAsk: () => new Promise((resolve) => (answerNext = resolve)) });
    await settled();
    answerLate("late");
    await settled();
    expect(received.filter(({ kind }) => kind === "reply")).toEqual([]);
    answerNext("in time");
    expect(await next).toBe("in time");
  });

  it("that was answered for another task is not settled by it", async () => {
    const posted: FromWorker[] = [];
    const { spectralService } = await import("#eigenscope/spectra/index.js");
    const handle = spectralService((message) => posted.push(message), { answerCall });
    handle({ kind: "call", task: 2, description: { kind: "ask" } });
    await settled();
    handle({ kind: "reply", task: 1, ask: 1, answer: { value: "of the task before" } });
    handle({ kind: "reply", task: 2, ask: 7, answer: { value: "of a question that was not asked" } });
    await settled();
    expect(posted).toEqual([{ kind: "ask", task: 2, ask: 1, question: undefined }]);
    handle({ kind: "reply", task: 2, ask: 1, answer: { value: "of this" } });
    await settled();
    expect(posted.at(-1)).toEqual({ kind: "returned", task: 2, value: "of this" });
  });

  it("that is aborted in the middle ends its worker at once, and the next task gets a new one", async () => {
    const { call, started, terminated } = callingWorkers();
    const stop = new AbortController();
    const aborted = call({ kind: "never ends" }, {}, stop.signal);
    aborted.catch(() => {});
    await settled();
    expect([started(), terminated()]).toEqual([1, 0]);
    const reason = new Error("enough");
    stop.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    expect(terminated()).toBe(1);
    expect(await call({ kind: "solve" })).toEqual(ANSWER);
    expect(started()).toBe(2);
    await expect(call({ kind: "echo" }, {}, stop.signal)).rejects.toBe(reason);
    expect(started()).toBe(2);
  });

  it("rejects if its worker stops, or the pool is closed", async () => {
    const { call, crash, pool, started } = callingWorkers();
    const lost = call({ kind: "never ends" });
    lost.catch(() => {});
    await settled();
    crash(new Error("out of memory"));
    await expect(lost).rejects.toThrow("stopped: out of memory");
    const pending = call({ kind: "never ends" });
    pending.catch(() => {});
    await settled();
    expect(started()).toBe(2);
    await pool.close();
    await expect(pending).rejects.toThrow("the pool was closed");
  });

  it.each([
    [50, 2],
    [51, 1],
  ])("takes its bytes of the pool's 100: of two with %d, %d run at once", async (bytes, atOnce) => {
    const { call, received } = callingWorkers({ width: 2, memory: 100 });
    const release: (() => void)[] = [];
    const onAsk = (): Promise<void> => new Promise((resolve) => release.push(resolve));
    const both = Promise.all([1, 2].map(() => call({ kind: "ask" }, { bytes, onAsk })));
    await settled();
    expect(received.filter(({ kind }) => kind === "call")).toHaveLength(atOnce);
    while (release.length < 2 || received.filter(({ kind }) => kind === "reply").length < 2) {
      for (const go of release) go();
      await settled();
    }
    await both;
  });

  it("is refused by a worker that only solves, and a pool of such workers does not offer it", async () => {
    const { call } = callingWorkers({ answerCall: undefined });
    await expect(call({ kind: "echo" })).rejects.toThrow("this worker only solves what is streamed to it");
    const solving = workerPool({ engine: "wasm", width: 1, start: mockWorkers().start });
    expect("call" in solving).toBe(false);
    expect("call" in inPlacePool(createWasmEngine())).toBe(false);
    await solving.close();
  });
});

describe("help for the matrices of one task", () => {
  /** Workers that the test speaks for: what each was sent, and how it answers. */
  function scripted() {
    const workers: { readonly sent: ToWorker[]; readonly answer: (message: FromWorker) => void }[] = [];
    const start: StartWorker = (onMessage) => {
      const sent: ToWorker[] = [];
      workers.push({ sent, answer: onMessage });
      return { post: (message) => void sent.push(message), terminate: async () => {} };
    };
    return { workers, start };
  }
  const wanted = () => ({ control: new SharedArrayBuffer(4096) }) as never as { control: SharedArrayBuffer };
  /** Word 8 of the control block says that the leader is done (team-control.ts). */
  const isDismissed = ({ control }: { control: SharedArrayBuffer }): boolean => new Int32Array(control)[8] === 1;
  const assists = (sent: readonly ToWorker[]) => sent.filter(({ kind }) => kind === "assist");

  async function calling() {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    const { workers, start } = scripted();
    const pool = workerPool({ engine: "wasm", width: 2, start, answersCalls: true });
    pools.push(pool);
    const done = pool.call?.(callOf("a layer"));
    done?.catch(() => {});
    await settled();
    const [leader] = workers;
    const task = (leader.sent.find(({ kind }) => kind === "call") as { task: number }).task;
    return { workers, leader, task, done };
  }

  it("comes for each of them, and ends with each", async () => {
    const { workers, leader, task, done } = await calling();
    const teams = [wanted(), wanted(), wanted()];
    for (const [k, team] of teams.entries()) {
      leader.answer({ kind: "help-wanted", task, wanted: team as never });
      await vi.advanceTimersByTimeAsync(10);
      const helper = workers[1];
      expect(assists(helper.sent).map((message) => "wanted" in message && message.wanted)).toEqual(
        teams.slice(0, k + 1),
      );
      expect(isDismissed(team)).toBe(false);
      leader.answer({ kind: "help-over", task });
      expect(isDismissed(team)).toBe(true);
      helper.answer({ kind: "assisted" });
      await settled();
    }
    leader.answer({ kind: "returned", task, value: "done" });
    expect(await done).toBe("done");
  });

  it("is not sent to a matrix that is done already, nor after the task", async () => {
    const { workers, leader, task, done } = await calling();
    leader.answer({ kind: "help-wanted", task, wanted: wanted() as never });
    leader.answer({ kind: "help-over", task });
    await vi.advanceTimersByTimeAsync(50);
    expect(workers).toHaveLength(1);
    leader.answer({ kind: "help-wanted", task, wanted: wanted() as never });
    leader.answer({ kind: "returned", task, value: "done" });
    await done;
    await vi.advanceTimersByTimeAsync(50);
    expect(workers.flatMap(({ sent }) => assists(sent))).toEqual([]);
  });

  it("of a matrix ends when the next one begins, even if nobody said so", async () => {
    const { workers, leader, task } = await calling();
    const [first, second] = [wanted(), wanted()];
    leader.answer({ kind: "help-wanted", task, wanted: first as never });
    await vi.advanceTimersByTimeAsync(10);
    leader.answer({ kind: "help-wanted", task, wanted: second as never });
    expect([isDismissed(first), isDismissed(second)]).toEqual([true, false]);
    workers[1].answer({ kind: "assisted" });
    await vi.advanceTimersByTimeAsync(10);
    expect(assists(workers[1].sent)).toHaveLength(2);
  });

  it("is wanted by the worker for each large matrix before it solves it, and over before the next one", async () => {
    // Threads share a matrix of more than 1e9 operations that is too large to be kept (M > 1024).
    const large = {
      count: 1,
      rows: 1025,
      cols: 1025,
      async *blocks() {
        yield testMatrix({ kind: "gaussian", rows: 1025, cols: 1025, seed: 1 });
      },
    };
    const posted: string[] = [];
    const { spectralService } = await import("#eigenscope/spectra/index.js");
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const handle = spectralService(
      ({ kind }) => {
        posted.push(kind);
        if (kind === "returned" || kind === "failed") end();
      },
      {
        answerCall: async (_, { pool }) => {
          await Promise.all([pool.solve(large), pool.solve(SOURCE), pool.solve(large)]);
          return { value: undefined };
        },
      },
    );
    handle({ kind: "call", task: 1, description: undefined });
    await ended;
    expect(posted).toEqual(["help-wanted", "help-over", "help-wanted", "help-over", "returned"]);
  });
});

describe("a task by a worker, on a pool with a fallback", () => {
  const failing = new WorkerNotStarted("no thread");
  const leave = (cause: unknown): string | undefined => (cause === failing ? "this thread did the work" : undefined);
  function pool(call: SpectralPool["call"], fallback?: SpectralPool["call"]) {
    const first = { ...inPlacePool(createWasmEngine()), ...(call && { call }) };
    const second = { ...inPlacePool(createWasmEngine()), ...(fallback && { call: fallback }) };
    return poolWithFallback({ pool: first, reasonToLeave: leave, fallback: () => second });
  }

  it("is the first pool's while that works; its own error stays its own", async () => {
    const working = pool(async ({ description }) => description);
    expect(await working.call?.(callOf("a"))).toBe("a");
    const own = new RangeError("NaN");
    const refusing = pool(async () => {
      throw own;
    });
    await expect(refusing.call?.(callOf("a"))).rejects.toBe(own);
    expect([working.warnings, refusing.warnings]).toEqual([[], []]);
    expect("call" in pool(undefined)).toBe(false);
  });

  it("moves for a reason to leave, and is unavailable from then on if the other pool has no workers", async () => {
    let tries = 0;
    const moving = pool(async () => {
      tries++;
      throw failing;
    });
    await expect(moving.call?.(callOf("a"))).rejects.toBeInstanceOf(CallUnavailable);
    await expect(moving.call?.(callOf("b"))).rejects.toBeInstanceOf(CallUnavailable);
    expect(tries).toBe(1);
    expect(moving.warnings).toEqual(["this thread did the work"]);
    expect(await moving.solve(SOURCE)).toEqual(ANSWER);
  });

  it("is the other pool's if that has such workers", async () => {
    const moving = pool(
      async () => {
        throw failing;
      },
      async ({ description }, signal) => [description, signal?.aborted],
    );
    expect(await moving.call?.(callOf("a"), new AbortController().signal)).toEqual(["a", false]);
    expect(moving.warnings).toEqual(["this thread did the work"]);
  });
});
