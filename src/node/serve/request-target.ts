import { Refusal } from "./refusal.js";

/** What a request asks for. */
export interface RequestTarget {
  /** Decoded, beginning with "/". */
  readonly path: string;
  readonly query: URLSearchParams;
}

/**
 * Reads the target of a request. Throws a `Refusal` for what no page of ours asks for: a path with "..", a backslash
 * or NUL, however they are encoded, an encoding that is broken, or an address of another host.
 */
export function requestTarget(target: string): RequestTarget {
  const [raw, ...rest] = target.split("?");
  const path = decoded(raw);
  const isPlain = path.startsWith("/") && !/[\\\0]/.test(path) && !path.split("/").includes("..");
  // What is still encoded after once was encoded twice: some servers decode twice, and nobody means it.
  if (!isPlain || /%(?:2e|2f|5c|00)/i.test(path)) throw new Refusal(400, "This is not a path of this server.");
  return { path, query: new URLSearchParams(rest.join("?")) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refusal(400, "The path is not encoded as UTF-8.");
  }
}
