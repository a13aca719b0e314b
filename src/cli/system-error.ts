/** Errors of the operating system in words: a full disk, a folder without permission. */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on the device",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would become larger than is allowed",
  EROFS: "the file system is read-only",
  EACCES: "permission denied",
  EPERM: "the operation is not permitted",
  EIO: "the device reports an error",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
};

/** An error of the operating system in words. For an unknown code, the error's own message. */
export function systemReason({ code, message }: NodeJS.ErrnoException): string {
  return (code !== undefined && REASONS[code]) || message;
}

/**
 * The sentence for an operating-system error of a file operation. Undefined for any other error. The error may come
 * from a worker, which sends the fields of an error but not its class.
 */
export function systemSentence(error: unknown): string | undefined {
  const { code, syscall, path } = (error ?? {}) as NodeJS.ErrnoException;
  if (typeof code !== "string" || typeof syscall !== "string" || REASONS[code] === undefined) return undefined;
  return `${typeof path === "string" ? `${path}: ` : ""}${REASONS[code]} (${code}, ${syscall})`;
}
