import type { Pace, Steps } from "../bytes/pace.js";
import type { Tensor } from "../formats/tensor.js";
import { type AdapterConfig, configOfModule, configuredRank, stepsOfPatterns } from "./adapter-config.js";
import { adapterPart, type FactorLayout } from "./adapter-names.js";
import { type Pair, type PairingContext, scaleOf } from "./adapter-scale.js";
import type { Composed, Composition } from "./composition.js";
import { factorObjection, type LowRank, lowRankTensor } from "./low-rank-tensor.js";
import { DORA } from "./magnitudes.js";
import { product } from "./reading.js";

/** Steps to compose two factors, and the characters of a name that the patterns above scan in one step. */
const PAIR_STEPS = 64;
const CHARACTERS_PER_STEP = 4;

/** Pairs the factors of low-rank adapters. Parts of an adapter without a partner are skipped. */
export function* composeAdapters(
  tensors: readonly Tensor[],
  adapter: AdapterConfig | undefined,
  pace: Pace,
): Steps<Omit<Composed, "notes">> {
  const skipReasons = new Map<Tensor, string>();
  const pairs = new Map<string, Pair>();
  for (const tensor of tensors) {
    if (pace.spend(1 + Math.ceil(tensor.name.length / CHARACTERS_PER_STEP))) yield;
    const part = adapterPart(tensor);
    if (part === undefined) continue;
    if ("reason" in part) {
      skipReasons.set(tensor, part.reason);
      continue;
    }
    const key = JSON.stringify([part.layout, part.module, part.adapterName]);
    pairs.set(key, { ...(pairs.get(key) ?? part), [part.kind]: tensor });
  }
  if (pairs.size === 0) return { compositions: [], skipReasons };
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const names = new Set(byName.keys());
  const compositions: Composition[] = [];
  for (const pair of pairs.values()) {
    if (pace.spend(PAIR_STEPS + (adapter === undefined ? 0 : stepsOfPatterns(adapter, pair.target)))) yield;
    const made = compose(pair, { adapter, byName, names });
    if ("reason" in made)
      for (const tensor of [pair.a, pair.b]) tensor !== undefined && skipReasons.set(tensor, made.reason);
    else compositions.push(made);
  }
  return { compositions, skipReasons };
}

function compose(
  { module, target, adapterName, layout, a, b }: Pair,
  { adapter, byName, names }: PairingContext,
): Composition | { readonly reason: string } {
  if (a === undefined || b === undefined)
    return { reason: "one of the two factors of a low-rank adapter; the other is not in the file" };
  if (product(a.shape) === 0 || product(b.shape) === 0) return { reason: "a factor of a low-rank adapter of rank 0" };
  const fanInFanOut = adapter !== undefined && configOfModule(adapter, target).config.fanInFanOut;
  const transposed = fanInFanOut && layout === "linear" && a.shape.length === 2;
  const fitted = fitFactors(a, b, transposed ? "embedding" : layout);
  if (fitted === undefined) {
    return {
      reason:
        `the factors of a low-rank adapter do not fit each other: A ${a.shape.join(" x ")}, B ` +
        `${b.shape.join(" x ")}`,
    };
  }
  const configured = adapter === undefined ? undefined : configuredRank(adapter, target);
  if (
    configured !== undefined &&
    fitted.rank !== configured &&
    /expert/i.test(module) &&
    fitted.rank % configured === 0
  ) {
    return {
      reason:
        `of rank ${fitted.rank}, where ${adapter?.source} says ${configured}: the factors of all experts ` +
        "together, which this version does not split",
    };
  }
  const objection = factorObjection(fitted);
  if (objection !== undefined) return { reason: objection };
  const scaled = scaleOf({ module, target, rank: fitted.rank }, { adapter, byName });
  if ("refused" in scaled) return { reason: `a factor of a low-rank adapter of unknown scale: ${scaled.refused}` };
  const { scaling, notes, alpha } = scaled;
  const magnitudes = magnitudesOf({ module, adapterName }, byName);
  const name = newName(target, adapterName, names);
  const part = `part of the adapter ${target}`;
  return {
    tensor: lowRankTensor(fitted, { name, a, b, scale: scaling }),
    tensorName: b.name,
    listedAs: name,
    rank: fitted.rank,
    ...(magnitudes === undefined ? {} : { magnitude: { tensor: magnitudes, transposed } }),
    notes: [
      ...notes,
      ...(magnitudes === undefined
        ? []
        : [`${DORA}: its magnitudes scale W + dW, so they are applied with --base only`]),
      ...(configured !== undefined && configured !== fitted.rank ? [`${adapter?.source} says rank ${configured}`] : []),
      ...[a, b]
        .filter(({ quantised }) => quantised)
        .map(({ name: from, dtype }) => `${from} was dequantised from ${dtype}`),
    ],
    members: new Map([a, b, ...(alpha === undefined ? [] : [alpha])].map((tensor) => [tensor, part])),
  };
}

/** DoRA's magnitudes beside the factors: PEFT's with or without the adapter's name, kohya's `dora_scale`. */
function magnitudesOf(
  { module, adapterName }: Pick<Pair, "module" | "adapterName">,
  byName: ReadonlyMap<string, Tensor>,
): Tensor | undefined {
  const ends = ["", ".weight", `.${adapterName}`, `.${adapterName}.weight`];
  const names = [`${module}.dora_scale`, ...ends.map((end) => `${module}.lora_magnitude_vector${end}`)];
  return names.map((name) => byName.get(name)).find((tensor) => tensor?.floating);
}

/** How two factors form a matrix (or a kernel, whose positions all belong to A); undefined if they do not fit. */
function fitFactors(a: Tensor, b: Tensor, layout: FactorLayout): LowRank | undefined {
  const dense = a.shape.length === 2 && b.shape.length === 2;
  if (layout === "linear") {
    const [rank, ...inputs] = a.shape;
    const [out, width, ...positions] = b.shape;
    if (a.shape.length < 2 || a.shape.length > 5 || width !== rank || product(positions) !== 1) return undefined;
    if (positions.length > 0 && a.shape.length !== b.shape.length) return undefined;
    return {
      rank,
      shape: [out, ...inputs],
      left: { tensor: b, transposed: false, length: out },
      right: { tensor: a, transposed: false, length: product(inputs) },
    };
  }
  if (!dense) return undefined;
  if (layout === "gguf-embedding") {
    const [[inputs, rank], [out, width]] = [a.shape, b.shape];
    if (rank !== width) return undefined;
    return {
      rank,
      shape: [inputs, out],
      left: { tensor: a, transposed: false, length: inputs },
      right: { tensor: b, transposed: true, length: out },
    };
  }
  const [inner, outer] = layout === "mlx" ? [a.shape[1], b.shape[0]] : [a.shape[0], b.shape[1]];
  if (inner !== outer) return undefined;
  const [left, right] = layout === "mlx" ? [b, a] : [a, b];
  const lengths = layout === "mlx" ? [b.shape[1], a.shape[0]] : [a.shape[1], b.shape[0]];
  return {
    rank: inner,
    shape: lengths,
    left: { tensor: left, transposed: true, length: lengths[0] },
    right: { tensor: right, transposed: true, length: lengths[1] },
  };
}

/** The adapted weight's own name, unless the file has that name too. */
function newName(target: string, adapterName: string, names: Set<string>): string {
  const suffix = adapterName === "" || adapterName === "default" ? "lora" : adapterName;
  let name = `${target}.weight`;
  for (let k = 1; names.has(name); k++) name = `${target}.${suffix}${k === 1 ? "" : k}.weight`;
  names.add(name);
  return name;
}
