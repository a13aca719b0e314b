/** The exit codes of the process. */
export const EXIT = {
  done: 0,
  /** A rule of --fail-on holds. */
  rule: 1,
  /**
   * Wrong usage: an unknown option, a value out of range, a glob that matches nothing in the input, an output that
   * cannot be written.
   */
  usage: 2,
  /** The input cannot be read, is malformed, or holds nothing to analyse. */
  input: 3,
  /** Some layers have no spectrum (their rows say why). The other layers are complete. */
  partial: 4,
  /** An unexpected error: a fault of eigenscope (EX_SOFTWARE of sysexits.h). */
  internal: 70,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

/** A mistake in the call of the command: printed as one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Runs a check of the user's options. An error that it throws is the user's mistake and becomes a `UsageError`;
 * elsewhere, the same error would be a fault of eigenscope.
 */
export function asUsageError(check: () => void): void {
  try {
    check();
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}
