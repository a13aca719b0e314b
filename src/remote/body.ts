import { joinedBytes } from "../bytes/joined-bytes.js";
import { FormatError } from "../formats/index.js";
import { shownAddress } from "./address.js";
import { discard, overNetwork } from "./request.js";
import { Transient } from "./retry.js";

/** The pieces of an answer's body as they arrive. Rejects with `Transient` if the connection breaks. */
async function* pieces(response: Response, url: URL): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await overNetwork(reader.read(), url);
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/**
 * Reads a body that should have exactly the length of `into`. It reports the progress after each piece, so that the
 * bytes of a broken answer are kept. Rejects with `Transient` if it ends early, with `FormatError` if the server sends
 * more.
 */
export async function readInto(
  into: Uint8Array,
  response: Response,
  url: URL,
  onPiece: (bytes: number) => void,
): Promise<void> {
  let done = 0;
  for await (const piece of pieces(response, url)) {
    if (done + piece.length > into.length) {
      throw new FormatError(`the server sends more than the ${into.length} bytes that were requested`, {
        kind: "unreadable",
        file: shownAddress(url),
      });
    }
    into.set(piece, done);
    done += piece.length;
    onPiece(piece.length);
  }
  if (done < into.length) throw new Transient(`the answer ended after ${done} of ${into.length} bytes`);
}

/**
 * A whole body of at most `limit` bytes; undefined if it is longer, in which case at most one piece beyond the limit is
 * read. Rejects with `Transient` if it ends early.
 */
export async function readWhole(response: Response, url: URL, limit: number): Promise<Uint8Array | undefined> {
  // The Content-Length of a compressed body counts other bytes than those that fetch returns.
  const field = response.headers.has("content-encoding") ? null : response.headers.get("content-length");
  const declared = field === null ? undefined : Number(field);
  if (declared !== undefined && declared > limit) {
    discard(response);
    return undefined;
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces(response, url)) {
    length += piece.length;
    if (length > limit) return undefined;
    parts.push(piece);
  }
  if (declared !== undefined && length < declared)
    throw new Transient(`the answer ended after ${length} of ${declared} bytes`);
  return joinedBytes(parts);
}
