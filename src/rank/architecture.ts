/** A layer as far as it belongs to the architecture. */
export interface ArchitectureLayer {
  readonly name: string;
  readonly N: number;
  readonly M: number;
  readonly rf: number;
}

/** What tells architectures from each other: roles and shapes of the layers. */
export interface Architecture {
  /** Every role with a shape, and how many layers have both. */
  readonly counts: ReadonlySet<string>;
  /** Every role with a shape, and every role. */
  readonly shapedRoles: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
}

/** "layers.11.mlp" and "layers.3.mlp" are one role, "layers.#.mlp". */
export function roleOfName(name: string): string {
  return name.replace(/\d+/g, "#");
}

/** The name of a lone matrix says nothing: a `.npy` file has none, so that its matrix bears the file's. */
export function architectureOf(layers: readonly ArchitectureLayer[]): Architecture {
  const roleOf = ({ name }: ArchitectureLayer): string => (layers.length === 1 ? "" : roleOfName(name));
  const counts = new Map<string, number>();
  for (const layer of layers) {
    const shaped = `${roleOf(layer)} ${layer.N}x${layer.M}x${layer.rf}`;
    counts.set(shaped, (counts.get(shaped) ?? 0) + 1);
  }
  return {
    counts: new Set([...counts].map(([shaped, count]) => `${shaped} ${count}`)),
    shapedRoles: new Set(counts.keys()),
    roles: new Set(layers.map(roleOf)),
  };
}

/**
 * How models are related. "same-architecture": as many layers of every role and shape. "depth-series": layers of the
 * same roles, and of any two models one has all the shapes of the other (more of the same blocks). "size-series":
 * layers of the same roles with other shapes. "different": anything else. "one-model": there is nothing to compare.
 */
export const RELATIONS = ["one-model", "same-architecture", "depth-series", "size-series", "different"] as const;
export type Relation = (typeof RELATIONS)[number];

export function relationOf(architectures: readonly Architecture[]): Relation {
  if (architectures.length < 2) return "one-model";
  const [first, ...others] = architectures;
  if (others.every(({ counts }) => sameSets(counts, first.counts))) return "same-architecture";
  if (!others.every(({ roles }) => sameSets(roles, first.roles))) return "different";
  // Ordered by size, each must lie in the next one.
  const shapes = architectures.map(({ shapedRoles }) => shapedRoles).sort((a, b) => a.size - b.size);
  return shapes.slice(1).every((larger, i) => isWithin(shapes[i], larger)) ? "depth-series" : "size-series";
}

/** The family of each model, numbered in the order in which they come: models whose layers have the same roles. */
export function familiesOf(architectures: readonly Architecture[]): number[] {
  const known: ReadonlySet<string>[] = [];
  return architectures.map(({ roles }) => {
    const found = known.findIndex((other) => sameSets(other, roles));
    return found >= 0 ? found : known.push(roles) - 1;
  });
}

function sameSets(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && isWithin(a, b);
}

function isWithin(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  for (const member of a) if (!b.has(member)) return false;
  return true;
}
