import { FormatError, type FormatErrorDetails } from "../../formats/index.js";
import { sendableError } from "../../spectra/sendable-error.js";

/** An error on its way to another thread: structured cloning keeps no class of ours. */
export interface SentError {
  readonly error: unknown;
  /** Set for a `FormatError`. */
  readonly format?: { readonly message: string; readonly details: FormatErrorDetails };
}

/** The answer to a call that failed with a `FormatError`: an error that is thrown would lose its class. */
export interface FailedReply {
  readonly failed: SentError;
}

/** The answer to a call. Throws what it failed with. */
export function receiveReply<Reply extends object>(reply: unknown): Reply {
  const received = reply as Reply | FailedReply;
  if ("failed" in received) throw receiveError(received.failed);
  return received;
}

export function sendError(error: unknown): SentError {
  if (error instanceof FormatError) {
    const { cause: _, ...details } = error.details;
    return { error: undefined, format: { message: error.message, details } };
  }
  return { error: sendableError(error) };
}

export function receiveError({ error, format }: SentError): unknown {
  if (format === undefined) return error;
  const received = new FormatError("", format.details);
  // The message names file and tensor already.
  received.message = format.message;
  return received;
}
