import { FormatError } from "../../bytes/errors.js";
import type { Pace } from "../../bytes/pace.js";
import { readTexts } from "./attributes.js";
import type { Hdf5File } from "./file.js";
import { type Link, readLinks } from "./links.js";
import { MESSAGE, type Message, readObjectHeader } from "./object-header.js";
import { assertSoftLinks } from "./soft-links.js";

/** Groups within groups: nested models of nested layers reach about 15. */
const MAX_DEPTH = 64;
const MAX_OBJECTS = 200_000;
/** Steps to read an object's header, or to check a link. */
const OBJECT_STEPS = 32;

export interface DatasetEntry {
  /** Names from the root down, "layers/dense/vars/0". */
  readonly path: string;
  readonly messages: readonly Message[];
  /** Address of its header: two paths may lead to one dataset. */
  readonly address: number;
}

/** A file's tree: its datasets, and the text attributes of its groups. */
export interface Tree {
  readonly datasets: readonly DatasetEntry[];
  /** By the group's path ("" for the root), then by the attribute's name. */
  readonly texts: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
  readonly warnings: readonly string[];
}

/** The attributes that describe a model. Keras splits long lists into "weight_names0", "weight_names1", ... */
const WANTED = /^(layer_names|weight_names)\d*$|^(name|model_config|keras_version|backend)$/;

/**
 * Walks all groups from the root. Follows hard links only. Refuses links to another file, groups that contain
 * themselves and soft links in a cycle.
 */
export async function readTree(file: Hdf5File, pace: Pace): Promise<Tree> {
  const datasets: DatasetEntry[] = [];
  const texts = new Map<string, ReadonlyMap<string, readonly string[]>>();
  const warnings: string[] = [];
  const paths = new Set<string>();
  const soft = new Map<string, string>();
  const done = new Map<number, string>();
  const open = new Set<number>();
  /** Objects that are neither group nor dataset. */
  const others = new Set<number>();
  const byAddress = new Map<number, DatasetEntry>();
  let objects = 0;

  const walk = async (address: number, path: string, depth: number): Promise<void> => {
    if (pace.spend(OBJECT_STEPS)) await pace.turn();
    pace.keep(path.length);
    if (++objects > MAX_OBJECTS) file.fail(`more than ${MAX_OBJECTS} objects`);
    if (open.has(address)) file.fail(`the group "${path}" contains itself`, file.position(address));
    paths.add(path);
    const twin = byAddress.get(address);
    if (twin !== undefined) {
      datasets.push({ ...twin, path });
      return;
    }
    const other = done.get(address);
    if (other !== undefined) {
      warnings.push(`the group ${path} is the group ${other === "" ? "/" : other} by another name, and was skipped`);
      return;
    }
    if (others.has(address)) return;
    const messages = await readObjectHeader(file, address);
    const links = await readLinks(file, messages);
    if (links === undefined) {
      if (!messages.some(({ type }) => type === MESSAGE.layout)) {
        others.add(address);
        return;
      }
      byAddress.set(address, { path, messages, address });
      datasets.push({ path, messages, address });
      return;
    }
    if (depth > MAX_DEPTH) file.fail(`groups are nested deeper than ${MAX_DEPTH}`, file.position(address));
    open.add(address);
    texts.set(path, await readTexts(file, messages, (name) => WANTED.test(name)));
    for (const link of links) {
      if (pace.spend(1 + link.name.length)) await pace.turn();
      await member(link, path === "" ? link.name : `${path}/${link.name}`, depth);
    }
    open.delete(address);
    done.set(address, path);
  };
  const member = async (link: Link, path: string, depth: number): Promise<void> => {
    if (link.kind === "hard") await walk(link.address, path, depth + 1);
    else if (link.kind === "soft") soft.set(path, link.path);
    else refuseExternalLink(file, path);
  };
  await walk(file.root, "", 0);
  return {
    datasets,
    texts,
    warnings: [...warnings, ...(await pace.run(assertSoftLinks(file, { soft, paths }, pace)))],
  };
}

function refuseExternalLink(file: Hdf5File, path: string): never {
  throw new FormatError(`"${path}" is a link into another file, which is not opened`, {
    ...file.where,
    kind: "unsupported",
    remedy: "Do not trust this file; if you made it, copy the linked data into it (h5copy).",
  });
}
