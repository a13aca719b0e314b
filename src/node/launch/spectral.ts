import { parentPort } from "node:worker_threads";
import { callAnswerer } from "../../analysis/workers/answer-call.js";
import { spectralService } from "../../spectra/worker-service.js";
import { openSharedFiles } from "../shared-files.js";
import { READY } from "../worker-thread.js";
import { workDone } from "./launch.js";

const port = parentPort;
if (port === null) throw new Error("spectral-worker runs only as a worker thread");
const answer = callAnswerer(openSharedFiles);
port.on(
  "message",
  spectralService((message, transfer) => port.postMessage(message, transfer), {
    async answerCall(description, host) {
      const answered = await answer(description, host);
      // By now it has run what it runs for every layer.
      setImmediate(workDone);
      return answered;
    },
  }),
);
port.postMessage(READY);
