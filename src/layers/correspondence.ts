import { finish, type Pace, type Steps, unpaced } from "../bytes/pace.js";
import type { Layer } from "./layer.js";
import { roleKeys } from "./role-keys.js";
import { kohyaName, outerTails, unwrapped } from "./wrappers.js";

/** The rule that paired two layers. */
export type PairedBy = "name" | "wrapper" | "tail" | "role";

export interface CorrespondingLayers {
  readonly a: Layer;
  readonly b: Layer;
  readonly by: PairedBy;
}

/** The corresponding layers of two models, in A's order, and the assumptions made to find them, in words. */
export interface Correspondence {
  readonly pairs: readonly CorrespondingLayers[];
  readonly assumed: readonly string[];
}

type KeyOf = (layer: Layer) => readonly string[];

interface Step {
  readonly by: PairedBy;
  /**
   * Keys under which a layer of either model may be found, the best first. A key pairs two layers only if exactly one
   * layer of each model has it.
   */
  readonly keys: readonly [a: KeyOf, b: KeyOf];
  readonly say: (count: number, example: CorrespondingLayers) => string;
}

const own: KeyOf = ({ name }) => [name];
const unwrappedOnly: KeyOf = ({ name }) => [unwrapped(name)];
const bare: KeyOf = ({ name }) => [unwrapped(name), kohyaName(unwrapped(name))];
const tails: KeyOf = ({ name }) => [unwrapped(name), ...outerTails(unwrapped(name))];

/** Each step pairs what earlier steps left, so that a weaker rule never takes a layer from a stronger one. */
const BY_NAME: readonly Step[] = [
  { by: "name", keys: [own, own], say: () => "" },
  {
    by: "wrapper",
    keys: [bare, bare],
    say: (count, { a, b }) =>
      `${layers(count)} paired by name without wrappers such as "module." or "model." (${a.name} in A, ${b.name} in B)`,
  },
  ...(
    [
      [unwrappedOnly, tails],
      [tails, unwrappedOnly],
    ] as const
  ).map(
    (keys): Step => ({
      by: "tail",
      keys,
      say: (count, { a, b }) =>
        `${layers(count)} paired by the end of the name, which only one layer has (${a.name} in A, ${b.name} in B)`,
    }),
  ),
];

const BY_ROLE: Step = {
  by: "role",
  keys: [roleKeys, roleKeys],
  say: (count, { a, b }) =>
    `${layers(count)} paired by block and role, as the names differ (${a.name} in A, ${b.name} in B)`,
};

/**
 * Pairs the layers of two models by equal names; else by names without known wrappers; else by names of which one ends
 * like the other; else, with `byRole`, by the same block and role. A pair is made only if each model has exactly one
 * such layer among those not yet paired.
 */
export function correspondingLayers(
  a: readonly Layer[],
  b: readonly Layer[],
  options: { readonly byRole?: boolean } = {},
): Correspondence {
  return finish(correspondingLayersInSteps(a, b, { ...options, pace: unpaced() }));
}

/** `correspondingLayers` with pauses. */
export function* correspondingLayersInSteps(
  a: readonly Layer[],
  b: readonly Layer[],
  { byRole = true, pace }: { readonly byRole?: boolean; readonly pace: Pace },
): Steps<Correspondence> {
  const found = new Map<Layer, CorrespondingLayers>();
  const taken = new Set<Layer>();
  const assumed: string[] = [];
  for (const { by, keys, say } of byRole ? [...BY_NAME, BY_ROLE] : BY_NAME) {
    const left = a.filter((layer) => !found.has(layer));
    const right = b.filter((layer) => !taken.has(layer));
    const made = (yield* pairUnique(left, right, { keys, pace }))
      .map(([one, other]): CorrespondingLayers => ({ a: one, b: other, by }))
      .filter(({ a: one, b: other }) => by === "name" || by === "wrapper" || sameSides(one, other));
    for (const pair of made) {
      found.set(pair.a, pair);
      taken.add(pair.b);
    }
    if (made.length > 0 && by !== "name") assumed.push(say(made.length, made[0]));
  }
  return { pairs: a.flatMap((layer) => found.get(layer) ?? []), assumed };
}

/** Pairs through keys that belong to exactly one layer on each side. */
function* pairUnique(
  a: readonly Layer[],
  b: readonly Layer[],
  { keys: [keysOfA, keysOfB], pace }: { readonly keys: Step["keys"]; readonly pace: Pace },
): Steps<(readonly [Layer, Layer])[]> {
  const inA = yield* holders(a, keysOfA, pace);
  const inB = yield* holders(b, keysOfB, pace);
  const taken = new Set<Layer>();
  const pairs: (readonly [Layer, Layer])[] = [];
  for (const layer of a) {
    if (pace.spend(KEY_STEPS + layer.name.length)) yield;
    for (const key of keysOfA(layer)) {
      const [others, same] = [inB.get(key) ?? [], inA.get(key) ?? []];
      if (others.length !== 1 || same.length !== 1 || taken.has(others[0])) continue;
      taken.add(others[0]);
      pairs.push([layer, others[0]]);
      break;
    }
  }
  return pairs;
}

/** Steps to make a layer's keys and look them up: one per character, plus these. */
const KEY_STEPS = 16;

function* holders(all: readonly Layer[], keysOf: KeyOf, pace: Pace): Steps<ReadonlyMap<string, readonly Layer[]>> {
  const byKey = new Map<string, Layer[]>();
  for (const layer of all) {
    if (pace.spend(KEY_STEPS + layer.name.length)) yield;
    for (const key of new Set(keysOf(layer))) {
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, [layer]);
      else known.push(layer);
    }
  }
  return byKey;
}

/** A guess by tail or role needs matrices of the same sides, in either orientation. */
function sameSides(a: Layer, b: Layer): boolean {
  return a.rf === b.rf && a.N === b.N && a.M === b.M;
}

function layers(count: number): string {
  return `${count} ${count === 1 ? "layer was" : "layers were"}`;
}
