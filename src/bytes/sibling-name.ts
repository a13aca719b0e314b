import { FormatError } from "./errors.js";
import type { ErrorLocation } from "./stored-bytes.js";

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being refused
const UNSAFE = /[\\:\u0000-\u001f\u007f]/;
/** Linux's longest path has 4096 bytes; names of shards are far shorter. */
const MAX_NAME_LENGTH = 1024;

/**
 * The name, within the file set, of a file that `owner` names as a sibling. Refuses anything but a plain relative name:
 * absolute paths, `..`, backslashes, schemes, control characters. Adapters check again; a reader must not even ask.
 */
export function siblingName(named: string, owner: string, where: ErrorLocation): string {
  const segments = named.split("/");
  const plain =
    named.length <= MAX_NAME_LENGTH &&
    !UNSAFE.test(named) &&
    segments.every((part) => part !== "" && part !== "." && part !== "..");
  if (!plain) {
    throw new FormatError(`names the file "${named}", which is not a plain name of a file beside it`, {
      ...where,
      kind: "malformed",
      remedy: "Do not trust this file: a model may only name files in its own folder.",
    });
  }
  const folder = owner.slice(0, owner.lastIndexOf("/") + 1);
  return folder + named;
}
