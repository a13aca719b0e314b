import { FormatError } from "../formats/index.js";

/** A model of a hub, a revision of it, and a file or a folder in it. */
export interface HubName {
  /** "org/model". */
  readonly repository: string;
  /** A branch, a tag or a commit; undefined is the default branch. */
  readonly revision?: string;
  /** The file that was named; undefined if the whole model, or a folder of it, was named. */
  readonly file?: string | undefined;
  /** The folder of `file`, or the one that was named: "" or "unet/". Names in the file set are relative to it. */
  readonly folder: string;
}

/** The hub's own rule: letters, digits, "-", "_", "."; at most 96 characters. */
const REPOSITORY = /^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}$/;
/**
 * Git allows more characters in a revision; those that could lead out of a cache folder or truncate an address are
 * excluded.
 */
const REVISION = /^[A-Za-z0-9][\w.+-]*(\/[\w.+-]+)*$/;
const SEGMENT = /^[^\\:\p{Cc}]+$/u;

/** The branch that the hub uses if none is named. */
export const DEFAULT_REVISION = "main";

/**
 * Reads `org/model[@revision][:file]`, where a file that ends in "/" is a folder; undefined if the text is not such a
 * name.
 */
export function parseHubName(text: string): HubName | undefined {
  const colon = text.indexOf(":");
  const [repository, revision, ...more] = (colon < 0 ? text : text.slice(0, colon)).split("@");
  const path = colon < 0 ? "" : text.slice(colon + 1);
  if (!REPOSITORY.test(repository) || /--|\.\./.test(repository) || more.length > 0 || (colon >= 0 && path === ""))
    return undefined;
  if (revision !== undefined && !isRevision(revision)) return undefined;
  const cut = path.lastIndexOf("/") + 1;
  if (path !== "" && !isPlainPath(path.replace(/\/$/, ""))) return undefined;
  return { repository, revision, file: path.slice(cut) || undefined, folder: path.slice(0, cut) };
}

/**
 * The same model at another revision. Throws `FormatError` if the revision is not valid, or if the name already has
 * one.
 */
export function atRevision(name: HubName, revision: string | undefined): HubName {
  if (revision === undefined || revision === name.revision) return name;
  const refuse = (reason: string): never => {
    throw new FormatError(reason, { kind: "unreadable", file: shownHubName(name) });
  };
  if (name.revision !== undefined) refuse(`two revisions are given, "${name.revision}" and "${revision}"`);
  if (!isRevision(revision)) refuse(`"${revision}" is not a valid revision`);
  return { ...name, revision };
}

/** `org/model@revision:file`, as it would be typed. */
export function shownHubName({ repository, revision, folder, file = "" }: HubName): string {
  const path = folder + file;
  return `${repository}${revision === undefined ? "" : `@${revision}`}${path === "" ? "" : `:${path}`}`;
}

function isRevision(text: string): boolean {
  return REVISION.test(text) && !text.includes("..");
}

/** A relative path without ".", "..", empty segments, schemes and control characters. */
export function isPlainPath(path: string): boolean {
  return path.length <= 1024 && path.split("/").every((part) => SEGMENT.test(part) && part !== "." && part !== "..");
}

/**
 * Reads the address of a model, a file or a folder on the hub, in the form of its web pages; undefined for any other
 * address.
 */
export function parseHubAddress(address: URL, endpoint: URL): HubName | undefined {
  const base = endpoint.pathname.replace(/\/$/, "");
  if (address.origin !== endpoint.origin || !address.pathname.startsWith(`${base}/`)) return undefined;
  let segments: string[];
  try {
    segments = address.pathname
      .slice(base.length + 1)
      .split("/")
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
  const [organisation, model, view, revision, ...path] = segments;
  if (model === undefined || ["api", "datasets", "spaces"].includes(organisation)) return undefined;
  const repository = `${organisation}/${model}`;
  if (view === undefined || (view === "" && revision === undefined)) return parseHubName(repository);
  if (!["tree", "blob", "resolve", "raw"].includes(view) || !revision) return undefined;
  const file = view === "tree" && path.length > 0 ? `${path.join("/")}/`.replace(/\/\/$/, "/") : path.join("/");
  return parseHubName(`${repository}@${revision}${file === "" ? "" : `:${file}`}`);
}
