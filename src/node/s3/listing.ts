import { FormatError } from "../../formats/index.js";
import { elementsOf, textsOf } from "./xml.js";

/** An object as a listing has it. */
export interface ListedObject {
  readonly key: string;
  readonly byteLength: number;
  /** What tells this state of it from others. */
  readonly etag: string;
}

/** One page of a listing: at most 1000 keys. */
export interface Page {
  readonly objects: readonly ListedObject[];
  /** Folders directly below the prefix, with a slash at their end; only if they were asked for. */
  readonly folders: readonly string[];
  /** Where the next page goes on; undefined for the last. */
  readonly next: string | undefined;
}

/** Reads an answer to ListObjectsV2. Throws `FormatError` if it is none; `shown` names what was listed. */
export function listingOf(xml: string, shown: string): Page {
  const [truncated] = textsOf(xml, "IsTruncated");
  const isEncoded = textsOf(xml, "EncodingType")[0] === "url";
  const [next] = textsOf(xml, "NextContinuationToken");
  if (truncated === undefined || (truncated === "true" && !next)) throw noListing(shown);
  const objects = elementsOf(xml, "Contents").map((element): ListedObject => {
    const [key, size, etag] = ["Key", "Size", "ETag"].map((name) => textsOf(element, name)[0]);
    if (key === undefined || !/^\d{1,15}$/.test(size ?? "") || etag === undefined) throw noListing(shown);
    return { key: isEncoded ? decoded(key, shown) : key, byteLength: Number(size), etag };
  });
  const folders = elementsOf(xml, "CommonPrefixes").flatMap((element) =>
    textsOf(element, "Prefix").map((prefix) => (isEncoded ? decoded(prefix, shown) : prefix)),
  );
  return { objects, folders, next: truncated === "true" ? next : undefined };
}

function decoded(text: string, shown: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw noListing(shown);
  }
}

function noListing(shown: string): FormatError {
  return new FormatError("the server's answer is no listing of a bucket", {
    ...{ kind: "unreadable", file: shown },
    remedy: "Is AWS_ENDPOINT_URL_S3 the address of an S3-compatible server?",
  });
}
