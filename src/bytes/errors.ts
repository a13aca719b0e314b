/**
 * Why a file was refused. `missing`: the file does not exist; `unreadable`: the bytes could not be read; `malformed`:
 * the bytes violate the format; `unsupported`: a valid file that this reader does not read; `unknown-format`: no reader
 * recognises the content.
 */
export type FormatErrorKind = "missing" | "unreadable" | "malformed" | "unsupported" | "unknown-format";

export interface FormatErrorDetails {
  readonly kind: FormatErrorKind;
  /** The format's name, as the reader calls it ("safetensors", "npy", ...). */
  readonly format?: string | undefined;
  readonly file?: string | undefined;
  readonly tensor?: string | undefined;
  /** Byte offset of the fault in `file`. */
  readonly offset?: number | undefined;
  /** One sentence: what the user can do. */
  readonly remedy?: string | undefined;
  readonly cause?: unknown;
}

/** Makes a name from a file safe for a terminal: no control characters, and at most 200 characters. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being replaced
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
  return clean.length <= 200 ? clean : `${clean.slice(0, 197)}...`;
}

/**
 * A file that cannot be read as what it claims to be. The message names format, file, tensor, offset and cause, and
 * says what to do. Thrown by readers only; numerics return values that say what failed.
 */
export class FormatError extends Error {
  override readonly name = "FormatError";
  readonly kind: FormatErrorKind;
  /** What is wrong, without the place and the remedy. */
  readonly reason: string;
  readonly details: FormatErrorDetails;

  constructor(reason: string, details: FormatErrorDetails) {
    super(describe(reason, details), details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = details.kind;
    this.reason = reason;
    this.details = details;
  }
}

function describe(reason: string, details: FormatErrorDetails): string {
  const where = [
    details.format,
    details.file === undefined ? undefined : printable(details.file),
    details.tensor === undefined ? undefined : `tensor "${printable(details.tensor)}"`,
    details.offset === undefined ? undefined : `offset ${details.offset}`,
  ].filter((part) => part !== undefined);
  const prefix = where.length === 0 ? "" : `${where.join(", ")}: `;
  const remedy = details.remedy === undefined ? "" : ` ${details.remedy}`;
  return `${prefix}${printable(reason)}.${remedy}`.replace(/\.\.$/, ".");
}
