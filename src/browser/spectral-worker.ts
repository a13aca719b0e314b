import { type FromWorker, spectralService, type ToWorker } from "../spectra/index.js";

/**
 * The parts of a dedicated worker's global scope that are used here; TypeScript's "webworker" library would conflict
 * with "dom".
 */
interface WorkerScope {
  postMessage(message: FromWorker, transfer: ArrayBuffer[]): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}

const scope = globalThis as unknown as WorkerScope;
const handle = spectralService((message, transfer) => scope.postMessage(message, transfer));
scope.onmessage = (event) => handle(event.data);
