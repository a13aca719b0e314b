/**
 * The error in a form that structured cloning keeps: standard errors keep class and message. Node 20 clones a
 * `DOMException` to an error without a message, so that this gives one of class `Error` with it.
 */
export function sendableError(cause: unknown): Error {
  if (cause instanceof DOMException) return new Error(cause.message);
  return cause instanceof Error ? cause : new Error(String(cause));
}
