import { FormatError, OptionError } from "../../formats/index.js";

/** An object of a bucket, or a folder of it. */
export interface S3Address {
  readonly bucket: string;
  /** As it is, not encoded. Ends with "/" for a folder; empty for the whole bucket. */
  readonly key: string;
}

/** S3 takes keys of so many bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;
/** Letters, digits, dots and hyphens (S3), underscores too (older buckets, other servers). */
const BUCKET = /^[A-Za-z0-9][\w.-]{1,61}[A-Za-z0-9]$/;
/** Control characters, and halves of characters. */
const UNENCODABLE = /[\p{Cc}\p{Cs}]/u;

/** Whether the text begins as an address of object storage. */
export function isS3Address(text: string): boolean {
  return /^s3:\/\//i.test(text);
}

/**
 * Reads `s3://bucket/key`. The key counts letter by letter: `%2e` is no dot, `?` and `*` have no meaning. Throws for a
 * name that no bucket has, and for keys with empty parts, "." or "..": an `OptionError` if `option` is given, else a
 * `FormatError`.
 */
export function s3Address(text: string, option?: string): S3Address {
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]*)(?:\/(.*))?$/is.exec(text) ?? [];
  const reason = wrongIn(bucket, key);
  if (reason === undefined) return { bucket, key };
  if (option !== undefined) throw new OptionError(option, `found "${text}": ${reason}`);
  throw new FormatError(reason, { kind: "unreadable", file: text, remedy: "An address is s3://bucket/folder/file." });
}

function wrongIn(bucket: string, key: string): string | undefined {
  if (!BUCKET.test(bucket) || bucket.includes("..")) return `no bucket is called "${bucket}"`;
  if (UNENCODABLE.test(key)) return "the key has characters that no address has";
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `the key has more than ${MAX_KEY_BYTES} bytes`;
  const parts = key.replace(/\/$/, "").split("/");
  if (key !== "" && parts.some((part) => part === "" || part === "." || part === ".."))
    return 'the key has an empty part, or "." or ".."';
  return undefined;
}

/** The address as it is written. */
export function shownS3({ bucket, key }: S3Address): string {
  return `s3://${bucket}${key === "" ? "" : `/${key}`}`;
}

/** The folder of this name: its key ends with "/", unless it is the whole bucket. */
export function asFolder({ bucket, key }: S3Address): S3Address {
  return { bucket, key: key === "" || key.endsWith("/") ? key : `${key}/` };
}

/** The folder that an object lies in; of a folder itself. */
export function folderOf({ bucket, key }: S3Address): S3Address {
  return { bucket, key: key.slice(0, key.lastIndexOf("/") + 1) };
}

/** Whether an address is a folder, or lies in it. `s3://b/models-of-others` does not lie in `s3://b/models`. */
export function isBelow(address: S3Address, folder: S3Address): boolean {
  return address.bucket === folder.bucket && asFolder(address).key.startsWith(asFolder(folder).key);
}

/** A key as a part of an address, encoded by RFC 3986 as S3 signs it. */
export function encodedKey(key: string): string {
  return key.split("/").map(encoded).join("/");
}

/** Percent-encodes all but letters, digits and `-._~` (RFC 3986, 2.3). */
export function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
