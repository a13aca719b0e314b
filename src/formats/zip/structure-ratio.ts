import { FormatError } from "../../bytes/errors.js";
import type { ErrorLocation } from "../../bytes/stored-bytes.js";
import type { ZipMember } from "./members.js";

/**
 * Pickles and configurations deflate to a tenth or a twentieth; for members of up to a MiB the ratio does not matter.
 */
const MAX_STRUCTURE_RATIO = 32;
const ANY_RATIO_BYTES = 2 ** 20;

/**
 * Throws `FormatError` for a member that describes a model and inflates further than any real description: the memory
 * and time to read it must be bounded by the size of the file.
 */
export function assertStructureRatio(
  { name, contents: { byteLength }, storedBytes }: ZipMember,
  where: ErrorLocation,
): void {
  if (byteLength <= ANY_RATIO_BYTES + MAX_STRUCTURE_RATIO * storedBytes) return;
  throw new FormatError(
    `this member inflates from ${storedBytes} to ${byteLength} bytes, further than any real description of a model`,
    {
      ...where,
      tensor: name,
      kind: "malformed",
      remedy: "The file may be meant to exhaust memory; do not trust it.",
    },
  );
}
