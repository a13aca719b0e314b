import { createEngine } from "./create-engine.js";
import type { EngineName, SpectralEngine, SpectralTask } from "./engine.js";
import { assist, type HelpWanted } from "./wasm/team.js";
import type { FromWorker, ToWorker } from "./worker-messages.js";

/**
 * The worker's side: returns what handles one message after another. `post` sends an answer, handing over the listed buffers; `create` makes the engine
 * that the pool names.
 */
export function spectralService(
  post: (message: FromWorker, transfer: ArrayBuffer[]) => void,
  create: (name: EngineName) => SpectralEngine = createEngine,
): (message: ToWorker) => void {
  let engine: SpectralEngine | undefined;
  let current: { readonly task: number; readonly work: SpectralTask } | undefined;

  const handle = (message: Extract<ToWorker, { task: number }>): void => {
    const { task } = message;
    if (message.kind === "begin") {
      engine ??= create("wasm");
      const onHelpWanted = (wanted: HelpWanted): void => post({ kind: "help-wanted", task, wanted }, []);
      const { shape, precision, mayHaveHelp } = message;
      current = { task, work: engine.begin(shape, { precision, ...(mayHaveHelp && { onHelpWanted }) }) };
      const { passes = 1 } = current.work;
      if (passes > 1) post({ kind: "passes", task, passes }, []);
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
      engine = create(message.name);
      return;
    }
    if (message.kind === "assist") {
      assist(message.wanted, message.member);
      post({ kind: "assisted" }, []);
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
