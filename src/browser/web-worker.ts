/** A Web Worker of this package. */
export interface WebWorker {
  post(message: unknown, transfer?: ArrayBuffer[]): void;
  terminate(): Promise<void>;
}

export interface WebWorkerEvents<Message> {
  readonly onMessage: (message: Message) => void;
  /**
   * `ready`: whether the worker had sent anything. If not, it did not start: its file is missing, or could not be read.
   */
  readonly onFailure: (cause: Error, ready: boolean) => void;
}

/**
 * Listens to a new worker. `new Worker(new URL(...))` is in the caller's module: bundlers look for exactly that to
 * bundle the worker's file.
 */
export function webWorker<Message>(worker: Worker, { onMessage, onFailure }: WebWorkerEvents<Message>): WebWorker {
  let answered = false;
  worker.onmessage = (event) => {
    answered = true;
    onMessage(event.data);
  };
  worker.onerror = (event) => onFailure(new Error(event.message || "it could not be started"), answered);
  worker.onmessageerror = () => onFailure(new Error("a message could not be read"), true);
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    async terminate() {
      worker.terminate();
    },
  };
}
