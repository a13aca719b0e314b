import type { Pace, Steps } from "../../bytes/pace.js";
import type { Hdf5File } from "./file.js";

/** HDF5's own limit on links in the path to an object. */
const MAX_HOPS = 16;
/** Groups are nested at most 64 deep: a longer path cannot exist. */
const MAX_SEGMENTS = 128;

interface SoftLinks {
  /** The target of each link, by the link's own path. */
  readonly soft: ReadonlyMap<string, string>;
  /** Paths of all objects. */
  readonly paths: ReadonlySet<string>;
}

/**
 * Checks soft links, which are only paths: they name objects that the tree already holds, so none is followed. Refuses
 * cycles; a dangling link is a warning.
 */
export function* assertSoftLinks(file: Hdf5File, links: SoftLinks, pace: Pace): Steps<string[]> {
  const dangling: string[] = [];
  for (const [path, target] of links.soft) {
    const length = Math.min(path.length + target.length, 2 * MAX_SEGMENTS);
    if (pace.spend(1 + length * length)) yield;
    const from = path.split("/").slice(0, -1);
    if (!resolves(file, links, [...(target.startsWith("/") ? [] : from), ...segments(target)], path))
      dangling.push(path);
  }
  return dangling.length === 0 ? [] : [`${dangling.length} links have no target (the first: ${dangling[0]})`];
}

function resolves(file: Hdf5File, { soft, paths }: SoftLinks, wanted: readonly string[], link: string): boolean {
  let rest = [...wanted];
  let at: string[] = [];
  for (let hops = 0; rest.length > 0; ) {
    if (rest.length > MAX_SEGMENTS) return false;
    at.push(rest.shift() ?? "");
    const target = soft.get(at.join("/"));
    if (target === undefined) continue;
    if (++hops > MAX_HOPS) file.fail(`the link "${link}" leads in a cycle, or through more than ${MAX_HOPS} others`);
    rest = [...segments(target), ...rest];
    at = target.startsWith("/") ? [] : at.slice(0, -1);
  }
  return paths.has(at.join("/"));
}

function segments(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "" && segment !== ".");
}
