import { fileURLToPath } from "node:url";
import { Worker, workerData } from "node:worker_threads";

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
}

/**
 * In a worker of this package: a word that is 0 until the thread is to end. A call of native code cannot be
 * interrupted; it looks at this word.
 */
export function stopWord(): Int32Array {
  return new Int32Array((workerData as DataOfThread).stop);
}

/** The stop words of the threads that run: they are set when the process exits by itself, for example at Ctrl-C. */
const running = new Set<Int32Array>();
let watching = false;

function stopWithProcess(word: Int32Array): void {
  running.add(word);
  if (watching) return;
  watching = true;
  process.once("exit", () => {
    for (const other of running) Atomics.store(other, 0, 1);
  });
}

/** A worker thread of this package. */
export interface Thread {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** Ends the thread: at once if its modules are loaded, else as soon as they are. */
  terminate(): Promise<void>;
}

/**
 * Starts a module of this package as a worker thread; the module posts `READY` when it is loaded. Terminating a thread
 * while Node 20 loads its modules leaks the descriptors of the files that are being read, ten for each thread:
 * `terminate` therefore waits until they are closed.
 */
export function startThread<Message>(
  module: URL,
  { workerData: data, onMessage, onFailure }: ThreadOptions<Message>,
): Thread {
  // No command-line flags are inherited: some, such as --input-type or --inspect-brk, would keep the worker from
  // starting.
  const word = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(fileURLToPath(module), {
    workerData: { ...data, stop: word.buffer as SharedArrayBuffer } satisfies DataOfThread,
    execArgv: [],
    stdin: false,
  });
  stopWithProcess(word);
  let ready = false;
  let ending = false;
  let settle = (): void => {};
  const readyOrGone = new Promise<void>((resolve) => {
    settle = resolve;
  });
  worker.on("message", (message: Message | typeof READY) => {
    if (message === READY) {
      ready = true;
      settle();
    } else if (!ending) onMessage(message as Message);
  });
  worker.on("messageerror", (cause) => onFailure(cause, ready));
  worker.on("error", (cause) => {
    if (!ending) onFailure(cause instanceof Error ? cause : new Error(String(cause)), ready);
  });
  worker.on("exit", (code) => {
    running.delete(word);
    settle();
    if (!ending) onFailure(new Error(`it ended by itself with code ${code}`), ready);
  });
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
