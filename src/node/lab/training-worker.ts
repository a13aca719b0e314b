import { parentPort, workerData } from "node:worker_threads";
import type { RunProgress } from "../../lab/index.js";
import { READY } from "../worker-thread.js";
import { type TrainEngineName, trainEngine } from "./train-engine.js";
import { type FolderTraining, trainInFolder } from "./train-in-folder.js";

/**
 * The start data and the messages of a worker. It exits by itself when its training is done; an error ends it as an
 * error, and so does any message to it.
 */
export interface TrainingTask extends FolderTraining {
  readonly engine: TrainEngineName;
}
export type TrainingMessage = { readonly progress: RunProgress } | { readonly done: true };

const port = parentPort;
if (port === null) throw new Error("training-worker runs only as a worker thread");
const { engine, ...training } = workerData as TrainingTask;
const stop = new AbortController();
port.once("message", () => stop.abort());
port.unref();
const say = (message: TrainingMessage): void => port.postMessage(message);
const trainer = await trainEngine(engine);
port.postMessage(READY);
await trainInFolder(training, { engine: trainer, signal: stop.signal, onProgress: (progress) => say({ progress }) });
say({ done: true });
