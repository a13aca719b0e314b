import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { OptionError } from "../../formats/index.js";
import { sendRefusal, sendRefusalAsText } from "./answers.js";
import { answerApi, type Session } from "./api.js";
import { type Application, applicationIn } from "./application.js";
import { Guard } from "./guard.js";
import { Heart } from "./heart.js";
import {
  HEADERS_TIMEOUT_MS,
  HEARTBEAT_MS,
  IDLE_MS,
  KEEP_ALIVE_MS,
  MAX_CONNECTIONS,
  MAX_HEADER_BYTES,
  REQUEST_TIMEOUT_MS,
} from "./limits.js";
import { Models } from "./models.js";
import { Refusal } from "./refusal.js";
import { requestTarget } from "./request-target.js";
import { securityHeaders } from "./security-headers.js";
import { servedAt } from "./served.js";
import { WorkQueue } from "./work-queue.js";

/** The port that is used if none is asked for and it is free. What a page keeps in a browser depends on its port. */
export const DEFAULT_PORT = 5151;

export interface ServeOptions {
  /** A weight file, a folder, or the folder of a run. Undefined: nothing on disk. */
  readonly path?: string | undefined;
  /** 0: any free one. Undefined: `DEFAULT_PORT`, or any free one if that is taken. */
  readonly port?: number | undefined;
  /** Listens on [::1] too. */
  readonly ipv6?: boolean;
  /** Called for a fault of this program. The client gets one sentence. */
  readonly onFault?: (error: unknown) => void;
  /** The folder of the application. */
  readonly application?: string;
  /** Called by the heart of the server; a test beats it by hand. */
  readonly heart?: Heart;
  readonly pause?: Session["pause"];
}

/** A server that listens. */
export interface RunningServer {
  readonly port: number;
  /** What is served, as the session says it. */
  readonly served: Session["served"];
  /** The address with the token. */
  readonly address: string;
  /** An address that is valid once, for a command line. */
  addressOnce(): string;
  /** Open connections. */
  connections(): number;
  /** Ends analyses and connections. */
  close(): Promise<void>;
}

/**
 * Serves the application and its API on loopback. Rejects with a `FormatError` if the path names nothing, with an
 * `OptionError` if the port is taken.
 */
export async function serve({
  path,
  port,
  ipv6 = false,
  onFault = () => {},
  application,
  heart = new Heart(HEARTBEAT_MS),
  pause,
}: ServeOptions = {}): Promise<RunningServer> {
  const served = await servedAt(path);
  const session: Session = { served, models: new Models(), queue: new WorkQueue(), heart, onFault, pause };
  const pages = applicationIn(application);
  const sockets = new Set<Socket>();
  let guard: Guard | undefined;
  const headers = securityHeaders({ html: pages.html, hub: process.env.HF_ENDPOINT });
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    void answered({ request, response, pages, guard: guard as Guard }, session);
  };

  const servers = [await listening(newServer(answer, sockets), "127.0.0.1", port)];
  const [first] = servers;
  const bound = (first.address() as AddressInfo).port;
  guard = new Guard(bound);
  const own = guard;
  if (ipv6) {
    try {
      servers.push(await listening(newServer(answer, sockets), "::1", bound));
    } catch (cause) {
      first.close();
      throw cause;
    }
  }
  return {
    port: bound,
    served,
    address: own.address,
    addressOnce: () => own.addressOnce(),
    connections: () => sockets.size,
    async close() {
      session.models.cancelAll();
      heart.stop();
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}

/** A server that keeps to the limits. Connections beyond the most that are open at once are closed as they come. */
function newServer(answer: (request: IncomingMessage, response: ServerResponse) => void, sockets: Set<Socket>): Server {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: KEEP_ALIVE_MS,
    },
    answer,
  );
  server.timeout = IDLE_MS;
  server.on("connection", (socket) => {
    if (sockets.size >= MAX_CONNECTIONS) return void socket.destroy();
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return server;
}

/** Rejects with an `OptionError` if the port that was asked for cannot be had. */
async function listening(server: Server, host: string, port: number | undefined): Promise<Server> {
  try {
    return await listenOn(server, host, port ?? DEFAULT_PORT);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (port === undefined) return listenOn(server, host, 0);
    if (code === "EADDRINUSE") throw new OptionError("port", `found ${port}, which another program uses on ${host}`);
    if (code === "EACCES") throw new OptionError("port", `found ${port}, which this user may not use`);
    if (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT")
      throw new OptionError("ipv6", "this machine has no IPv6 address [::1]");
    throw cause;
  }
}

function listenOn(server: Server, host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", reject);
      resolve(server);
    });
  });
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly pages: Application;
  readonly guard: Guard;
}

const FAULT = "unexpected error; the terminal of eigenscope serve shows it";

/** Answers one request, whatever happens: a reason in one sentence, never a stack. */
async function answered(exchange: Exchange, session: Session): Promise<void> {
  const { request, response } = exchange;
  try {
    await answeredByRoom(exchange, session);
  } catch (cause) {
    if (!(cause instanceof Refusal)) session.onFault(cause);
    if (response.headersSent) return void response.destroy();
    const send = request.url?.startsWith("/api/") ? sendRefusal : sendRefusalAsText;
    send(response, cause instanceof Refusal ? cause : new Refusal(500, FAULT));
  } finally {
    // A body that nobody has read would stay in the connection, before the next request.
    if (!request.complete) request.resume();
  }
}

async function answeredByRoom({ request, response, pages, guard }: Exchange, session: Session): Promise<void> {
  const target = requestTarget(request.url ?? "");
  const guarded = { headers: request.headers, ...target };
  guard.assertFromHere(guarded);
  const cookie = request.method === "GET" ? guard.admitted(guarded) : undefined;
  if (cookie !== undefined) {
    // The address bar, the history and the referrer are without the token from here on.
    response.writeHead(303, { Location: "/", "Set-Cookie": cookie, "Cache-Control": "no-store" }).end();
    return;
  }
  guard.assertToken(guarded);
  if (target.path.startsWith("/api/")) return answerApi({ request, response, target }, session);
  if (request.method !== "GET" && request.method !== "HEAD")
    throw new Refusal(405, "Pages take GET only.", { Allow: "GET, HEAD" });
  pages.answer(request, response);
}
