import { createEngine } from "./create-engine.js";
import type { SpectralEngine, SpectralTask } from "./engine.js";
import type { FromWorker, ToWorker } from "./worker-messages.js";

/** The worker's side: returns what handles one message after another. `post` sends an answer, handing over the listed buffers. */
export function spectralService(post: (message: FromWorker, transfer: ArrayBuffer[]) => void): (message: ToWorker) => void {
  let engine: SpectralEngine | undefined;
  let current: { readonly task: number; readonly work: SpectralTask } | undefined;

  const handle = (message: Exclude<ToWorker, { kind: "engine" }>): void => {
    const { task } = message;
    if (message.kind === "begin") {
      engine ??= createEngine("wasm");
      current = { task, work: engine.begin(message.shape) };
      return;
    }
    // After a failure the pool may have sent more before it heard of it.
    if (current?.task !== task) return;
    if (message.kind === "block") {
      current.work.push(message.values);
      post({ kind: "taken", task }, []);
    } else if (message.kind === "finish") {
      const spectrum = current.work.finish();
      current = undefined;
      post({ kind: "solved", task, spectrum }, [spectrum.eigenvalues.buffer as ArrayBuffer]);
    } else {
      current.work.cancel();
      current = undefined;
    }
  };

  return (message) => {
    if (message.kind === "engine") {
      engine = createEngine(message.name);
      return;
    }
    try {
      handle(message);
    } catch (cause) {
      current?.work.cancel();
      current = undefined;
      post({ kind: "failed", task: message.task, error: cause instanceof Error ? cause : new Error(String(cause)) }, []);
    }
  };
}
