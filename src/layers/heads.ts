import type { Layer } from "./layer.js";
import type { HeadEvidence, LayerHeads } from "./layer-heads.js";
import { configFor, type ModelConfig } from "./model-config.js";
import type { Role } from "./role.js";
import { nameParts } from "./tensor-name.js";

/** Heads of queries, and of keys and values if it was said: `--heads=12`, `--heads=12/4`. */
export interface StatedHeads {
  readonly heads: number;
  readonly keyValueHeads?: number | undefined;
}

export interface HeadOptions {
  /** Option heads: true, or the numbers that the user states. */
  readonly asked: true | StatedHeads;
  readonly config?: ModelConfig | undefined;
  /** Where `config` comes from. */
  readonly configFrom: string;
  /** By the index of a layer, what its tensor shows. */
  readonly evidence: ReadonlyMap<number, HeadEvidence>;
}

/** Layers with their heads, and for each projection of attention without, why. */
export interface HeadPlan {
  readonly layers: readonly Layer[];
  readonly uncut: readonly { readonly name: string; readonly reason: string }[];
}

const ATTENTION: ReadonlySet<Role | null> = new Set<Role>([
  ...(["attention.q", "attention.k", "attention.v", "attention.kv"] as const),
  ...(["attention.qkv", "attention.o"] as const),
]);
const OF_KEYS: ReadonlySet<Role | null> = new Set<Role>(["attention.k", "attention.v"]);
/** Compressions that all heads share, in multi-head latent attention. */
const SHARED = /(?:^|[./])(?:q_a_proj|wq_a|attn_q_a|kv_a_proj(?:_with_mqa)?|wkv_a|attn_kv_a_mqa)(?:$|[./[])/;
/** The reason where nothing tells the number. */
export const UNKNOWN_HEADS = "the number of heads is not known";

/**
 * Cuts the projections of attention into heads where their number is certain: the tensor's own shape or graph decides,
 * then what the user states, then the configuration. A number that does not fit the matrix cuts nothing.
 */
export function cutIntoHeads(layers: readonly Layer[], options: HeadOptions): HeadPlan {
  const uncut: { name: string; reason: string }[] = [];
  const queries = new Map<string, LayerHeads>();
  const keys = new Map<string, LayerHeads>();
  // Queries first, then keys: they give the number for what is beside them.
  const cuts = new Map<Layer, LayerHeads>();
  const order: readonly (Role | null)[] = ["attention.q", "attention.k"];
  for (const layer of [
    ...layers.filter(({ role }) => role === order[0]),
    ...layers.filter(({ role }) => role === order[1]),
    ...layers.filter(({ role }) => ATTENTION.has(role) && !order.includes(role)),
  ]) {
    const module = moduleOf(layer.name);
    const found = headsOf(layer, options, { queries: queries.get(module), keys: keys.get(module) });
    if (typeof found === "string") uncut.push({ name: layer.name, reason: found });
    else cuts.set(layer, found);
    if (typeof found !== "string" && layer.role === order[0]) queries.set(module, found);
    if (typeof found !== "string" && layer.role === order[1]) keys.set(module, found);
  }
  return {
    layers: layers.map((layer) => {
      const heads = cuts.get(layer);
      return heads === undefined ? layer : { ...layer, heads, notes: [...layer.notes, noteOf(heads)] };
    }),
    uncut,
  };
}

function noteOf({ count, size, from }: LayerHeads): string {
  return `${count} ${count === 1 ? "head" : "heads"} of ${size}, by ${from}`;
}

/** "h.0.attn." for h.0.attn.q_proj and h.0.attn.c_attn[q]. */
function moduleOf(name: string): string {
  return nameParts(name.replace(/\[.*$/, "")).owner;
}

interface Beside {
  readonly queries?: LayerHeads | undefined;
  readonly keys?: LayerHeads | undefined;
}

function headsOf(layer: Layer, options: HeadOptions, beside: Beside): LayerHeads | string {
  const { name, role, rf } = layer;
  const { outputs, shown } = options.evidence.get(layer.index) ?? { outputs: ["rows", "columns"] };
  if (rf > 1) return "it is a stack of matrices";
  if (role === "attention.qkv") return "its queries, keys and values were analysed as one matrix";
  if (SHARED.test(name)) return "all heads share it";
  const sides = { rows: layer.source.rows, columns: layer.source.cols };
  if (shown !== undefined) return { ...shown, size: sides[shown.along] / shown.count };
  // Outputs are divided into heads; o takes the heads as its inputs.
  const axes = role === "attention.o" ? outputs.map(other) : outputs;
  const { asked } = options;
  if (asked !== true) return statedHeads(role, asked, { along: axes[0], side: sides[axes[0]], beside });
  const config = configFor(name, options.config);
  const side = sideOf(name, config);
  const count = OF_KEYS.has(role) ? (side?.keyValueHeads ?? side?.heads) : side?.heads;
  if (count === undefined) return UNKNOWN_HEADS;
  const size = sizeOf(role, side as ModelConfig);
  const along = axes.find((axis) => (size === undefined ? sides[axis] % count === 0 : sides[axis] === count * size));
  if (along === undefined)
    return size === undefined
      ? `${sides[axes[0]]} ${axes[0]} are no multiple of ${count} heads`
      : `${count} heads of ${size} do not give its ${sides[axes[0]]} ${axes[0]}`;
  return { count, size: sides[along] / count, along, from: options.configFrom };
}

function other(axis: "rows" | "columns"): "rows" | "columns" {
  return axis === "rows" ? "columns" : "rows";
}

/** Encoder and decoder may have heads of their own (BART, Whisper). */
function sideOf(name: string, config: ModelConfig | undefined): ModelConfig | undefined {
  if (config === undefined) return undefined;
  const own = /(?:^|[./])decoder[./]/.test(name)
    ? config.decoderHeads
    : /(?:^|[./])encoder[./]/.test(name)
      ? config.encoderHeads
      : undefined;
  return own === undefined ? config : { ...config, heads: own, keyValueHeads: own };
}

/** Rows or columns of one head, if the configuration tells it; in latent attention the matrix tells it. */
function sizeOf(role: Role | null, { heads, hiddenSize, headDim, valueDim, latent }: ModelConfig): number | undefined {
  if (latent === true || role === "attention.kv") return undefined;
  if (role === "attention.v" || role === "attention.o") if (valueDim !== undefined) return valueDim;
  return headDim ?? (hiddenSize === undefined || heads === undefined ? undefined : hiddenSize / heads);
}

interface Stated {
  readonly along: "rows" | "columns";
  readonly side: number;
  readonly beside: Beside;
}

/** Queries and keys need heads of one size: the queries beside a projection tell how many heads of keys there are. */
function statedHeads(
  role: Role | null,
  { heads, keyValueHeads }: StatedHeads,
  { along, side, beside: { queries, keys } }: Stated,
): LayerHeads | string {
  const own = !OF_KEYS.has(role)
    ? heads
    : (keyValueHeads ??
      (role === "attention.k" && queries !== undefined ? side / queries.size : undefined) ??
      (role === "attention.v" ? keys?.count : undefined) ??
      heads);
  if (!Number.isInteger(own) || side % own !== 0)
    return Number.isInteger(own)
      ? `${side} ${along} are no multiple of ${own} heads`
      : `${side} ${along} are no multiple of the ${queries?.size} of a head of queries`;
  const size = side / own;
  if (role === "attention.k" && queries !== undefined && size !== queries.size)
    return `${own} heads of keys would have ${size} ${along}, those of queries have ${queries.size}`;
  return { count: own, size, along, from: "--heads" };
}
