import { siblingName } from "../../bytes/sibling-name.js";
import { type ByteSource, type FileSet, FormatError } from "../../formats/index.js";
import { isWeightsName } from "../../formats/weights-names.js";
import { openerOf } from "../../remote/http-source.js";
import type { RemoteHost } from "../../remote/index.js";
import { siteOf } from "../../remote/request.js";
import { usualFile } from "../../remote/usual-files.js";
import { Bucket } from "./bucket.js";
import type { ListedObject } from "./listing.js";
import { type S3Access, type S3World, s3Access, signedHost } from "./s3-access.js";
import { asFolder, encodedKey, folderOf, type S3Address, s3Address, shownS3 } from "./s3-address.js";

export interface S3Options extends S3World {
  readonly signal?: AbortSignal | undefined;
}

/** A bucket whose objects are read by ranges. */
interface Objects {
  readonly bucket: Bucket;
  readonly access: S3Access;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The files at `s3://bucket/key`: an object with those beside it, or a folder, by signed range requests. A key that
 * ends with "/" is a folder, one that ends like a weight file is none; for others the server is asked. Each file is
 * read as the listing had it: one that changes is refused from then on. Rejects with a `FormatError` if nothing is
 * there, or with `S3Unavailable`.
 */
export async function s3Files(text: string, { signal, host, environment }: S3Options = {}): Promise<FileSet> {
  const address = s3Address(text);
  const access = await s3Access(address.bucket, { host, environment });
  const objects = { access, signal, bucket: new Bucket(access) };
  return filesIn(await resolved(address, objects.bucket), objects);
}

/** The address, with a slash at its end if it is a folder. Asks the server if the name does not tell. */
export async function resolvedS3(text: string, options: S3Options = {}): Promise<string> {
  const address = s3Address(text);
  return shownS3(await resolved(address, new Bucket(await s3Access(address.bucket, options))));
}

async function resolved(address: S3Address, bucket: Bucket): Promise<S3Address> {
  const { key } = address;
  if (key === "" || key.endsWith("/") || isWeightsName(key.slice(key.lastIndexOf("/") + 1))) return address;
  const folder = asFolder(address);
  const { objects, folders } = await bucket.in(folder.key);
  return objects.length + folders.length > 0 ? folder : address;
}

async function filesIn(address: S3Address, { bucket, access, signal }: Objects): Promise<FileSet> {
  const folder = folderOf(address);
  const entry = address.key.slice(folder.key.length);
  const label = shownS3(address);
  const { objects, folders } = await bucket.in(folder.key);
  const known = new Map(
    objects.filter(({ key }) => key !== folder.key).map((object) => [object.key.slice(folder.key.length), object]),
  );
  const names = [...known.keys()];
  if (entry === "" ? names.length + folders.length === 0 : !known.has(entry))
    throw new FormatError(entry === "" ? "there is nothing in this folder" : "there is no such object", {
      ...{ kind: "missing", file: label },
      remedy: namesSome(names),
    });
  const listed = (name: string): ListedObject => {
    const object = known.get(name);
    if (object !== undefined) return object;
    throw new FormatError("there is no such object", {
      ...{ kind: "missing", file: shownS3({ bucket: bucket.name, key: folder.key + name }) },
      remedy: namesSome(names),
    });
  };
  const open = opener([...known.values()], { access, signal });
  return {
    label,
    entry: entry === "" ? usualFile(names) : entry,
    list: async () => names,
    open: async (name) => open(listed(name === entry ? name : siblingName(name, "", { file: label }))),
    folders: async () =>
      entry !== ""
        ? []
        : Promise.all(folders.map((key) => filesIn({ bucket: bucket.name, key }, { bucket, access, signal }))),
    modified: async (name) => listed(name).etag,
  };
}

/** Opens objects in the state that their listing has: another one is refused. */
function opener(
  objects: readonly ListedObject[],
  { access, signal }: Pick<Objects, "access" | "signal">,
): (object: ListedObject) => Promise<ByteSource> {
  const addressOf = ({ key }: ListedObject): URL => new URL(encodedKey(key), access.url);
  const etags = new Map(objects.map((object) => [addressOf(object).href, object.etag]));
  const { fetch: signed, ...host } = signedHost(access);
  const asListed: RemoteHost = {
    ...host,
    async fetch(input, init = {}) {
      const etag = etags.get(String(input));
      const headers = new Headers(init.headers);
      if (etag !== undefined) headers.set("if-match", etag);
      return signed(input, { ...init, headers });
    },
  };
  const open = openerOf(siteOf(access.url, { signal, host: asListed, explain }));
  return (object) => open(addressOf(object));
}

/** An object that was listed, and is another one, or gone, by the time it is opened. */
function explain({ status }: Response, file: string): FormatError | undefined {
  if (status !== 412 && status !== 404) return undefined;
  return new FormatError("the file changed while it was being read", {
    ...{ kind: "unreadable", file },
    remedy: "Run again when nothing writes to it.",
  });
}

function namesSome(names: readonly string[]): string {
  const weights = names.filter(isWeightsName);
  if (weights.length === 0) return "Check the address.";
  const more = weights.length > 5 ? ` and ${weights.length - 5} more` : "";
  return `Beside it there is ${weights.slice(0, 5).join(", ")}${more}.`;
}
