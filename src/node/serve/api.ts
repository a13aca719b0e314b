import type { IncomingMessage, ServerResponse } from "node:http";
import { detailToJson, VERSION } from "../../analysis/index.js";
import { type LongWork, sendJson, sendJsonText, sendWhenDone } from "./answers.js";
import { streamEvents } from "./event-stream.js";
import type { Heart } from "./heart.js";
import { jsonBody } from "./json-body.js";
import { modelInput } from "./model-input.js";
import type { Models } from "./models.js";
import { Refusal } from "./refusal.js";
import type { RequestTarget } from "./request-target.js";
import { ROOT, type Served } from "./served.js";
import { listFiles, sessionEntries } from "./served-files.js";
import { analysedModel } from "./served-model.js";
import { type FollowOptions, followedRun } from "./served-run.js";
import { followedWatch } from "./served-watch.js";
import { comparisonOf, nameIn, rankingOf } from "./several-models.js";
import type { WorkQueue } from "./work-queue.js";

/** What the API works on. */
export interface Session {
  readonly served: Served;
  readonly models: Models;
  readonly queue: WorkQueue;
  readonly heart: Heart;
  readonly onFault: (error: unknown) => void;
  readonly pause?: FollowOptions["pause"];
}

/** One request of the API. */
interface Call extends Session {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** The parts of the path that the route leaves open. */
  readonly parts: readonly string[];
}

type Method = "GET" | "POST" | "DELETE";

interface Route {
  readonly path: RegExp;
  readonly methods: Readonly<Partial<Record<Method, (call: Call) => Promise<void>>>>;
}

/** What the server can be asked, in the order of docs/serve.md. */
const ROUTES: readonly Route[] = [
  { path: /^\/api\/session$/, methods: { GET: session } },
  { path: /^\/api\/files$/, methods: { GET: files } },
  { path: /^\/api\/models$/, methods: { POST: openModel } },
  { path: /^\/api\/models\/([^/]+)$/, methods: { DELETE: removeModel } },
  { path: /^\/api\/models\/([^/]+)\/events$/, methods: { GET: events } },
  { path: /^\/api\/models\/([^/]+)\/wanted$/, methods: { POST: wanted } },
  { path: /^\/api\/models\/([^/]+)\/report$/, methods: { GET: report } },
  { path: /^\/api\/models\/([^/]+)\/layers\/(\d{1,9})\/detail$/, methods: { GET: detail } },
  { path: /^\/api\/compare$/, methods: { POST: compare } },
  { path: /^\/api\/rank$/, methods: { POST: rank } },
];

/** Answers a request of the API. Rejects with a `Refusal` that is the answer. */
export async function answerApi(
  { request, response, target }: { request: IncomingMessage; response: ServerResponse; target: RequestTarget },
  session: Session,
): Promise<void> {
  for (const { path, methods } of ROUTES) {
    const match = path.exec(target.path);
    if (match === null) continue;
    const method = request.method as Method;
    const answer = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (answer === undefined) {
      const allowed = Object.keys(methods).join(", ");
      throw new Refusal(405, `This takes ${allowed} only.`, { Allow: allowed });
    }
    return answer({ ...session, request, response, query: target.query, parts: match.slice(1) });
  }
  throw new Refusal(404, "The API has nothing of this name.");
}

async function session({ served, models, response }: Call): Promise<void> {
  const { kind, label } = served;
  sendJson(response, {
    version: VERSION,
    kind,
    label,
    entries: await sessionEntries(served),
    models: models.list(),
  });
}

async function files({ served, query, response }: Call): Promise<void> {
  sendJson(response, await listFiles(served, query.get("dir") || ROOT));
}

async function openModel({ served, models, request, response, ...session }: Call): Promise<void> {
  const name = nameIn(await jsonBody(request), "path");
  const input = await modelInput(served, name, leaving(response));
  const { label } = input;
  const id = models.add(() => {
    if (input.kind === "files") return analysedModel(input.files, { ...session, label });
    const follow = input.kind === "run" ? followedRun : followedWatch;
    return follow(input.folder, { ...session, label });
  });
  sendJson(response, { id }, 201);
}

async function removeModel({ models, parts: [id], response }: Call): Promise<void> {
  models.remove(id);
  response.writeHead(204).end();
}

async function events({ models, heart, parts: [id], query, request, response }: Call): Promise<void> {
  const last = request.headers["last-event-id"];
  const after = (Array.isArray(last) ? last[0] : last) ?? query.get("after") ?? undefined;
  streamEvents(response, models.get(id).history, { heart, after });
}

async function wanted({ models, parts: [id], request, response }: Call): Promise<void> {
  const model = models.get(id);
  const { layer } = await jsonBody(request);
  if (typeof layer !== "number" || !Number.isSafeInteger(layer) || layer < 0)
    throw new Refusal(400, 'The body must have "layer", the layer_id of a layer.');
  model.prefer(layer);
  sendJson(response, { layer });
}

async function report({ models, parts: [id], response }: Call): Promise<void> {
  sendJsonText(response, await models.get(id).report());
}

async function detail({ models, parts: [id, layer], response }: Call): Promise<void> {
  const found = await models.get(id).detail(Number(layer));
  sendJson(response, found === null ? null : detailToJson(found));
}

async function compare(call: Call): Promise<void> {
  await inTurn(call, comparisonOf(call.served, await jsonBody(call.request)));
}

async function rank(call: Call): Promise<void> {
  await inTurn(call, rankingOf(call.served, await jsonBody(call.request)));
}

/** Does long work when no analysis runs. */
function inTurn({ response, heart, queue }: Call, work: LongWork["work"]): Promise<void> {
  return sendWhenDone(response, { heart, work: (signal) => queue.run(() => work(signal), signal) });
}

/** Aborts when the client leaves before it has its answer. The files of a hub keep the signal: later it must not. */
function leaving(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.on("close", () => {
    if (!response.writableEnded) controller.abort(new Refusal(499, "The client has left."));
  });
  return controller.signal;
}
