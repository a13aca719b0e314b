import { unpaced } from "../../bytes/pace.js";
import { FormatError } from "../../formats/index.js";
import type { Layer, MatrixSource } from "../../layers/index.js";
import { type AnswerCall, type CallHost, isMemoryRefused } from "../../spectra/index.js";
import { COLUMN_WORK } from "../column-work.js";
import { alignment } from "../compare/alignment.js";
import { leadingDirections } from "../compare/leading-directions.js";
import { measureDifference } from "../compare/measure-difference.js";
import { roundingProfileEdge } from "../compare/rounding.js";
import { type LayerWork, solveLayer } from "../layer-task.js";
import type { Outcome, OutcomeStore } from "../store/outcome.js";
import { DegenerateWeights } from "../weights-state.js";
import { poolWithoutWeights } from "./absent-weights.js";
import type {
  DifferenceCall,
  LayerCall,
  LayerReply,
  StackCall,
  StackReply,
  StoreQuestion,
  VectorsCall,
  VectorsReply,
  WorkerCall,
} from "./layer-call.js";
import { type ModelOf, sourceOfRecipe } from "./recipe-source.js";
import { type FailedReply, sendError } from "./sent-error.js";
import { type OpenShared, type ReopenedModel, reopenModel } from "./shared-model.js";

/** Models that a worker keeps open: those of a comparison. */
const MAX_OPEN = 2;

/** The worker's side of an analysis: reads, solves and measures what is described to it. `open` opens the files. */
export function callAnswerer(open: OpenShared): AnswerCall {
  const modelOf = openModels(open);
  const answer = async (call: WorkerCall, host: CallHost): Answered => {
    if (call.kind === "layers") return answerLayers(call, host, modelOf);
    if (call.kind === "stack") return answerStack(call, host, modelOf);
    if (call.kind === "vectors") return answerVectors(call, host, modelOf);
    if (call.kind === "difference") return answerDifference(call);
    const [a, b] = [await sourceOfRecipe(call.a, modelOf), await sourceOfRecipe(call.b, modelOf)];
    if (call.kind === "rounding") return { value: { edge: await roundingProfileEdge([a, b], call.errors, unpaced()) } };
    if (call.kind === "directions") return { value: await leadingDirections([a, b], call.request, host) };
    return { value: await alignment(a, b) };
  };
  return async (description, host) => {
    try {
      return await answer(description as WorkerCall, host);
    } catch (cause) {
      if (!(cause instanceof FormatError)) throw cause;
      return { value: { failed: sendError(cause) } satisfies FailedReply };
    }
  };
}

/** Keeps the models open that were used last. One that could not be opened is tried again by the next layer. */
function openModels(open: OpenShared): ModelOf {
  const models = new Map<number, Promise<ReopenedModel>>();
  return async (shared) => {
    const known = models.get(shared.id);
    models.delete(shared.id);
    const model = known ?? reopenModel(shared, open);
    models.set(shared.id, model);
    model.catch(() => models.delete(shared.id));
    for (const [id, old] of models) {
      if (models.size <= MAX_OPEN) break;
      models.delete(id);
      await old.then((opened) => opened.close()).catch(() => {});
    }
    return model;
  };
}

type Answered = ReturnType<AnswerCall>;

async function answerLayers(
  { layers, options, memory, onlyKept }: LayerCall,
  host: CallHost,
  modelOf: ModelOf,
): Answered {
  const kept = memory === undefined ? {} : { memory: { ...memory, store: storeOfCaller(host) } };
  const replies: LayerReply[] = [];
  for (const { layer, weights, key } of layers) {
    const source = await sourceOfRecipe(weights, modelOf);
    const work: LayerWork = {
      pool: weights.kind === "absent" ? poolWithoutWeights(weights.weights) : host.pool,
      // It is not the layer's fault: the pool moves to another engine.
      rejects: isMemoryRefused,
      ...kept,
      onlyKept,
      ...(key !== undefined && { key }),
    };
    const solved = await solveLayer({ ...layer, source } satisfies Layer, options, work);
    const { layer: _, error, ...result } = solved.result;
    replies.push({
      result,
      ...(error !== undefined && { error: sendError(error) }),
      ...(solved.key !== undefined && { key: solved.key }),
    });
  }
  return { value: replies, transfer: buffersOf(...replies.map(({ result }) => result.spectrum?.eigenvalues)) };
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

async function answerStack({ recipe, request }: StackCall, { pool }: CallHost, modelOf: ModelOf): Answered {
  const answered = (value: StackReply): Awaited<Answered> => ({ value });
  const source = await sourceOfRecipe(recipe, modelOf);
  try {
    if (request.kind === "spectrum") return answered({ result: await pool.solve(source, undefined, request) });
    return answered({ result: await pool.approximate(source, request) });
  } catch (cause) {
    if (!(cause instanceof DegenerateWeights)) throw cause;
    const { message: reason, value } = cause;
    return answered({ degenerate: { reason, ...(value !== undefined && { value }) } });
  }
}

async function answerVectors({ recipe, side, work }: VectorsCall, { pool }: CallHost, modelOf: ModelOf): Answered {
  const source = await sourceOfRecipe(recipe, modelOf);
  const M = Math.min(source.rows, source.cols);
  const value: { values: Float64Array; measures: readonly unknown[] }[] = [];
  await pool.eigenvectors(source, {
    side,
    onMatrix: ({ values, vectors }) => value.push({ values, measures: COLUMN_WORK[work](vectors, M) }),
  });
  return { value: value satisfies VectorsReply };
}

async function answerDifference({ layer, shape, spectrum, noise }: DifferenceCall): Answered {
  const source: MatrixSource = {
    ...shape,
    blocks: () => {
      throw new RangeError("a difference is measured from its spectrum: its values cannot be read here");
    },
  };
  return { value: measureDifference({ layer: { ...layer, source }, spectrum, noise }) };
}

function buffersOf(...arrays: readonly (Float64Array | undefined)[]): ArrayBuffer[] {
  return arrays.map((values) => values?.buffer).filter((buffer) => buffer instanceof ArrayBuffer);
}
