import type { Layer } from "../../layers/index.js";
import { type AnswerCall, type CallHost, type Eigensystem, isMemoryRefused } from "../../spectra/index.js";
import { alignment } from "../compare/alignment.js";
import { type LayerWork, solveLayer } from "../layer-task.js";
import type { Outcome, OutcomeStore } from "../store/outcome.js";
import { DegenerateWeights } from "../weights-state.js";
import type { LayerCall, LayerReply, StackCall, StackReply, StoreQuestion, WorkerCall } from "./layer-call.js";
import { type ModelOf, sourceOfRecipe } from "./recipe-source.js";
import { sendError } from "./sent-error.js";
import { type OpenShared, type ReopenedModel, reopenModel } from "./shared-model.js";

/** Models that a worker keeps open: those of a comparison. */
const MAX_OPEN = 2;

/** The worker's side of an analysis: reads, solves and measures what is described to it. `open` opens the files. */
export function callAnswerer(open: OpenShared): AnswerCall {
  const modelOf = openModels(open);
  return async (description, host) => {
    const call = description as WorkerCall;
    if (call.kind === "layers") return answerLayers(call, host, modelOf);
    if (call.kind === "stack") return answerStack(call, host, modelOf);
    const [a, b] = [await sourceOfRecipe(call.a, modelOf), await sourceOfRecipe(call.b, modelOf)];
    return { value: await alignment(a, b) };
  };
}

/** Keeps the models open that were used last. */
function openModels(open: OpenShared): ModelOf {
  const models = new Map<number, Promise<ReopenedModel>>();
  return async (shared) => {
    const known = models.get(shared.id);
    models.delete(shared.id);
    const model = known ?? reopenModel(shared, open);
    models.set(shared.id, model);
    for (const [id, old] of models) {
      if (models.size <= MAX_OPEN) break;
      models.delete(id);
      await old.then((opened) => opened.close()).catch(() => {});
    }
    return model;
  };
}

type Answered = ReturnType<AnswerCall>;

async function answerLayers({ layers, options, memory }: LayerCall, host: CallHost, modelOf: ModelOf): Answered {
  const kept = memory === undefined ? {} : { memory: { ...memory, store: storeOfCaller(host) } };
  const replies: LayerReply[] = [];
  for (const { layer, weights, key } of layers) {
    const source = await sourceOfRecipe(weights, modelOf);
    const work: LayerWork = { pool: host.pool, ...kept, ...(key !== undefined && { key }) };
    const solved = await solveLayer({ ...layer, source } satisfies Layer, options, work);
    const { layer: _, error, ...result } = solved.result;
    // It is not the layer's fault: the pool moves to another engine.
    if (isMemoryRefused(error)) throw error;
    replies.push({
      result,
      ...(error !== undefined && { error: sendError(error) }),
      ...(solved.key !== undefined && { key: solved.key }),
    });
  }
  return { value: replies, transfer: replies.flatMap(({ result }) => buffersOf(result.spectrum?.eigenvalues)) };
}

/** The caller's store of outcomes, as the worker sees it. */
function storeOfCaller({ ask }: CallHost): OutcomeStore {
  const question = (asked: StoreQuestion): Promise<unknown> => ask(asked);
  return {
    get: (key) => question({ kind: "get", key }) as Promise<Outcome | undefined>,
    async put(outcome) {
      await question({ kind: "put", outcome });
    },
  };
}

async function answerStack({ recipe, request }: StackCall, { pool, ask }: CallHost, modelOf: ModelOf): Answered {
  const answered = (value: StackReply): Awaited<Answered> => ({ value });
  const source = await sourceOfRecipe(recipe, modelOf);
  try {
    if (request.kind === "spectrum") return answered({ result: await pool.solve(source, undefined, request) });
    if (request.kind === "approximate") return answered({ result: await pool.approximate(source, request) });
    const taken: Promise<unknown>[] = [];
    const onMatrix = (eigensystem: Eigensystem): void => void taken.push(ask(eigensystem));
    await pool.eigenvectors(source, { side: request.side, onMatrix });
    await Promise.all(taken);
    return answered({});
  } catch (cause) {
    if (!(cause instanceof DegenerateWeights)) throw cause;
    const { message: reason, value } = cause;
    return answered({ degenerate: { reason, ...(value !== undefined && { value }) } });
  }
}

function buffersOf(values: Float64Array | undefined): ArrayBuffer[] {
  return values?.buffer instanceof ArrayBuffer ? [values.buffer] : [];
}
