import { Pace } from "../../bytes/pace.js";
import type { SpectralPool } from "../../spectra/index.js";
import { failureOf } from "../layer-task.js";
import { directionsByWorker, roundingByWorker } from "../workers/call-stack.js";
import { type Align, alignmentsInOrder } from "./alignment.js";
import { inOrder, type Work } from "./in-order.js";
import {
  type DirectionsRequest,
  directionsObjection,
  type LeadingDirections,
  leadingDirections,
} from "./leading-directions.js";
import { roundingProfileEdge } from "./rounding.js";
import { type ComparedPair, directionsRequest, type ReadAgain, roundingToProfile } from "./what-changed.js";

type Sources = Parameters<typeof roundingProfileEdge>[0];
type OfPool = Pick<Parameters<typeof leadingDirections>[2], "pool">;
type Errors = Parameters<typeof roundingProfileEdge>[1];

/** How pairs of layers are compared on this thread, if no worker can. */
export interface OnThisThread {
  readonly align: Align;
  readonly directions: Work<[sources: Sources, request: DirectionsRequest, of: OfPool], LeadingDirections>;
  readonly rounding: Work<[sources: Sources, errors: Errors], number>;
}

/** One pair after the other, with turns of the event loop. */
export function onThisThread(): OnThisThread {
  const pace = (signal?: AbortSignal): Pace => new Pace({ limited: false, signal });
  return {
    align: alignmentsInOrder(),
    directions: inOrder((signal, sources: Sources, request: DirectionsRequest, { pool }: OfPool) =>
      leadingDirections(sources, request, { pool, pace: pace(signal) }),
    ),
    rounding: inOrder((signal, sources: Sources, errors: Errors) => roundingProfileEdge(sources, errors, pace(signal))),
  };
}

interface Workers {
  readonly pool: SpectralPool;
  readonly signal?: AbortSignal | undefined;
}

/** `ReadAgain`, and why a part of it is missing. */
export interface Reading extends ReadAgain {
  readonly note?: string;
}

/** What needs both layers a second time, by a worker if the pool has one. Nothing changed: nothing is read. */
export async function readAgain(compared: ComparedPair | null, here: OnThisThread, workers: Workers): Promise<Reading> {
  const nothing = { directions: null, profileEdge: null };
  if (compared === null || (compared.delta.kind === "constant" && compared.delta.value === 0)) return nothing;
  const pair = [compared.inA.layer, compared.inB.layer] as const;
  const objection = directionsObjection(pair[0].source);
  try {
    const profileEdge = await profileEdgeOf(compared, here, workers);
    if (objection !== null)
      return { ...nothing, profileEdge, note: `its leading directions were not compared: ${objection}` };
    const request = directionsRequest(compared);
    const { pool, signal } = workers;
    const directions =
      (await directionsByWorker(pair, request, workers)) ??
      (await here.directions(signal, [pair[0].source, pair[1].source], request, { pool }));
    return { directions, profileEdge };
  } catch (cause) {
    workers.signal?.throwIfAborted();
    return { ...nothing, note: `its leading directions could not be compared: ${failureOf(cause)}` };
  }
}

async function profileEdgeOf(compared: ComparedPair, here: OnThisThread, workers: Workers): Promise<number | null> {
  const errors = roundingToProfile(compared);
  if (errors === null) return null;
  const pair = [compared.inA.layer, compared.inB.layer] as const;
  const sources = [pair[0].source, pair[1].source] as const;
  return (await roundingByWorker(pair, errors, workers)) ?? here.rounding(workers.signal, sources, errors);
}
