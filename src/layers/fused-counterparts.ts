import type { Pace, Steps } from "../bytes/pace.js";
import type { CorrespondingLayers } from "./correspondence.js";
import type { Layer } from "./layer.js";
import { FUSED_ROLES, layerRole, type Role } from "./role.js";
import { roleKeys } from "./role-keys.js";

/** A fused projection of one model, and the layers of the other that are its parts. */
export interface FusedCounterpart {
  /** The tensor's layers: one if it is analysed whole, else its parts. */
  readonly fused: readonly Layer[];
  readonly isWhole: boolean;
  /** In the order of `FUSED_ROLES`: queries, keys, values; keys, values; gate, up. */
  readonly parts: readonly Layer[];
}

/** The end of the name of a part of a fused projection. */
const PART = /\[(?:q|k|v|gate|up)\]$/;
const KEY_STEPS = 16;

/**
 * Fused projections of `a` whose parts are separate layers of `b` in the same section and block, if `pairs` leaves both
 * without a partner. Each must be the only one of its kind at its key. Found by name and role; the sizes are not
 * compared.
 */
export function* fusedCounterpartsInSteps(
  {
    a,
    b,
    pairs,
  }: { readonly a: readonly Layer[]; readonly b: readonly Layer[]; readonly pairs: readonly CorrespondingLayers[] },
  pace: Pace,
): Steps<readonly FusedCounterpart[]> {
  const fused = yield* fusedTensors(a, pace);
  if (fused.length === 0) return [];
  const [takenA, partners] = [new Set(pairs.map((pair) => pair.a)), new Map(pairs.map((pair) => [pair.b, pair.a]))];
  const byKeyA = yield* uniqueByKey(fused, ({ at }) => roleKeys(at), pace);
  const byKeyB = yield* uniqueByKey(b, roleKeys, pace);
  return fused.flatMap(({ layers, at }): FusedCounterpart[] => {
    const isWhole = layers[0] === at;
    if (isWhole && takenA.has(at)) return [];
    const roles = Object.values(FUSED_ROLES[at.role as Role] ?? {});
    const keys = roles.map((role) => roleKeys({ ...at, role }));
    const isFree = (part: Layer): boolean => !partners.has(part) || layers.includes(partners.get(part)!);
    for (const [k, key] of roleKeys(at).entries()) {
      if (byKeyA.get(key) === null) continue;
      const parts = keys.map((ofPart) => byKeyB.get(ofPart[k])).filter((part) => part !== undefined && part !== null);
      const free = parts.length === roles.length && parts.every((part) => part.rf === 1 && isFree(part));
      if (free && parts.some((part) => !partners.has(part))) return [{ fused: layers, isWhole, parts }];
    }
    return [];
  });
}

interface FusedTensor {
  readonly layers: readonly Layer[];
  /** The layer of the whole tensor, or a substitute with its name and role if only parts are planned. */
  readonly at: Layer;
}

function* fusedTensors(layers: readonly Layer[], pace: Pace): Steps<readonly FusedTensor[]> {
  const byTensor = new Map<string, { layers: Layer[]; at: Layer }>();
  for (const layer of layers) {
    if (pace.spend(KEY_STEPS + layer.name.length)) yield;
    const name = layer.name.replace(PART, "");
    const at = name === layer.name ? layer : { ...layer, name, ...layerRole(name) };
    // "experts[0]" is another kind of part.
    if (at.role === null || FUSED_ROLES[at.role] === undefined || at.rf > 1 || name.endsWith("]")) continue;
    const known = byTensor.get(layer.tensorName);
    if (known === undefined) byTensor.set(layer.tensorName, { layers: [layer], at });
    else known.layers.push(layer);
  }
  return [...byTensor.values()];
}

/** The one item for each key; null if there are several. */
function* uniqueByKey<T extends object>(
  all: readonly T[],
  keysOf: (each: T) => readonly string[],
  pace: Pace,
): Steps<ReadonlyMap<string, T | null>> {
  const byKey = new Map<string, T | null>();
  for (const each of all) {
    if (pace.spend(KEY_STEPS)) yield;
    for (const key of keysOf(each)) byKey.set(key, byKey.has(key) ? null : each);
  }
  return byKey;
}
