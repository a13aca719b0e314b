import { FormatError } from "../../bytes/errors.js";
import type { ErrorLocation } from "../../bytes/stored-bytes.js";

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Throws the `FormatError` of a malformed archive. */
export function malformed(reason: string, where: ErrorLocation & { offset?: number }): never {
  throw new FormatError(reason, { ...where, kind: "malformed" });
}
