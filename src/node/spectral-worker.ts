import { parentPort } from "node:worker_threads";
import { callAnswerer } from "../analysis/workers/answer-call.js";
import { spectralService } from "../spectra/worker-service.js";
import { allowRelaxedSimd } from "./relaxed-simd.js";
import { openSharedFiles } from "./shared-files.js";
import { READY } from "./worker-thread.js";

allowRelaxedSimd();

const port = parentPort;
if (port === null) throw new Error("spectral-worker runs only as a worker thread");
port.on(
  "message",
  spectralService((message, transfer) => port.postMessage(message, transfer), {
    answerCall: callAnswerer(openSharedFiles),
  }),
);
port.postMessage(READY);
