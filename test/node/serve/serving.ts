import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";
import { afterEach } from "vitest";
import type { FileSet } from "#eigenscope/formats/index.js";
import { bytesInMemory } from "#eigenscope/formats/index.js";
import { Heart } from "#eigenscope/node/serve/heart.js";
import { type RunningServer, type ServeOptions, serve } from "#eigenscope/node/serve/serve.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { safetensorsWith } from "../../formats/build-safetensors.js";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
}

/** A server with a client that has its cookie. */
export interface Served {
  readonly server: RunningServer;
  readonly heart: Heart;
  readonly cookie: string;
  /** Asks with the cookie. The target is sent as it is, unlike that of `fetch`. */
  ask(target: string, asked?: Asked): Promise<Answer>;
  /** The parsed JSON of an answer, which must have this status. */
  json<T = Record<string, never>>(target: string, asked?: Asked & { readonly status?: number }): Promise<T>;
  /** Opens a model and gives its id. */
  open(path: string): Promise<string>;
  follow(id: string, options?: { readonly lastEventId?: string; readonly query?: string }): EventReader;
}

const running: Served[] = [];
afterEach(async () => {
  for (const { server } of running.splice(0)) await server.close();
});

/** Starts a server whose heart beats by hand; it is closed after the test. */
export async function serving(options: ServeOptions = {}): Promise<Served> {
  const faults: unknown[] = [];
  const heart = new Heart(null);
  const server = await serve({ port: 0, heart, onFault: (error) => faults.push(error), ...options });
  const { port } = server;
  const admitted = await asked(port, new URL(server.address).search.replace(/^/, "/"));
  const [cookie = ""] = (admitted.headers["set-cookie"]?.[0] ?? "").split(";");
  const served: Served = {
    server,
    heart,
    cookie,
    async ask(target, { headers, ...rest } = {}) {
      const answer = await asked(port, target, { headers: { cookie, ...headers }, ...rest });
      if (faults.length > 0) throw faults.splice(0)[0];
      return answer;
    },
    async json(target, { status = 200, ...rest } = {}) {
      const answer = await served.ask(target, rest);
      if (answer.status !== status) throw new Error(`${target}: status ${answer.status}: ${answer.text}`);
      return JSON.parse(answer.text);
    },
    async open(path) {
      return (await served.json<{ id: string }>("/api/models", { ...posted({ path }), status: 201 })).id;
    },
    follow: (id, { lastEventId, query = "" } = {}) =>
      new EventReader(port, `/api/models/${id}/events${query}`, {
        cookie,
        ...(lastEventId !== undefined && { "Last-Event-ID": lastEventId }),
      }),
  };
  running.push(served);
  return served;
}

export function posted(body: unknown): Asked {
  return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

/** One request on a connection of its own. */
export function asked(port: number, target: string, { method = "GET", headers, body }: Asked = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path: target, method, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(parts).toString(),
        }),
      );
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

export interface StreamEvent {
  readonly id?: string;
  readonly type: string;
  readonly data: string;
}

/** Reads server-sent events as a browser does. */
export class EventReader {
  readonly events: StreamEvent[] = [];
  readonly comments: string[] = [];
  /** Resolves when the stream has ended, by either side. */
  readonly ended: Promise<void>;
  private text = "";
  private readonly sent;

  constructor(port: number, path: string, headers: OutgoingHttpHeaders) {
    this.sent = request({ host: "127.0.0.1", port, path, headers, agent: false });
    this.ended = new Promise((resolve) => {
      this.sent.on("response", (response) => {
        response.setEncoding("utf8").on("data", (part: string) => this.take(part));
        response.on("close", resolve);
        response.on("error", () => {});
      });
      this.sent.on("error", () => resolve());
    });
    this.sent.end();
  }

  /** The events of the model. */
  get runEvents(): { readonly type: string; readonly seq: number; readonly writer: string }[] {
    return this.events.filter(({ type }) => type === "message").map(({ data }) => JSON.parse(data));
  }

  get phases(): string[] {
    return this.events.filter(({ type }) => type === "phase").map(({ data }) => JSON.parse(data).phase);
  }

  get lastId(): string | undefined {
    return this.events.findLast(({ id }) => id !== undefined)?.id;
  }

  break(): void {
    this.sent.destroy();
  }

  private take(part: string): void {
    this.text += part;
    const blocks = this.text.split("\n\n");
    this.text = blocks.pop() ?? "";
    for (const block of blocks) {
      const lines = block.split("\n").map((line) => /^([a-z]*): ?(.*)$/s.exec(line) ?? ["", "comment", line]);
      const fields = Object.fromEntries(lines.map(([, name, value]) => [name, value]));
      if (fields.data === undefined) this.comments.push(block);
      else
        this.events.push({ ...(fields.id && { id: fields.id }), type: fields.event ?? "message", data: fields.data });
    }
  }
}

/** Resolves as soon as something holds. Only the limit of the test run ends it otherwise. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}

/** Layers of noise, by their shapes. */
export function noiseModel(shapes: Readonly<Record<string, readonly [number, number]>>, seed = 1): Uint8Array {
  const normal = normalSampler(createRng(seed));
  return safetensorsWith(
    Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [
        name,
        { shape, values: Float64Array.from({ length: shape[0] * shape[1] }, normal) },
      ]),
    ),
  );
}

/** A promise that a test resolves. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** A model in memory whose last `bytes` are read only after the gate has opened. */
export function gatedFiles(content: Uint8Array, bytes: number, { opened }: Gate): FileSet {
  const source = bytesInMemory(content);
  return {
    label: "model.safetensors",
    entry: "model.safetensors",
    list: async () => ["model.safetensors"],
    open: async () => ({
      ...source,
      async read(offset, length, signal) {
        if (offset + length > content.length - bytes) {
          const aborted = new Promise<never>((_, reject) =>
            signal?.addEventListener("abort", () => reject(signal.reason), { once: true }),
          );
          await Promise.race([opened, aborted]);
        }
        return source.read(offset, length);
      },
    }),
  };
}
