import { type Comparison, detailFromJson, type LayerDetail, type Report } from "#eigenscope/analysis/index.js";
import type { NamedScore, Ranking } from "#eigenscope/rank/index.js";

/** A model that lies at the top of what is served. `id` is the path by which it is opened. */
export interface ServedEntry {
  readonly id: string;
  readonly label: string;
  readonly kind: "model" | "run" | "watch";
  readonly bytes?: number;
}

/** How far a model of the server is. */
export interface ServedPhase {
  readonly phase: "queued" | "running" | "done" | "failed" | "cancelled";
  /** Why it failed. */
  readonly reason?: string;
}

/** A model that some page has opened since the server was started. */
export interface ServedModelEntry extends ServedPhase {
  readonly id: string;
  readonly label: string;
  readonly kind: "model" | "run" | "watch";
}

/** What `eigenscope serve` serves. */
export interface ServeSession {
  readonly version: string;
  readonly kind: "file" | "folder" | "run" | "empty";
  readonly label: string;
  readonly entries: readonly ServedEntry[];
  readonly models: readonly ServedModelEntry[];
}

/** A folder below what is served. `path` is the name by which an entry is opened or listed. */
export interface ServedListing {
  readonly dir: string;
  readonly entries: readonly {
    readonly kind: "folder" | "run" | "watch" | "weights";
    readonly name: string;
    readonly path: string;
    readonly bytes?: number;
    readonly modifiedMs: number;
  }[];
  readonly more: number;
}

/** The server did not do what was asked; the message is a sentence for the reader. */
export class ServeError extends Error {
  override readonly name = "ServeError";

  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** `fetch` of the page; a test brings its own. */
export type Fetch = (path: string, init?: RequestInit) => Promise<Response>;

/** The API of `eigenscope serve` (docs/serve.md), typed. Every call rejects with a `ServeError`. */
export function serveApi(fetchFrom: Fetch = (path, init) => fetch(path, init)) {
  const get = <Value>(path: string, signal?: AbortSignal) =>
    asked<Value>(fetchFrom, path, signal === undefined ? {} : { signal });
  const post = <Value>(path: string, body: unknown, signal?: AbortSignal) =>
    asked<Value>(fetchFrom, path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      ...(signal !== undefined && { signal }),
    });
  const at = (id: string): string => `/api/models/${encodeURIComponent(id)}`;
  return {
    session: () => get<ServeSession>("/api/session"),
    files: (dir: string) => get<ServedListing>(`/api/files?dir=${encodeURIComponent(dir)}`),
    open: async (path: string, signal?: AbortSignal) =>
      (await post<{ id: string }>("/api/models", { path }, signal)).id,
    eventsAddress: (id: string) => `${at(id)}/events`,
    report: (id: string, signal?: AbortSignal) => get<Report>(`${at(id)}/report`, signal),
    async detail(id: string, layer: number): Promise<LayerDetail | null> {
      const json = await get<unknown>(`${at(id)}/layers/${layer}/detail`);
      return json === null ? null : detailFromJson(json);
    },
    prefer: (id: string, layer: number) => post<{ layer: number }>(`${at(id)}/wanted`, { layer }),
    async remove(id: string): Promise<void> {
      const answer = await answered(fetchFrom, at(id), { method: "DELETE" });
      if (!answer.ok && answer.status !== 404) throw await refusal(answer);
    },
    compare: (a: string, b: string, signal?: AbortSignal) => post<Comparison>("/api/compare", { a, b }, signal),
    rank: (paths: readonly string[], scores?: readonly NamedScore[], signal?: AbortSignal) =>
      post<Ranking>("/api/rank", { paths, ...(scores !== undefined && { scores }) }, signal),
  };
}

export type ServeApi = ReturnType<typeof serveApi>;

/** The session of the server that this page comes from; null if it comes from elsewhere. */
export async function sessionHere(api: ServeApi = serveApi()): Promise<ServeSession | null> {
  try {
    const session = await api.session();
    return typeof session.version === "string" && Array.isArray(session.entries) ? session : null;
  } catch {
    return null;
  }
}

async function asked<Value>(fetchFrom: Fetch, path: string, init: RequestInit): Promise<Value> {
  const answer = await answered(fetchFrom, path, init);
  if (!answer.ok) throw await refusal(answer);
  const value = await answer.json().catch(() => {
    throw new ServeError("The answer of eigenscope serve broke off. Is it still running?", answer.status);
  });
  // A refusal that came after the first heartbeat of a long answer.
  if (typeof value === "object" && value !== null && typeof value.error === "string")
    throw new ServeError(value.error, answer.status);
  return value as Value;
}

async function answered(fetchFrom: Fetch, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetchFrom(path, init);
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new ServeError("eigenscope serve does not answer. Is it still running?", 0);
  }
}

async function refusal(answer: Response): Promise<ServeError> {
  const body: unknown = await answer.json().catch(() => null);
  const error = typeof body === "object" && body !== null && "error" in body ? String(body.error) : answer.statusText;
  return new ServeError(error, answer.status);
}
