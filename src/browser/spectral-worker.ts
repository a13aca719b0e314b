import { callAnswerer } from "../analysis/workers/answer-call.js";
import { type FromWorker, spectralService, type ToWorker } from "../spectra/index.js";
import { uploadedFiles } from "./blob-source.js";

/**
 * The parts of a dedicated worker's global scope that are used here; TypeScript's "webworker" library would conflict
 * with "dom".
 */
interface WorkerScope {
  postMessage(message: FromWorker, transfer: ArrayBuffer[]): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}

const scope = globalThis as unknown as WorkerScope;
const handle = spectralService((message, transfer) => scope.postMessage(message, transfer), {
  answerCall: callAnswerer(async ({ kind, files }) => {
    if (kind !== "uploaded") throw new RangeError(`this thread cannot open files of kind "${kind}"`);
    return uploadedFiles(files as readonly File[]);
  }),
});
scope.onmessage = (event) => handle(event.data);
