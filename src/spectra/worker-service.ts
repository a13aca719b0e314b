import { giveBack } from "../bytes/recycled-buffers.js";
import type { StackShape } from "../layers/layer.js";
import { createEngine } from "./create-engine.js";
import { eigenvectorBeginner } from "./eigenvector-beginner.js";
import type { EngineName, SpectralEngine, StreamedTask } from "./engine.js";
import { inPlacePool } from "./in-place-pool.js";
import { approximateTask } from "./lanczos/approximate-spectrum.js";
import type { SpectralPool } from "./pool.js";
import { sendableError } from "./sendable-error.js";
import type { HelpWanted } from "./team-control.js";
import { assist, isWasmHelp } from "./wasm/team.js";
import type { FromWorker, Settled, StreamRequest, StreamResult, ToWorker } from "./worker-messages.js";

type Work = StreamedTask<StreamResult[keyof StreamResult] | undefined>;

/** What a worker's own task runs on. */
export interface CallHost {
  /** Solves on this thread, with the pool's engine and the help of the pool's idle workers. */
  readonly pool: SpectralPool;
  /** Asks the thread that called. Rejects with its error. */
  ask(question: unknown): Promise<unknown>;
}

/** Does the tasks that are described to the worker (`SpectralPool.call`). The listed buffers are transferred. */
export type AnswerCall = (
  description: unknown,
  host: CallHost,
) => Promise<{ readonly value: unknown; readonly transfer?: readonly ArrayBuffer[] }>;

export interface ServiceOptions {
  /** Makes the engine that the pool names. */
  readonly create?: (name: EngineName) => SpectralEngine;
  /** Absent: a worker that only solves what is streamed to it. */
  readonly answerCall?: AnswerCall | undefined;
}

/** The worker's side: returns a handler of messages. `post` sends an answer, transferring the listed buffers. */
export function spectralService(
  post: (message: FromWorker, transfer: ArrayBuffer[]) => void,
  { create = createEngine, answerCall }: ServiceOptions = {},
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
  /** The call in progress, and its questions that are not answered yet. */
  let call: { readonly task: number; readonly settle: Map<number, (answer: Settled) => void> } | undefined;

  const runCall = async (task: number, description: unknown): Promise<void> => {
    const settle = new Map<number, (answer: Settled) => void>();
    call = { task, settle };
    let asked = 0;
    const ask: CallHost["ask"] = (question) =>
      new Promise((resolve, reject) => {
        settle.set(++asked, (answer) => ("error" in answer ? reject(answer.error) : resolve(answer.value)));
        post({ kind: "ask", task, ask: asked, question }, []);
      });
    try {
      if (answerCall === undefined) throw new RangeError("this worker only solves what is streamed to it");
      engine ??= create("wasm");
      const pool = inPlacePool(engine, {
        yields: false,
        freesBlocks: true,
        onHelpWanted: (wanted) => post({ kind: "help-wanted", task, wanted }, []),
        onHelpOver: () => post({ kind: "help-over", task }, []),
      });
      const { value, transfer = [] } = await answerCall(description, { pool, ask });
      post({ kind: "returned", task, value }, [...transfer]);
    } catch (cause) {
      post({ kind: "failed", task, error: sendableError(cause) }, []);
    } finally {
      call = undefined;
    }
  };

  const tellPasses = (running: NonNullable<typeof current>): void => {
    const { passes = 1 } = running.work;
    if (passes > running.passes) post({ kind: "passes", task: running.task, passes }, []);
    running.passes = passes;
  };

  const handle = (message: Extract<ToWorker, { task: number }>): void => {
    const { task } = message;
    if (message.kind === "call") {
      void runCall(task, message.description);
      return;
    }
    if (message.kind === "reply") {
      if (call?.task !== task) return;
      call.settle.get(message.ask)?.(message.answer);
      call.settle.delete(message.ask);
      return;
    }
    if (message.kind === "begin") {
      current = { task, work: begin(task, message.shape, message.request), passes: 1 };
      tellPasses(current);
      return;
    }
    // After a failure the pool may have sent more before it received the failure.
    if (current?.task !== task) return;
    if (message.kind === "block") {
      current.work.push(message.values);
      if (current.work.keepsBlocks === false) giveBack(message.values);
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

  const help = (wanted: HelpWanted, member: number): void => {
    if (engine?.assist !== undefined) engine.assist(wanted, member);
    else if (isWasmHelp(wanted)) assist(wanted, member);
  };

  return (message) => {
    if (message.kind === "engine") {
      engine = create(message.name);
      return;
    }
    if (message.kind === "assist") {
      help(message.wanted, message.member);
      post({ kind: "assisted" }, []);
      return;
    }
    try {
      handle(message);
    } catch (cause) {
      current?.work.cancel();
      current = undefined;
      post({ kind: "failed", task: message.task, error: sendableError(cause) }, []);
    }
  };
}
