// Gives its stop word away, so that a test can see it.
import { parentPort, workerData } from "node:worker_threads";

parentPort.postMessage("ready");
parentPort.postMessage(workerData.stop);
setInterval(() => {}, 1e6);
