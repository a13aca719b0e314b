import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { afterEach } from "vitest";
import { type McpOptions, serveMcp } from "#eigenscope/node/mcp/serve-mcp.js";

/** A message of the server, as it was parsed. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
export type Message = any;

/** What a tool has answered. */
export interface Answer {
  readonly isError?: boolean;
  readonly content: readonly { readonly type: string; readonly text: string }[];
  readonly structuredContent?: Message;
}

/** A client that writes JSON-RPC by hand, one message a line. */
export class Client {
  /** Every line of the server, as it came. */
  readonly lines: string[] = [];
  readonly notes: Message[] = [];
  private readonly waiting = new Map<number, (message: Message) => void>();
  private rest = "";
  private last = 0;

  constructor(
    private readonly input: Writable,
    output: Readable,
  ) {
    output.setEncoding("utf8").on("data", (part: string) => this.take(part));
  }

  write(line: string): void {
    this.input.write(`${line}\n`);
  }

  notify(method: string, params: object = {}): void {
    this.write(JSON.stringify({ jsonrpc: "2.0", method, params }));
  }

  /** Sends a request; its number, and its answer. */
  send(method: string, params: object = {}): { readonly id: number; readonly answer: Promise<Message> } {
    const id = ++this.last;
    const answer = new Promise<Message>((resolve) => this.waiting.set(id, resolve));
    this.write(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return { id, answer };
  }

  ask(method: string, params: object = {}): Promise<Message> {
    return this.send(method, params).answer;
  }

  async open(protocolVersion = "2025-06-18"): Promise<Message> {
    const clientInfo = { name: "a test", version: "1" };
    const answer = await this.ask("initialize", { protocolVersion, capabilities: {}, clientInfo });
    this.notify("notifications/initialized");
    return answer.result;
  }

  async call(name: string, args: object, _meta?: object): Promise<Answer> {
    const { result, error } = await this.ask("tools/call", { name, arguments: args, ...(_meta && { _meta }) });
    if (error !== undefined) throw new Error(error.message);
    return result;
  }

  /** The result of a call that must succeed. */
  async result(name: string, args: object): Promise<Message> {
    const { isError, content, structuredContent } = await this.call(name, args);
    if (isError) throw new Error(content[0].text);
    return structuredContent;
  }

  /** The sentence of a call that must fail. */
  async refusal(name: string, args: object): Promise<string> {
    const { isError, content } = await this.call(name, args);
    if (!isError) throw new Error("the call did not fail");
    return content[0].text;
  }

  private take(part: string): void {
    const lines = (this.rest + part).split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) {
      this.lines.push(line);
      const message = JSON.parse(line);
      if (message.id === undefined) this.notes.push(message);
      else this.waiting.get(message.id)?.(message);
    }
  }
}

export interface Running {
  readonly client: Client;
  /** Closes the client's end. */
  hangUp(): void;
  /** Resolves when the server is done. */
  readonly ended: Promise<void>;
  readonly faults: unknown[];
  readonly nonsense: Error[];
}

const open: Running[] = [];
afterEach(async () => {
  for (const { hangUp, ended } of open.splice(0)) {
    hangUp();
    await ended;
  }
});

/** A server in this process, with a client that has said hello, unless it is silent. It ends after the test. */
export async function serving(
  folders: readonly string[],
  { silent = false, ...options }: Partial<McpOptions> & { readonly silent?: boolean } = {},
): Promise<Running> {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const [faults, nonsense]: [unknown[], Error[]] = [[], []];
  const client = new Client(stdin, stdout);
  const ended = serveMcp({
    ...{ folders, network: false, stdin, stdout },
    onFault: (error) => faults.push(error),
    onNonsense: (error) => nonsense.push(error),
    ...options,
  });
  const running = { client, hangUp: () => stdin.end(), ended, faults, nonsense };
  if (!silent) await Promise.race([client.open(), ended]);
  open.push(running);
  return running;
}

/** A folder with files; it is deleted by the function. */
export async function folderWith(
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "eigenscope-mcp-"));
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
