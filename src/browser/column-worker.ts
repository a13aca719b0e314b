import { answerCall, type ColumnAnswer, type ColumnCall } from "../analysis/column-work.js";

/**
 * The parts of a dedicated worker's global scope that are used here; TypeScript's "webworker" library would conflict
 * with "dom".
 */
interface WorkerScope {
  postMessage(message: ColumnAnswer): void;
  onmessage: ((event: MessageEvent<ColumnCall>) => void) | null;
}

const scope = globalThis as unknown as WorkerScope;
scope.onmessage = (event) => scope.postMessage(answerCall(event.data));
