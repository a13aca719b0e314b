import { parentPort } from "node:worker_threads";
import { answerCall, type ColumnCall } from "../../analysis/column-work.js";
import { READY } from "../worker-thread.js";
import { workDone } from "./work-done.js";

const port = parentPort;
if (port === null) throw new Error("column-worker runs only as a worker thread");
port.on("message", (call: ColumnCall) => {
  port.postMessage(answerCall(call));
  setImmediate(workDone);
});
port.postMessage(READY);
