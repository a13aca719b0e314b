import { isRunEvent, type Report, type RunEvent } from "#eigenscope/analysis/index.js";
import { type ServeApi, type ServedPhase, ServeError, serveApi } from "./serve-api.js";
import type { ModelSource } from "./source.js";

/**
 * Streams that are open at once. A browser opens six connections to a host, and others must stay free for the rest.
 * The server keeps the events of a model that waits here.
 */
const MAX_STREAMS = 3;

/** What opens a stream of events: `EventSource` of the page; a test brings its own. */
export type OpenStream = (address: string) => EventSource;

/** A model that `eigenscope serve` analyses. */
export interface ServeSource extends ModelSource {
  readonly kind: "serve";
  /** The name by which the server knows it: a path below what it serves, or a model of a hub. */
  readonly path: string;
}

export interface ServeSourceOptions {
  readonly api?: ServeApi;
  readonly openStream?: OpenStream;
  /** The id of a model that the server has already, of an earlier page. Default: it is opened. */
  readonly known?: string;
  /** Called when the connection to the server is lost, and when it is there again. */
  readonly onConnection?: (isThere: boolean) => void;
}

/** A source whose events come from the server, each once, over broken connections too. */
export function serveSource(
  { path, label, isTraining = false }: { readonly path: string; readonly label: string; readonly isTraining?: boolean },
  {
    api = serveApi(),
    openStream = (address) => new EventSource(address),
    known,
    onConnection = () => {},
  }: ServeSourceOptions = {},
): ServeSource {
  let id = known;
  // Stopped or failed: to begin again is to open it again. Until then the layers that were done have their details.
  let isBroken = false;
  return {
    id: `serve:${path}`,
    label,
    kind: "serve",
    ...(isTraining && { isTraining }),
    hasAlarms: true,
    path,
    async start(onEvent, signal): Promise<Report | null> {
      if (id === undefined || isBroken) id = await api.open(path, signal);
      isBroken = true;
      const model = id;
      const cancel = (): void => void api.remove(model).catch(() => {});
      signal.addEventListener("abort", cancel, { once: true });
      try {
        await inSlot(signal, () =>
          endOfStream(openStream(api.eventsAddress(model)), { onEvent, onConnection, signal }),
        );
        const report = await api.report(model, signal);
        isBroken = false;
        return report;
      } finally {
        signal.removeEventListener("abort", cancel);
      }
    },
    prefer(layer) {
      // A wish: without an answer the layer comes in its turn.
      if (id !== undefined) void api.prefer(id, layer).catch(() => {});
    },
    detail: async (layer) => (id === undefined ? null : api.detail(id, layer)),
    async compareWith(other, signal) {
      if (!isServed(other))
        throw new ServeError("Only two models of eigenscope serve can be compared by it: open both there.", 0);
      return api.compare(path, other.path, signal);
    },
  };
}

function isServed(source: ModelSource): source is ServeSource {
  return source.kind === "serve" && "path" in source;
}

interface Following {
  readonly onEvent: (event: RunEvent) => void;
  readonly onConnection: (isThere: boolean) => void;
  readonly signal: AbortSignal;
}

/**
 * Resolves when the model is done. Rejects with a `ServeError` if it failed, was cancelled, or the server knows it no
 * more. The browser connects again by itself, with the place of the last event.
 */
function endOfStream(stream: EventSource, { onEvent, onConnection, signal }: Following): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    stream.addEventListener("open", () => onConnection(true));
    stream.addEventListener("message", ({ data }) => {
      const event: unknown = JSON.parse(data);
      if (isRunEvent(event)) onEvent(event);
    });
    stream.addEventListener("phase", ({ data }) => {
      const { phase, reason }: ServedPhase = JSON.parse(data);
      if (phase === "done") resolve();
      else if (phase === "failed") reject(new ServeError(reason ?? "The analysis failed.", 422));
      else if (phase === "cancelled") reject(new ServeError("The analysis was cancelled.", 409));
    });
    stream.addEventListener("error", () => {
      // 2: the server has answered, but not with a stream.
      if (stream.readyState === 2)
        reject(new ServeError("eigenscope serve does not know this model: was it started again? Open it again.", 404));
      else onConnection(false);
    });
    if (signal.aborted) leave();
  }).finally(() => stream.close());
}

let streams = 0;
const waiting: (() => void)[] = [];

/** Does something when fewer than `MAX_STREAMS` streams are open. Rejects with the signal's reason before. */
async function inSlot<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  while (streams >= MAX_STREAMS) await nextSlot(signal);
  streams++;
  try {
    signal.throwIfAborted();
    return await work();
  } finally {
    streams--;
    waiting.shift()?.();
  }
}

function nextSlot(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const go = (): void => {
      signal.removeEventListener("abort", leave);
      resolve();
    };
    const leave = (): void => {
      waiting.splice(waiting.indexOf(go), 1);
      reject(signal.reason);
    };
    waiting.push(go);
    signal.addEventListener("abort", leave, { once: true });
  });
}
