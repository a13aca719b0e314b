// A worker that answers each message with its number, the data that it was started with, and whether it was a spare.
import { parentPort, threadId, workerData } from "node:worker_threads";
import { READY, threadData } from "../../dist/node/worker-thread.js";

if (workerData.fails) throw new Error("it was told to fail");
parentPort.on("message", () => {
  const { name } = threadData();
  parentPort.postMessage({ threadId, name, again: threadData().name, spare: "later" in workerData });
});
parentPort.postMessage(READY);
