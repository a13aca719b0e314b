import type { Values } from "../formats/tensor.js";
import type { MatrixSource } from "../layers/layer.js";
import type { Eigensystem, EngineName } from "./engine.js";
import type { PoolCall } from "./pool.js";
import { readPass } from "./read-pass.js";
import { sendableError } from "./sendable-error.js";
import type { HelpWanted } from "./team-control.js";
import type { FromWorker, Settled, StreamRequest, StreamResult, ToWorker } from "./worker-messages.js";
import { WorkerNotStarted } from "./worker-not-started.js";

/** A worker as the host provides it. */
export interface WorkerLink {
  post(message: ToWorker, transfer: ArrayBuffer[]): void;
  /** Terminates it at once, whatever it is doing. */
  terminate(): Promise<void>;
}

/** Starts a worker. `onFailure` is called if it cannot be started, throws outside a task or exits by itself. */
export type StartWorker = (onMessage: (message: FromWorker) => void, onFailure: (cause: Error) => void) => WorkerLink;

/** Blocks sent and not yet taken: one in use and one waiting keep the worker busy and the memory small. */
const BLOCKS_IN_FLIGHT = 2;

/** One worker and the stack that it processes. */
export interface WorkerLane {
  /** False once the worker has failed or been terminated; it takes no further stacks. */
  readonly alive: boolean;
  /**
   * Streams a stack to the worker. If `signal` fires, it rejects at once with its reason and terminates the worker,
   * which may be in the middle of a matrix.
   */
  run<Kind extends StreamRequest["kind"]>(
    source: MatrixSource,
    request: Extract<StreamRequest, { kind: Kind }>,
    options: LaneOptions,
  ): Promise<StreamResult[Kind]>;
  /** Has the worker do a task by itself. An abort ends the worker too. */
  call(call: Pick<PoolCall, "description" | "onAsk">, options: LaneOptions): Promise<unknown>;
  /**
   * Helps another lane's worker. Resolves when that is done or the helper was recalled; rejects if the worker stopped.
   */
  assist(wanted: HelpWanted, member: number): Promise<void>;
  /** Terminates the worker; its current work rejects with the cause. */
  terminate(cause?: Error): Promise<void>;
}

export interface LaneOptions {
  readonly signal: AbortSignal;
  /** Called when the worker can use help. */
  readonly onHelpWanted?: ((wanted: HelpWanted) => void) | undefined;
  /** Called when the matrix is done for which help was wanted, if the task goes on. */
  readonly onHelpOver?: () => void;
  /** Called for each matrix whose eigenvectors are done. */
  readonly onMatrix?: ((eigensystem: Eigensystem) => void) | undefined;
}

interface Job extends Omit<LaneOptions, "signal"> {
  readonly task: number;
  /** How often the worker wants the rows, as far as is known: it is certain once the worker has taken a block. */
  passes: number;
  inFlight: number;
  readonly mayRepeat: boolean;
  /** Called when a block has been taken. */
  onTaken: () => void;
  readonly onAsk?: PoolCall["onAsk"];
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** A lane over a new worker with the named engine. */
export function openLane(engine: EngineName, start: StartWorker): WorkerLane {
  let alive = true;
  let job: Job | undefined;
  let help: { readonly resolve: () => void; readonly reject: (cause: Error) => void } | undefined;
  let tasks = 0;

  const onMessage = (message: FromWorker): void => {
    if (message.kind === "assisted") {
      help?.resolve();
      return;
    }
    if (job === undefined || message.task !== job.task) return;
    if (message.kind === "taken") {
      job.inFlight--;
      job.onTaken();
    } else if (message.kind === "passes") job.passes = message.passes;
    else if (message.kind === "help-wanted") job.onHelpWanted?.(message.wanted);
    else if (message.kind === "help-over") job.onHelpOver?.();
    else if (message.kind === "ask") void answer(job, message);
    else if (message.kind === "returned") job.resolve(message.value);
    else if (message.kind === "matrix") job.onMatrix?.(message.eigensystem);
    else if (message.kind === "solved") job.resolve(message.result);
    else if (message.kind === "failed") job.reject(message.error);
  };
  const onFailure = (cause: Error): void => {
    alive = false;
    const sentence = `the worker that computed this stack's spectrum stopped: ${cause.message}`;
    const error =
      cause instanceof WorkerNotStarted ? new WorkerNotStarted(sentence, { cause }) : new Error(sentence, { cause });
    job?.reject(error);
    help?.reject(error);
  };
  const link = start(onMessage, onFailure);
  link.post({ kind: "engine", name: engine }, []);

  const terminate = async (cause = new Error("the pool was closed")): Promise<void> => {
    alive = false;
    job?.reject(cause);
    help?.reject(cause);
    await link.terminate();
  };

  const answer = async ({ task, onAsk }: Job, { ask, question }: { ask: number; question: unknown }): Promise<void> => {
    const reply = (answer: Settled): void => {
      if (alive && job?.task === task) link.post({ kind: "reply", task, ask, answer }, []);
    };
    let answered: Settled;
    try {
      if (onAsk === undefined) throw new Error("nobody answers this task");
      answered = { value: await onAsk(question) };
    } catch (error) {
      answered = { error: sendableError(error) };
    }
    try {
      reply(answered);
    } catch (cause) {
      // It cannot be sent (structured clone). A rejection that nobody handles would end the process.
      reply({ error: new Error(`the answer to a worker's question cannot be sent: ${sendableError(cause).message}`) });
    }
  };

  /** Sends the worker a new job and waits for its end. `begin` sends what it needs; `end` is called in any case. */
  const runJob = async (
    { signal, ...options }: LaneOptions & { readonly onAsk?: PoolCall["onAsk"]; readonly mayRepeat: boolean },
    begin: (running: Job) => void,
    end: (running: Job) => void,
  ): Promise<unknown> => {
    signal.throwIfAborted();
    const outcome = new Promise<unknown>((resolve, reject) => {
      job = { ...options, task: ++tasks, passes: 1, inFlight: 0, onTaken: () => {}, resolve, reject };
    });
    const running = job as unknown as Job;
    const onAbort = (): void => {
      running.reject(signal.reason);
      void terminate();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    begin(running);
    try {
      return await outcome;
    } finally {
      signal.removeEventListener("abort", onAbort);
      job = undefined;
      end(running);
    }
  };

  const stream = async (source: MatrixSource, running: Job, stop: AbortSignal): Promise<void> => {
    const { task } = running;
    const taken = async (most: number): Promise<void> => {
      while (running.inFlight > most && !stop.aborted) {
        await new Promise<void>((resolve) => {
          running.onTaken = resolve;
        });
      }
    };
    for (let pass = 0; pass < running.passes; pass++) {
      for await (const block of running.mayRepeat ? readPass(source, stop) : source.blocks(stop)) {
        await taken(BLOCKS_IN_FLIGHT - 1);
        if (stop.aborted) return;
        const values = ownBuffer(block);
        running.inFlight++;
        link.post({ kind: "block", task, values }, [values.buffer as ArrayBuffer]);
      }
      // Once the blocks are taken, the worker has said whether it wants them again. A tall matrix's spectrum never
      // does.
      if (running.mayRepeat) await taken(0);
    }
    if (!stop.aborted) link.post({ kind: "finish", task }, []);
  };

  return {
    get alive() {
      return alive;
    },
    async run<Kind extends StreamRequest["kind"]>(
      source: MatrixSource,
      request: Extract<StreamRequest, { kind: Kind }>,
      { signal, onHelpWanted, onMatrix }: LaneOptions,
    ) {
      const stop = new AbortController();
      let sourceFailed = false;
      const mayRepeat = request.kind === "approximate" || (request.kind === "spectrum" && source.rows < source.cols);
      const result = await runJob(
        { signal, onHelpWanted, onMatrix, mayRepeat },
        (running) => {
          const { count, rows, cols } = source;
          link.post({ kind: "begin", task: running.task, shape: { count, rows, cols }, request }, []);
          stream(source, running, stop.signal).catch((cause) => {
            sourceFailed = true;
            running.reject(cause);
          });
        },
        (running) => {
          if (sourceFailed) link.post({ kind: "cancel", task: running.task }, []);
          // Wakes a stream that waits for the worker to take a block, and tells the source to stop.
          stop.abort(signal.aborted ? signal.reason : new Error("the stack's spectrum is no longer needed"));
          running.onTaken();
        },
      );
      return result as StreamResult[Kind];
    },
    call: ({ description, onAsk }, options) =>
      runJob(
        { ...options, onAsk, mayRepeat: false },
        ({ task }) => link.post({ kind: "call", task, description }, []),
        () => {},
      ),
    assist(wanted, member) {
      const done = new Promise<void>((resolve, reject) => {
        help = { resolve, reject };
      });
      link.post({ kind: "assist", wanted, member }, []);
      return done.finally(() => {
        help = undefined;
      });
    },
    terminate,
  };
}

/** The block itself if it fills its buffer, else a copy: sending a view would send the whole underlying buffer. */
function ownBuffer(block: Values): Values {
  return block.buffer instanceof ArrayBuffer && block.byteLength === block.buffer.byteLength ? block : block.slice();
}
