import { FormatError } from "../formats/index.js";
import type { Site } from "./request.js";

interface Range {
  readonly from: number;
  /** One past the last byte. */
  readonly to: number;
  readonly total: number;
}

/** The range that a 206 declares (RFC 9110, 14.4). */
export function rangeOf(response: Response, { host }: Site, shown: string): Range {
  const field = response.headers.get("content-range");
  if (field === null && host.sandboxed) {
    throw new FormatError("the server does not let a web page see its Content-Range", {
      kind: "unreadable",
      file: shown,
      remedy: "Its CORS rules must expose that header; or download the file and open it here.",
    });
  }
  const found = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(field ?? "");
  if (found === null) lies(field === null ? "a range without Content-Range" : `Content-Range "${field}"`, shown);
  const [from, last, total] = found.slice(1).map(Number);
  if (last < from || last >= total) lies(`Content-Range "${field}"`, shown);
  if (response.headers.has("content-encoding")) lies("a compressed range", shown);
  return { from, to: last + 1, total };
}

/** Throws the `FormatError` for an answer that is not what was requested. */
export function lies(what: string, shown: string): never {
  throw new FormatError(`the server does not send what was requested: it sends ${what}`, {
    kind: "unreadable",
    file: shown,
    remedy: "Download the file and name the copy.",
  });
}
