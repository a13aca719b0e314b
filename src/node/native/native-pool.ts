import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  type FromWorker,
  poolWithFallback,
  type SpectralPool,
  type StartWorker,
  workerPool,
} from "../../spectra/index.js";
import type { NativeLibrary } from "./library-report.js";

const WORKER = new URL("./native-worker.js", import.meta.url);

export interface NativePoolOptions {
  readonly library: NativeLibrary;
  /** Matrices solved at once, one per process. */
  readonly width: number;
  /** Bytes that the matrices in progress may use together. Default: no limit. */
  readonly memory?: number | undefined;
  /** Creates the pool that takes over if the library fails; called when it is needed. */
  readonly fallback: () => SpectralPool;
  /** The module that a child runs; tests replace it. */
  readonly worker?: URL;
}

/**
 * A pool of child processes, each with the native library. If one stops in the middle of a matrix (a fault in the
 * library, the system's memory killer), that stack and all later ones go to the fallback, and `warnings` reports it
 * once.
 */
export function nativePool({ library, width, memory, fallback, worker = WORKER }: NativePoolOptions): SpectralPool {
  const failures: Error[] = [];
  const start = childStarter(library, worker);
  const pool = workerPool({
    engine: "native",
    width,
    // The pool counts the embedded engine's memory, 4 M^2 bytes; this one takes up to 12.
    ...(memory !== undefined && { memory: memory / 3 }),
    start: (onMessage, onFailure) =>
      start(onMessage, (cause) => {
        failures.push(cause);
        onFailure(cause);
      }),
  });
  return poolWithFallback({
    pool,
    fallback,
    // Anything else is the source's own error, the engine's refusal, or an abort.
    reasonToLeave: (cause, source) =>
      source !== undefined && failures.includes((cause as Error).cause as Error)
        ? `the native engine (${library.path}) stopped on a ${source.rows} x ${source.cols} matrix: ${failures[0].message}; the embedded engine computed this layer and all later ones`
        : undefined,
  });
}

/** Living children: a process that exits by itself, for example at Ctrl-C, must not leave them computing. */
const alive = new Set<ChildProcess>();
let watching = false;

function endWithThisProcess(child: ChildProcess): void {
  alive.add(child);
  child.once("exit", () => alive.delete(child));
  if (watching) return;
  watching = true;
  process.once("exit", () => {
    for (const other of alive) other.kill("SIGKILL");
  });
}

function childStarter(library: NativeLibrary, worker: URL): StartWorker {
  return (onMessage, onFailure) => {
    const child = fork(fileURLToPath(worker), [library.path], {
      env: { ...process.env, ...library.env },
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    endWithThisProcess(child);
    let ended = false;
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-1000);
    });
    child.on("message", (message) => onMessage(message as FromWorker));
    child.on("error", onFailure);
    const gone = new Promise<void>((resolve) => {
      child.once("close", (code, signal) => {
        const last = said.trim().split("\n").at(-1);
        if (!ended)
          onFailure(new Error(`it ended by ${signal ?? `itself with code ${code}`}${last ? ` (${last})` : ""}`));
        resolve();
      });
    });
    return {
      // The pipe copies. If a child has exited, "close" reports it.
      post: (message) => void child.send(message, () => {}),
      async terminate() {
        ended = true;
        child.kill("SIGKILL");
        await gone;
      },
    };
  };
}
