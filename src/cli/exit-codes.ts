/** What the process says when it ends. */
export const EXIT = {
  done: 0,
  /** A fault of ours: an unexpected error. */
  internal: 1,
  /**
   * Wrong usage: an unknown option, a value out of range, a choice that fits nothing in the input, an output that
   * cannot be written.
   */
  usage: 2,
  /** The input cannot be read, is malformed, or holds nothing to analyse. */
  input: 3,
  /** Some layers have no spectrum (their rows say why); the rest is there. */
  partial: 4,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

/** A mistake in how the command was called; printed as one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Runs a check of the user's options: what it throws is the user's mistake, where the same error from deeper down would
 * be ours.
 */
export function asUsageError(check: () => void): void {
  try {
    check();
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}
