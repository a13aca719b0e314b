import type { Placement } from "../../analysis/store/run-keeper.js";

/** Share i of n of a run, i from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * The layers of each of `count` shares, about equal in work: units, largest first, each to the share with the least so
 * far. A unit is all layers of one file, so that a machine reads few files; the layers of a file with more work than a
 * share are units of their own. The same on every machine. Shares that would be empty may be left out at the end.
 */
export function shardsOf(
  placements: readonly Pick<Placement, "layer" | "origin" | "work">[],
  count: number,
): ReadonlySet<number>[] {
  const files = new Map<string, { readonly layers: number[]; work: number }>();
  for (const { layer, origin, work } of placements) {
    const file = originFile(origin);
    const unit = files.get(file) ?? { layers: [], work: 0 };
    unit.layers.push(layer.index);
    unit.work += work;
    files.set(file, unit);
  }
  const total = placements.reduce((sum, { work }) => sum + work, 0);
  const workOf = new Map(placements.map(({ layer, work }) => [layer.index, work]));
  const units = [...files.values()].flatMap((unit) =>
    unit.work <= total / count
      ? [unit]
      : unit.layers.map((index) => ({ layers: [index], work: workOf.get(index) as number })),
  );
  units.sort((a, b) => b.work - a.work || a.layers[0] - b.layers[0]);
  // Shares beyond the number of units have nothing: none is made for each of a billion.
  const shares = Array.from({ length: Math.min(count, units.length) }, () => ({ layers: new Set<number>(), work: 0 }));
  for (const { layers, work } of units) {
    const least = shares.reduce((best, share) => (share.work < best.work ? share : best));
    for (const index of layers) least.layers.add(index);
    least.work += work;
  }
  return shares.map(({ layers }) => layers);
}

/** The file that the values come from; the first, if there are several. */
export function originFile(origin: Placement["origin"]): string {
  if (origin.kind === "stored") return origin.file;
  return originFile(origin.kind === "sum" ? origin.terms[0] : origin.of);
}
