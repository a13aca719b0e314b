// Gives its stop word away, so that a test can see it.
import { parentPort, workerData } from "node:worker_threads";

parentPort.postMessage("ready");
parentPort.postMessage(workerData.stop);
// Keeps it running.
parentPort.on("message", () => {});
