import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { RunProgress } from "../../lab/index.js";
import { trainEngine } from "./train-engine.js";
import { trainInFolder } from "./train-in-folder.js";
import type { TrainingMessage, TrainingTask } from "./training-worker.js";

const WORKER = new URL("./training-worker.js", import.meta.url);
/** True where this module runs from its TypeScript source (tests): Node 20 cannot start a worker from that. */
const FROM_SOURCE = import.meta.url.endsWith(".ts");

export interface LaneControls {
  readonly signal?: AbortSignal;
  readonly onProgress: (progress: RunProgress) => void;
}

/**
 * One training in a worker of its own: its memory goes when it is done. Run from the TypeScript sources it works in the caller's thread. Rejects
 * with the training's error, or with the signal's reason once the worker has ended.
 */
export async function trainInWorker(task: TrainingTask, { signal, onProgress }: LaneControls): Promise<void> {
  signal?.throwIfAborted();
  if (FROM_SOURCE) return trainInFolder(task, { engine: await trainEngine(task.engine), signal, onProgress });
  // Nothing is inherited from the command line: flags such as --input-type would keep the worker from starting.
  const worker = new Worker(fileURLToPath(WORKER), { workerData: task, execArgv: [], stdin: false });
  // Where a GPU has work under way its driver would crash the process if the worker were torn down: it is asked, and ends between two chunks.
  const stop = (): void => void (task.engine === "webgpu" ? worker.postMessage("stop") : worker.terminate());
  signal?.addEventListener("abort", stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      let done = false;
      worker.on("message", (message: TrainingMessage) => {
        if ("done" in message) done = true;
        else onProgress(message.progress);
      });
      worker.on("error", (cause) => reject(signal?.aborted ? signal.reason : cause));
      worker.on("exit", (code) =>
        done ? resolve() : reject(signal?.reason ?? new Error(`the training's worker ended by itself with code ${code}`)),
      );
    });
  } finally {
    signal?.removeEventListener("abort", stop);
    await worker.terminate();
  }
}
