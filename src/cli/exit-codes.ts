/** What the process says when it ends. */
export const EXIT = {
  done: 0,
  /** A fault of ours: an unexpected error. */
  internal: 1,
  /** Wrong usage: an unknown option, a value out of range, an output that cannot be written. */
  usage: 2,
  /** The input cannot be read, or is malformed. */
  input: 3,
  /** Some layers could not be analysed; the rest is there. */
  partial: 4,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

/** A mistake in how the command was called; printed as one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
