import { fileURLToPath } from "node:url";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker, workerData } from "node:worker_threads";

/** True if the package runs from its TypeScript sources (tests): Node 20 cannot start a worker from those. */
export const FROM_SOURCE = import.meta.url.endsWith(".ts");

/** The first message of every worker of this package, sent when its modules are loaded. */
export const READY = "ready";

export interface ThreadOptions<Message> {
  /** What the worker finds in `workerData`, beside its stop word. */
  readonly workerData?: object;
  readonly onMessage: (message: Message) => void;
  /**
   * Called if the thread cannot be started, throws or exits by itself. `ready`: whether its modules had been loaded.
   */
  readonly onFailure: (cause: Error, ready: boolean) => void;
}

/** The thread's own data, and the word that stops it. */
interface DataOfThread {
  readonly stop: SharedArrayBuffer;
  /** Where the data of a spare thread come when there is something for it to do. */
  readonly later?: MessagePort;
}

/**
 * In a worker of this package: a word that is 0 until the thread is to end. A call of native code cannot be
 * interrupted; it looks at this word.
 */
export function stopWord(): Int32Array {
  return new Int32Array((workerData as DataOfThread).stop);
}

let received: unknown;

/** In a worker of this package: the `workerData` that `startThread` gave it. Known from its first message on. */
export function threadData<Data>(): Data {
  const { later } = workerData as DataOfThread;
  if (later === undefined) return workerData as Data;
  received ??= receiveMessageOnPort(later)?.message;
  return received as Data;
}

/** The stop words of the threads that run: they are set when the process exits by itself, for example at Ctrl-C. */
const threads = new Set<Int32Array>();
let watching = false;

function stopWithProcess(word: Int32Array): void {
  threads.add(word);
  if (watching) return;
  watching = true;
  process.once("exit", () => {
    for (const other of threads) Atomics.store(other, 0, 1);
  });
}

/** A worker thread of this package. */
export interface Thread {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** Ends the thread: at once if its modules are loaded, else as soon as they are. */
  terminate(): Promise<void>;
}

/** A thread that runs, and what happened to it so far. */
interface Running {
  readonly worker: Worker;
  readonly word: Int32Array;
  /** Whether its modules are loaded. */
  ready: boolean;
  /** Settles when its modules are loaded or it has ended. */
  readonly readyOrGone: Promise<void>;
  onMessage(message: unknown): void;
  onFailure(cause: Error): void;
}

function run(module: URL, data: Omit<DataOfThread, "stop">, transferList: MessagePort[] = []): Running {
  const word = new Int32Array(new SharedArrayBuffer(4));
  // No command-line flags are inherited: some, such as --input-type or --inspect-brk, would keep the worker from
  // starting.
  const worker = new Worker(fileURLToPath(module), {
    workerData: { ...data, stop: word.buffer as SharedArrayBuffer } satisfies DataOfThread,
    transferList,
    execArgv: [],
    stdin: false,
  });
  stopWithProcess(word);
  let settle = (): void => {};
  const readyOrGone = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const running: Running = { worker, word, ready: false, readyOrGone, onMessage: () => {}, onFailure: () => {} };
  worker.on("message", (message) => {
    if (message === READY) {
      running.ready = true;
      settle();
    } else running.onMessage(message);
  });
  worker.on("messageerror", (cause) => running.onFailure(cause));
  worker.on("error", (cause) => running.onFailure(cause instanceof Error ? cause : new Error(String(cause))));
  worker.on("exit", (code) => {
    threads.delete(word);
    settle();
    running.onFailure(new Error(`it ended by itself with code ${code}`));
  });
  return running;
}

/** A thread that was started before it was known what there is to do. */
interface Spare {
  readonly running: Running;
  readonly later: MessagePort;
}

const spares = new Map<string, Spare[]>();

/**
 * Starts threads of a module that `startThread` takes later: while they load, the caller prepares what they are to do.
 * They do not keep the process from exiting. One that fails is forgotten. If one cannot be started, no more are:
 * `startThread` then says why.
 */
export function startSpareThreads(module: URL, count: number): void {
  const waiting = spares.get(module.href) ?? [];
  spares.set(module.href, waiting);
  for (let k = 0; k < count; k++) {
    const { port1, port2 } = new MessageChannel();
    let running: Running;
    try {
      running = run(module, { later: port2 }, [port2]);
    } catch {
      return;
    }
    const spare = { running, later: port1 };
    running.worker.unref();
    running.onFailure = () => {
      const at = waiting.indexOf(spare);
      if (at >= 0) waiting.splice(at, 1);
    };
    waiting.push(spare);
  }
}

function takeSpare(module: URL, data: object): Running | undefined {
  const spare = spares.get(module.href)?.shift();
  spare?.later.postMessage(data);
  spare?.running.worker.ref();
  return spare?.running;
}

/**
 * Starts a module of this package as a worker thread, or takes a spare one; the module posts `READY` when it is loaded.
 * Terminating a thread while Node 20 loads its modules leaks the descriptors of the files that are being read, ten for
 * each thread: `terminate` therefore waits until they are closed.
 */
export function startThread<Message>(
  module: URL,
  { workerData: data = {}, onMessage, onFailure }: ThreadOptions<Message>,
): Thread {
  const running = takeSpare(module, data) ?? run(module, data);
  const { worker, word, readyOrGone } = running;
  let ending = false;
  running.onMessage = (message) => {
    if (!ending) onMessage(message as Message);
  };
  running.onFailure = (cause) => {
    if (!ending) onFailure(cause, running.ready);
  };
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    async terminate() {
      ending = true;
      Atomics.store(word, 0, 1);
      await readyOrGone;
      await worker.terminate();
    },
  };
}
