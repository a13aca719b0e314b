import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { RemoteHost } from "#eigenscope/remote/index.js";

export interface Seen {
  /** With its query. */
  readonly path: string;
  readonly range?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** Answers in place of the server: true where it did. */
export type Trick = (request: IncomingMessage, response: ServerResponse) => boolean | undefined;

export interface TestServer {
  readonly origin: string;
  readonly files: Map<string, Uint8Array>;
  /** Every request, in the order in which they came. */
  readonly seen: Seen[];
  /** Bytes of bodies of files that were sent. */
  sent: number;
  /** Most requests that were under way at once. */
  mostAtOnce: number;
  etag: string | undefined;
  /** Tried in order before a file is served; one that answers is used up. */
  readonly tricks: Trick[];
  /** Tried before everything, for every request. */
  before: Trick;
  close(): Promise<void>;
}

/**
 * A server of files on this machine that does what RFC 9110 says about ranges and If-Match, unless it is told a trick.
 */
export async function startServer(contents: Record<string, Uint8Array | string> = {}): Promise<TestServer> {
  let underWay = 0;
  const http: Server = createServer((request, response) => {
    underWay++;
    server.mostAtOnce = Math.max(server.mostAtOnce, underWay);
    response.once("close", () => underWay--);
    server.seen.push({ path: request.url ?? "", range: request.headers.range, headers: request.headers });
    if (server.before(request, response)) return;
    for (const [at, trick] of server.tricks.entries()) {
      if (trick(request, response)) {
        server.tricks.splice(at, 1);
        return;
      }
    }
    const bytes = server.files.get(decodeURIComponent((request.url ?? "").split("?")[0]));
    if (bytes === undefined) return void response.writeHead(404).end();
    server.sent += serve(request, response, { bytes, etag: server.etag });
  });
  const server: TestServer = {
    origin: "",
    files: new Map(),
    seen: [],
    sent: 0,
    mostAtOnce: 0,
    etag: '"v1"',
    tricks: [],
    before: () => false,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  for (const [path, content] of Object.entries(contents)) {
    server.files.set(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
  }
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return Object.assign(server, { origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
}

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { bytes, etag }: { bytes: Uint8Array; etag?: string | undefined },
): number {
  if (etag !== undefined) response.setHeader("etag", etag);
  const condition = request.headers["if-match"];
  if (condition !== undefined && condition !== etag) {
    response.writeHead(412).end();
    return 0;
  }
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
  if (range === null) {
    response.writeHead(200, { "content-length": bytes.length }).end(bytes);
    return bytes.length;
  }
  const from = Number(range[1]);
  const end = Math.min(bytes.length, Number(range[2]) + 1);
  if (from >= bytes.length) {
    response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
    return 0;
  }
  response.writeHead(206, {
    "content-range": `bytes ${from}-${end - 1}/${bytes.length}`,
    "content-length": end - from,
  });
  response.end(bytes.subarray(from, end));
  return end - from;
}

/** A trick that lets the first `times` requests pass, for tricks that should meet a reading, not the opening. */
export function after(times: number, trick: Trick): Trick {
  let passed = 0;
  return (request, response) => (passed++ < times ? false : trick(request, response));
}

export function redirectTo(location: string, status = 302): Trick {
  return (_request, response) => {
    response.writeHead(status, { location }).end();
    return true;
  };
}

export function answer(status: number, headers: Record<string, string> = {}, body: Uint8Array | string = ""): Trick {
  return (_request, response) => {
    response.writeHead(status, headers).end(body);
    return true;
  };
}

export interface TestHost extends RemoteHost {
  /** What was waited, in ms; nothing is really waited. */
  readonly pauses: number[];
}

/** A host whose time stands still and whose dice always show one half. */
export function testHost(): TestHost {
  const pauses: number[] = [];
  return {
    fetch: (input, init) => fetch(input, init),
    pauses,
    pause: async (ms, signal) => {
      pauses.push(ms);
      signal?.throwIfAborted();
    },
    now: () => Date.UTC(2026, 0, 1),
    random: () => 0.5,
    sandboxed: false,
  };
}

/** Bytes of which every one tells where it stands, more or less. */
export function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 17 + (i >> 16)) & 0xff);
}
