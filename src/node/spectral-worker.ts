import v8 from "node:v8";
import { parentPort } from "node:worker_threads";
import { spectralService } from "../spectra/worker-service.js";
import { READY } from "./worker-thread.js";

// Node 20 and 21 have relaxed SIMD behind a flag, Node 22 and later without one. The flag must be set before the
// kernels are compiled.
if (Number.parseInt(process.versions.node, 10) < 22) v8.setFlagsFromString("--experimental-wasm-relaxed-simd");

const port = parentPort;
if (port === null) throw new Error("spectral-worker runs only as a worker thread");
port.on(
  "message",
  spectralService((message, transfer) => port.postMessage(message, transfer)),
);
port.postMessage(READY);
