import type { StackShape } from "../layers/layer.js";
import { createEngine } from "./create-engine.js";
import type { EngineName, SpectralEngine, StreamedTask } from "./engine.js";
import { approximateTask } from "./lanczos/approximate-spectrum.js";
import { assist } from "./wasm/team.js";
import type { FromWorker, StreamRequest, StreamResult, ToWorker } from "./worker-messages.js";

type Work = StreamedTask<StreamResult[keyof StreamResult] | undefined>;

/**
 * The worker's side: returns a handler of messages. `post` sends an answer, transferring the listed buffers; `create`
 * makes the engine that the pool names.
 */
export function spectralService(
  post: (message: FromWorker, transfer: ArrayBuffer[]) => void,
  create: (name: EngineName) => SpectralEngine = createEngine,
): (message: ToWorker) => void {
  const beginEigenvectors = eigenvectorBeginner();
  let engine: SpectralEngine | undefined;
  let current: { readonly task: number; readonly work: Work; passes: number } | undefined;

  const begin = (task: number, shape: StackShape, request: StreamRequest): Work => {
    engine ??= create("wasm");
    if (request.kind === "approximate") return approximateTask(shape, request);
    if (request.kind === "eigenvectors") {
      return beginEigenvectors(engine)(shape, {
        side: request.side,
        onMatrix: (eigensystem) =>
          post({ kind: "matrix", task, eigensystem }, [
            eigensystem.values.buffer as ArrayBuffer,
            eigensystem.vectors.buffer as ArrayBuffer,
          ]),
      });
    }
    const { precision, mayHaveHelp } = request;
    return engine.begin(shape, {
      precision,
      ...(mayHaveHelp && { onHelpWanted: (wanted) => post({ kind: "help-wanted", task, wanted }, []) }),
    });
  };
  const tellPasses = (running: NonNullable<typeof current>): void => {
    const { passes = 1 } = running.work;
    if (passes > running.passes) post({ kind: "passes", task: running.task, passes }, []);
    running.passes = passes;
  };

  const handle = (message: Extract<ToWorker, { task: number }>): void => {
    const { task } = message;
    if (message.kind === "begin") {
      current = { task, work: begin(task, message.shape, message.request), passes: 1 };
      tellPasses(current);
      return;
    }
    // After a failure the pool may have sent more before it received the failure.
    if (current?.task !== task) return;
    if (message.kind === "block") {
      current.work.push(message.values);
      tellPasses(current);
      post({ kind: "taken", task }, []);
    } else if (message.kind === "finish") {
      const result = current.work.finish();
      current = undefined;
      const transfer = result !== undefined && "route" in result ? [result.eigenvalues.buffer as ArrayBuffer] : [];
      post({ kind: "solved", task, result }, transfer);
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
      post(
        { kind: "failed", task: message.task, error: cause instanceof Error ? cause : new Error(String(cause)) },
        [],
      );
    }
  };
}

/** Eigenvectors by the engine itself, else by a WebAssembly engine that is created on first use. */
export function eigenvectorBeginner(): (engine: SpectralEngine) => NonNullable<SpectralEngine["beginEigenvectors"]> {
  let substitute: SpectralEngine | undefined;
  return (engine) => {
    if (engine.beginEigenvectors !== undefined) return engine.beginEigenvectors;
    substitute ??= createEngine("wasm");
    return substitute.beginEigenvectors!;
  };
}
