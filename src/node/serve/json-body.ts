import type { IncomingMessage } from "node:http";
import { MAX_BODY_BYTES } from "./limits.js";
import { Refusal } from "./refusal.js";

/**
 * Reads the body of a request: a JSON object of at most `MAX_BODY_BYTES` in UTF-8. Its type must be application/json,
 * which a page of another host cannot send without asking first. Rejects with a `Refusal`.
 */
export async function jsonBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const type = (request.headers["content-type"] ?? "").split(";")[0].trim().toLowerCase();
  if (type !== "application/json") throw new Refusal(415, "The body must be JSON (Content-Type: application/json).");
  const value = parsed(await bytesOf(request));
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Refusal(400, "The body must be a JSON object.");
  return value as Readonly<Record<string, unknown>>;
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const tooLong = (): Refusal =>
    new Refusal(413, `The body is too long: at most ${MAX_BODY_BYTES} bytes are read.`, { Connection: "close" });
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) throw tooLong();
  const parts: Buffer[] = [];
  let length = 0;
  // A loop over the request would destroy the connection on its way out, and the answer with it.
  return new Promise((resolve, reject) => {
    request.on("data", (part: Buffer) => {
      length += part.length;
      if (length <= MAX_BODY_BYTES) parts.push(part);
      else {
        request.removeAllListeners("data").pause();
        reject(tooLong());
      }
    });
    request.on("end", () => resolve(Buffer.concat(parts)));
    request.on("error", reject);
    request.on("close", () => reject(new Refusal(400, "The body ended early.")));
  });
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Refusal(400, "The body is not JSON.");
  }
}
