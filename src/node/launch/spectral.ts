import { parentPort } from "node:worker_threads";
import { callAnswerer } from "../../analysis/workers/answer-call.js";
import { createEngine } from "../../spectra/create-engine.js";
import type { EngineName, SpectralEngine } from "../../spectra/engine.js";
import { spectralService } from "../../spectra/worker-service.js";
import { loadAddon } from "../native/addon.js";
import { createNativeEngine } from "../native/native-engine.js";
import { allowRelaxedSimd } from "../relaxed-simd.js";
import { openSharedFiles } from "../shared-files.js";
import type { SpectralWorkerData } from "../worker-pool.js";
import { READY, stopWord, threadData } from "../worker-thread.js";
import { workDone } from "./work-done.js";

const port = parentPort;
if (port === null) throw new Error("spectral-worker runs only as a worker thread");
// Before kernels are compiled.
allowRelaxedSimd();
const answer = callAnswerer(openSharedFiles);

/** The native engine is the library that the pool found; the others are made by name. */
function create(name: EngineName): SpectralEngine {
  const { native } = threadData<SpectralWorkerData>();
  if (name !== "native" || native === undefined) return createEngine(name);
  return createNativeEngine(loadAddon(native.path), { target: native.target, stop: stopWord() });
}

port.on(
  "message",
  spectralService((message, transfer) => port.postMessage(message, transfer), {
    create,
    async answerCall(description, host) {
      const answered = await answer(description, host);
      // By now it has run what it runs for every layer.
      setImmediate(workDone);
      return answered;
    },
  }),
);
port.postMessage(READY);
