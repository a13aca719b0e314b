import type { Pace, Steps } from "../bytes/pace.js";
import type { Tensor } from "../formats/tensor.js";
import { type AdapterConfig, configuredRank, configuredScale, stepsOfPatterns } from "./adapter-config.js";
import type { Composed, Composition } from "./composition.js";
import { factorObjection, type LowRank, lowRankTensor } from "./low-rank-tensor.js";
import { product } from "./reading.js";

/** Which factor of a pair a tensor is: `a` maps the inputs to r numbers, `b` maps those to the outputs. */
type FactorKind = "a" | "b";

/** The names that a library gives the two factors of W = scale B A [HSW22]. */
interface Convention {
  /** The adapted module, which factor, and (in PEFT's running models) the adapter's name. */
  readonly pattern: RegExp;
  readonly kinds: Readonly<Record<string, FactorKind>>;
  /** A is r x in and B is out x r. PEFT's embeddings make a table of in x out from that; MLX stores both transposed. */
  readonly layout: "linear" | "embedding" | "mlx";
}

const CONVENTIONS: readonly Convention[] = [
  { pattern: /^(.*?)\.lora_(A|B)(?:\.(?!weight$)([^.]+))?(?:\.weight)?$/, kinds: { A: "a", B: "b" }, layout: "linear" },
  { pattern: /^(.*?)\.lora_embedding_(A|B)(?:\.([^.]+))?$/, kinds: { A: "a", B: "b" }, layout: "embedding" },
  {
    pattern: /^(.*?)(?:\.lora|_lora|\.lora_linear_layer)\.(down|up)\.weight$/,
    kinds: { down: "a", up: "b" },
    layout: "linear",
  },
  { pattern: /^(.*?)\.lora_(down|up)\.weight$/, kinds: { down: "a", up: "b" }, layout: "linear" },
  { pattern: /^(.*?)\.lora_(a|b)$/, kinds: { a: "a", b: "b" }, layout: "mlx" },
];

/** A substring that all of them share, to reject most other names quickly. */
const ADAPTER = /[ld]ora|\.lokr_|\.hada_|\.vera_|oft_|\.ia3_/;

/**
 * Parts of adapters of which no product is made here. The magnitudes of DoRA scale rows of W + dW and mean nothing
 * without W.
 */
const OTHER_PARTS: readonly (readonly [RegExp, string])[] = [
  [
    /[._](?:lora_magnitude_vector|dora_scale)(?:\.|$)/,
    "the magnitudes of a DoRA adapter, which need the base's weights: only B A is analysed",
  ],
  [/\.hada_[wt]\d/, "a factor of a LoHa adapter, which this version does not support"],
  [/\.lokr_[wt]\d/, "a factor of a LoKr adapter, which this version does not support"],
  [/\.lora_(?:E|ranknum)(?:\.|$)/, "a factor of an AdaLoRA adapter, which this version does not support"],
  [/\.(?:vera_lambda_[bd]|vera_[AB])(?:\.|$)/, "a factor of a VeRA adapter, which this version does not support"],
  [/\.(?:oft_[rs]|boft_[rs]|oft_blocks|ia3_l)(?:\.|$)/, "a factor of an OFT or IA3 adapter, which multiplies W"],
  [/\.lora_mid\.weight$/, "the core of a Tucker adapter, which this version does not support"],
];

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
    if (!ADAPTER.test(tensor.name)) continue;
    const other = OTHER_PARTS.find(([pattern]) => pattern.test(tensor.name));
    const factor = tensor.floating && other === undefined ? factorOf(tensor) : undefined;
    if (other !== undefined) skipReasons.set(tensor, other[1]);
    if (factor === undefined) continue;
    const key = JSON.stringify([factor.layout, factor.module, factor.adapterName]);
    pairs.set(key, { ...(pairs.get(key) ?? factor), [factor.kind]: tensor });
  }
  if (pairs.size === 0) return { compositions: [], skipReasons };
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const names = new Set(byName.keys());
  const compositions: Composition[] = [];
  for (const pair of pairs.values()) {
    if (pace.spend(PAIR_STEPS + (adapter === undefined ? 0 : stepsOfPatterns(adapter, pair.module)))) yield;
    const made = compose(pair, { adapter, byName, names });
    if ("reason" in made)
      for (const tensor of [pair.a, pair.b]) tensor !== undefined && skipReasons.set(tensor, made.reason);
    else compositions.push(made);
  }
  return { compositions, skipReasons };
}

interface Pair {
  readonly module: string;
  readonly adapterName: string;
  readonly layout: Convention["layout"];
  readonly a?: Tensor;
  readonly b?: Tensor;
}

function factorOf({ name }: Tensor): (Omit<Pair, "a" | "b"> & { readonly kind: FactorKind }) | undefined {
  for (const { pattern, kinds, layout } of CONVENTIONS) {
    const match = pattern.exec(name);
    if (match !== null && match[1] !== "")
      return { module: match[1], kind: kinds[match[2]], adapterName: match[3] ?? "", layout };
  }
  return undefined;
}

interface PairingContext {
  readonly adapter?: AdapterConfig;
  readonly byName: ReadonlyMap<string, Tensor>;
  /** Names in use; the new one is added to them. */
  readonly names: Set<string>;
}

function compose(
  { module, adapterName, layout, a, b }: Pair,
  { adapter, byName, names }: PairingContext,
): Composition | { readonly reason: string } {
  if (a === undefined || b === undefined)
    return { reason: "one of the two factors of a low-rank adapter; the other is not in the file" };
  if (product(a.shape) === 0 || product(b.shape) === 0) return { reason: "a factor of a low-rank adapter of rank 0" };
  // PEFT wraps the model; without this prefix, its name for a module is that of the base.
  const target = module.replace(/^base_model\.model\./, "");
  const fitted = fitFactors(
    a,
    b,
    adapter?.fanInFanOut && layout === "linear" && a.shape.length === 2 ? "embedding" : layout,
  );
  if (fitted === undefined) {
    return {
      reason: `the factors of a low-rank adapter do not fit each other: A ${a.shape.join(" x ")}, B ${b.shape.join(" x ")}`,
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
      reason: `of rank ${fitted.rank}, where adapter_config.json says ${configured}: the factors of all experts together, which this version does not split`,
    };
  }
  const objection = factorObjection(fitted);
  if (objection !== undefined) return { reason: objection };
  const { scaling, how, alpha } = scaleOf({ module, target, rank: fitted.rank }, { adapter, byName });
  const name = newName(target, adapterName, names);
  const part = `part of the adapter ${target}`;
  return {
    tensor: lowRankTensor(fitted, { name, a, b, scale: scaling }),
    tensorName: b.name,
    listedAs: name,
    rank: fitted.rank,
    notes: [
      `the product B A of an adapter's factors, times ${how}`,
      ...(hasMagnitudes({ module, adapterName }, byName) ? ["a DoRA adapter: its magnitudes were skipped"] : []),
      ...(configured !== undefined && configured !== fitted.rank
        ? [`adapter_config.json says rank ${configured}`]
        : []),
      ...[a, b]
        .filter(({ quantised }) => quantised)
        .map(({ name: from, dtype }) => `${from} was dequantised from ${dtype}`),
    ],
    members: new Map([a, b, ...(alpha === undefined ? [] : [alpha])].map((tensor) => [tensor, part])),
  };
}

/** DoRA's magnitudes beside the factors: PEFT's with or without the adapter's name, kohya's `dora_scale`. */
function hasMagnitudes(
  { module, adapterName }: Pick<Pair, "module" | "adapterName">,
  byName: ReadonlyMap<string, Tensor>,
): boolean {
  const ends = ["", ".weight", `.${adapterName}`, `.${adapterName}.weight`];
  return byName.has(`${module}.dora_scale`) || ends.some((end) => byName.has(`${module}.lora_magnitude_vector${end}`));
}

/** How two factors form a matrix (or a kernel, whose positions all belong to A); undefined if they do not fit. */
function fitFactors(a: Tensor, b: Tensor, layout: Convention["layout"]): LowRank | undefined {
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

interface Scaling {
  /** A number, or the tensor that holds alpha, which is to be divided by the rank. */
  readonly scaling: number | Tensor;
  readonly how: string;
  readonly alpha?: Tensor;
}

/** From the file's own alpha (kohya), else from the configuration; 1 if neither exists. */
function scaleOf(
  { module, target, rank }: { readonly module: string; readonly target: string; readonly rank: number },
  { adapter, byName }: Pick<PairingContext, "adapter" | "byName">,
): Scaling {
  const alpha = byName.get(`${module}.alpha`);
  if (alpha?.floating && product(alpha.shape) === 1)
    return { scaling: alpha, how: `the file's alpha / ${rank}`, alpha };
  const fromConfig = adapter === undefined ? undefined : configuredScale(adapter, target, rank);
  const unread = adapter?.alphaPattern.unread.length
    ? ", except for alpha_pattern entries that are regular expressions, which are not evaluated"
    : "";
  if (fromConfig !== undefined)
    return { scaling: fromConfig.scale, how: `${fromConfig.how} (adapter_config.json${unread})` };
  return { scaling: 1, how: "1, as neither the file nor an adapter_config.json gives alpha" };
}

/** The adapted weight's own name, unless the file has that name too. */
function newName(target: string, adapterName: string, names: Set<string>): string {
  const suffix = adapterName === "" || adapterName === "default" ? "lora" : adapterName;
  let name = `${target}.weight`;
  for (let k = 1; names.has(name); k++) name = `${target}.${suffix}${k === 1 ? "" : k}.weight`;
  names.add(name);
  return name;
}
