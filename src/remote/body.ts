import { FormatError } from "../formats/index.js";
import { joinedBytes } from "../formats/joined-bytes.js";
import { shownAddress } from "./address.js";
import { discard, overNetwork } from "./request.js";
import { Transient } from "./retry.js";

/** The pieces of an answer's body as they come. Rejects with `Transient` where the connection breaks. */
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
 * Reads a body that should have exactly the length of `into`, and tells after each piece how far it is, so that a
 * broken one leaves what it brought. Rejects with `Transient` where it ends early, with `FormatError` where the server
 * sends more.
 */
export async function readInto(into: Uint8Array, response: Response, url: URL, onPiece: (bytes: number) => void): Promise<void> {
  let done = 0;
  for await (const piece of pieces(response, url)) {
    if (done + piece.length > into.length) {
      throw new FormatError(`the server sends more than the ${into.length} bytes that were asked for`, {
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
 * A whole body of at most `limit` bytes; undefined where it is longer, of which no more than a piece is read then.
 * Rejects with `Transient` where it ends early.
 */
export async function readWhole(response: Response, url: URL, limit: number): Promise<Uint8Array | undefined> {
  // A compressed body's Content-Length counts other bytes than those that fetch hands out.
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
  if (declared !== undefined && length < declared) throw new Transient(`the answer ended after ${length} of ${declared} bytes`);
  return joinedBytes(parts);
}
