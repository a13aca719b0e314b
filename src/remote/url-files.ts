import { siblingName } from "../bytes/sibling-name.js";
import { type FileSet, FormatError } from "../formats/index.js";
import { remoteAddress, shownAddress } from "./address.js";
import { openerOf } from "./http-source.js";
import { type SiteOptions, siteOf } from "./request.js";
import { nameOf, siblingAddress } from "./sibling-address.js";

/**
 * The file at an address, with the files that it names beside it (shards, external data). Those are requested from the
 * address's own folder, with its query, which may grant access to the folder. A server's folder cannot be listed:
 * `list` returns the file itself. `headers` are sent to the address's own host only. Throws `FormatError` for an
 * address that is not that of an https file.
 */
export function urlFiles(address: string, options: SiteOptions): FileSet {
  const url = remoteAddress(address);
  const label = shownAddress(url);
  const entry = nameOf(url);
  if (entry === "")
    throw new FormatError("the address names a folder", {
      kind: "unreadable",
      file: label,
      remedy: "Name a file in it.",
    });
  const open = openerOf(
    siteOf(url, {
      ...options,
      explain: (answer, shown) => (shown === label ? undefined : refusedSibling(answer, shown)),
    }),
  );
  return {
    label,
    entry,
    list: async () => [entry],
    open: async (name) => open(name === entry ? url : siblingAddress(url, siblingName(name, "", { file: label }))),
  };
}

/**
 * S3 answers 403 for a missing file, unless the folder may be listed; and a signature is often for one file. A reader
 * may be able to work without that file.
 */
function refusedSibling({ status }: Response, file: string): FormatError | undefined {
  if (status !== 401 && status !== 403) return undefined;
  return new FormatError(`does not exist, or may not be read (status ${status})`, {
    kind: "missing",
    file,
    remedy: "A signed address may be signed for one file only.",
  });
}
