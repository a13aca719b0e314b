import type { Pace, Steps } from "../formats/pace.js";
import { type CorrespondingLayers, placeOf } from "./correspondence.js";
import type { Layer } from "./layer.js";
import { FUSED_ROLES, layerRole, type Role } from "./role.js";

/** A fused projection of one model, and the layers of the other that are its parts. */
export interface FusedCounterpart {
  /** The tensor's layers: itself where it is analysed whole, or its parts. */
  readonly fused: readonly Layer[];
  readonly isWhole: boolean;
  /** In the order of `FUSED_ROLES`: queries, keys, values; keys, values; gate, up. */
  readonly parts: readonly Layer[];
}

/** What ends the name of a part of a fused projection. */
const PART = /\[(?:q|k|v|gate|up)\]$/;
const KEY_STEPS = 16;

/**
 * Fused projections of `a` whose parts `b` holds as layers of their own, in the same section and block, where `pairs`
 * leave both without a partner. Only where each is the one of its kind at its place. Found by name and role; whether
 * the sizes fit is not looked at.
 */
export function* fusedCounterpartsInSteps(
  { a, b, pairs }: { readonly a: readonly Layer[]; readonly b: readonly Layer[]; readonly pairs: readonly CorrespondingLayers[] },
  pace: Pace,
): Steps<readonly FusedCounterpart[]> {
  const fused = yield* fusedTensors(a, pace);
  if (fused.length === 0) return [];
  const [takenA, partners] = [new Set(pairs.map((pair) => pair.a)), new Map(pairs.map((pair) => [pair.b, pair.a]))];
  const placesA = yield* uniquePlaces(fused, ({ at }) => placeOf(at), pace);
  const placesB = yield* uniquePlaces(b, placeOf, pace);
  return fused.flatMap(({ layers, at }): FusedCounterpart[] => {
    const isWhole = layers[0] === at;
    if (isWhole && takenA.has(at)) return [];
    const roles = Object.values(FUSED_ROLES[at.role as Role] ?? {});
    const keys = roles.map((role) => placeOf({ ...at, role }));
    const isFree = (part: Layer): boolean => !partners.has(part) || layers.includes(partners.get(part)!);
    for (const [k, place] of placeOf(at).entries()) {
      if (placesA.get(place) === null) continue;
      const parts = keys.map((ofPart) => placesB.get(ofPart[k])).filter((part) => part !== undefined && part !== null);
      const free = parts.length === roles.length && parts.every((part) => part.rf === 1 && isFree(part));
      if (free && parts.some((part) => !partners.has(part))) return [{ fused: layers, isWhole, parts }];
    }
    return [];
  });
}

interface FusedTensor {
  readonly layers: readonly Layer[];
  /** The layer of the whole tensor, or a stand-in with its name and role where only parts are planned. */
  readonly at: Layer;
}

function* fusedTensors(layers: readonly Layer[], pace: Pace): Steps<readonly FusedTensor[]> {
  const byTensor = new Map<string, { layers: Layer[]; at: Layer }>();
  for (const layer of layers) {
    if (pace.spend(KEY_STEPS + layer.name.length)) yield;
    const name = layer.name.replace(PART, "");
    const at = name === layer.name ? layer : { ...layer, name, ...layerRole(name) };
    // "experts[0]" is a part of another kind.
    if (at.role === null || FUSED_ROLES[at.role] === undefined || at.rf > 1 || name.endsWith("]")) continue;
    const known = byTensor.get(layer.tensorName);
    if (known === undefined) byTensor.set(layer.tensorName, { layers: [layer], at });
    else known.layers.push(layer);
  }
  return [...byTensor.values()];
}

/** By place, what stands there; null where there are several. */
function* uniquePlaces<T extends object>(
  all: readonly T[],
  keysOf: (each: T) => readonly string[],
  pace: Pace,
): Steps<ReadonlyMap<string, T | null>> {
  const places = new Map<string, T | null>();
  for (const each of all) {
    if (pace.spend(KEY_STEPS)) yield;
    for (const key of keysOf(each)) places.set(key, places.has(key) ? null : each);
  }
  return places;
}
