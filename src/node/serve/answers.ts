import type { ServerResponse } from "node:http";
import { jsonText } from "../../report/text-parts.js";
import type { Heart } from "./heart.js";
import { Refusal } from "./refusal.js";

const JSON_TYPE = "application/json; charset=utf-8";

/** Answers with a text that is JSON. */
export function sendJsonText(response: ServerResponse, text: string, status = 200): void {
  const bytes = Buffer.from(text);
  response.writeHead(status, {
    "Content-Type": JSON_TYPE,
    "Content-Length": bytes.length,
    "Cache-Control": "no-store",
  });
  response.end(bytes);
}

/** Answers with a value as JSON. */
export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  sendJsonText(response, jsonText(value), status);
}

/** Answers a request of the API with the reason why it is not done. */
export function sendRefusal(response: ServerResponse, { status, message, headers }: Refusal): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  sendJson(response, { error: message }, status);
}

/** Answers a request of a page with the reason why it is not shown. */
export function sendRefusalAsText(response: ServerResponse, { status, message, headers }: Refusal): void {
  response.writeHead(status, { ...headers, "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" });
  response.end(`${message}\n`);
}

/** Work that takes long, and what it needs of the server. */
export interface LongWork {
  readonly heart: Heart;
  /** Resolves to JSON. Rejects with a `Refusal` for a reason that the user may read. */
  readonly work: (signal: AbortSignal) => Promise<string>;
}

/**
 * Answers with the result of work that may take hours. While it runs, each heartbeat sends a space, which JSON allows
 * in front: neither side takes the connection for dead. After the first one the status is 200, and a refusal is only in
 * the body, as `{"error": sentence}`. A client that leaves aborts the work.
 */
export async function sendWhenDone(response: ServerResponse, { heart, work }: LongWork): Promise<void> {
  const controller = new AbortController();
  response.on("close", () => controller.abort(new Refusal(499, "The client has left.")));
  const stop = heart.listen(() => {
    if (!response.headersSent) response.writeHead(200, { "Content-Type": JSON_TYPE, "Cache-Control": "no-store" });
    if (response.writableLength === 0) response.write(" ");
  });
  try {
    const text = await work(controller.signal);
    if (response.headersSent) response.end(text);
    else sendJsonText(response, text);
  } catch (cause) {
    if (!(cause instanceof Refusal) || !response.headersSent) throw cause;
    response.end(jsonText({ error: cause.message }));
  } finally {
    stop();
  }
}
