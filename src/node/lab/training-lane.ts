import type { RunProgress } from "../../lab/index.js";
import { FROM_SOURCE, startThread, type Thread } from "../worker-thread.js";
import { trainEngine } from "./train-engine.js";
import { trainInFolder } from "./train-in-folder.js";
import type { TrainingMessage, TrainingTask } from "./training-worker.js";

const WORKER = new URL("./training-worker.js", import.meta.url);

export interface LaneControls {
  readonly signal?: AbortSignal;
  readonly onProgress: (progress: RunProgress) => void;
}

/**
 * One training in its own worker, whose memory is freed at the end. Run from the TypeScript sources it works on the
 * caller's thread. Rejects with the training's error, or with the signal's reason once the worker has ended.
 */
export async function trainInWorker(task: TrainingTask, { signal, onProgress }: LaneControls): Promise<void> {
  signal?.throwIfAborted();
  if (FROM_SOURCE) return trainInFolder(task, { engine: await trainEngine(task.engine), signal, onProgress });
  let stop = (): void => {};
  let thread: Thread | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      let done = false;
      thread = startThread<TrainingMessage>(WORKER, {
        workerData: task,
        onMessage(message) {
          if ("done" in message) done = true;
          else onProgress(message.progress);
        },
        // The worker exits by itself when it is done, so that a loaded driver is torn down in order.
        onFailure: (cause) => (done ? resolve() : reject(signal?.aborted ? signal.reason : cause)),
      });
      // If a GPU is still working, its driver would crash the process when the worker is terminated. So the worker is
      // asked to stop, and does so between two chunks.
      stop = () => {
        if (task.engine === "webgpu") thread?.post("stop");
        else void thread?.terminate().then(() => reject(signal?.reason));
      };
      signal?.addEventListener("abort", stop, { once: true });
    });
  } finally {
    signal?.removeEventListener("abort", stop);
    await thread?.terminate();
  }
}
