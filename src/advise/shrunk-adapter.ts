import type { Tensor } from "../formats/index.js";
import { bf16Bits, bf16Value, f16Bits, f16Value } from "../formats/safetensors/sixteen-bits.js";
import type { WritableTensor } from "../formats/safetensors/writer.js";
import { type FactorPair, factorPairs, misfit, readFactors, tensorValues } from "./peft-adapter.js";
import { type ModuleRank, rankPattern } from "./rank-pattern.js";
import { productError, productSvd } from "./shrink-adapter.js";

/** An adapter at lower ranks. */
export interface ShrunkAdapter {
  readonly tensors: readonly WritableTensor[];
  /** The adapter_config.json of the new adapter: the old one with ranks and alphas replaced. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Per module, the relative error of the product that was written, rounding to the stored type included. */
  readonly errors: ReadonlyMap<string, number>;
}

/**
 * Truncates each product B A of a PEFT adapter to its advised rank (`productSvd`). Factors keep their type and all
 * other tensors their values; the scale of each module stays what it was. Reads one module at a time; holds the new
 * factors. Rejects with a `FormatError` if a factor has no partner, the shapes do not fit, or a module has no advised
 * rank.
 */
export async function shrunkAdapter(
  tensors: readonly Tensor[],
  config: Readonly<Record<string, unknown>>,
  { ranks, signal }: { readonly ranks: readonly ModuleRank[]; readonly signal?: AbortSignal | undefined },
): Promise<ShrunkAdapter> {
  const advised = new Map(ranks.map(({ module, rank }) => [module, rank]));
  const made = new Map<Tensor, WritableTensor>();
  const errors = new Map<string, number>();
  for (const pair of factorPairs(tensors)) {
    signal?.throwIfAborted();
    const rank = advised.get(pair.module);
    // A module that kept its rank beside new defaults would load wrongly.
    if (rank === undefined) throw misfit(pair.a, "no rank is advised for its module, and all must have one");
    const { a, b, error } = await shrunkFactors(pair, rank, signal);
    errors.set(pair.module, error);
    made.set(pair.a, a).set(pair.b, b);
  }
  const written: WritableTensor[] = [];
  for (const tensor of tensors)
    written.push(made.get(tensor) ?? stored(tensor, await tensorValues(tensor, signal), tensor.shape));
  const { r, lora_alpha, rank_pattern, alpha_pattern } = rankPattern(ranks);
  return { tensors: written, config: { ...config, r, lora_alpha, rank_pattern, alpha_pattern }, errors };
}

interface WrittenPair {
  readonly a: WritableTensor;
  readonly b: WritableTensor;
  readonly error: number;
}

async function shrunkFactors(pair: FactorPair, rank: number, signal: AbortSignal | undefined): Promise<WrittenPair> {
  const { a, b } = pair;
  const factors = await readFactors(pair, signal);
  if (rank >= factors.rank)
    return {
      a: stored(a, await tensorValues(a, signal), a.shape),
      b: stored(b, await tensorValues(b, signal), b.shape),
      error: 0,
    };
  const shrunk = productSvd(factors).truncated(rank);
  const newA = stored(a, shrunk.a, [rank, ...a.shape.slice(1)]);
  const newB = stored(b, shrunk.b, [b.shape[0], rank, ...b.shape.slice(2)]);
  return { a: newA, b: newB, error: productError(factors, { ...shrunk, a: decoded(newA), b: decoded(newB) }) };
}

/** The values in the tensor's own type where it is one of floats; else as f32. */
function stored(
  { name, dtype }: Tensor,
  values: Float32Array | Float64Array,
  shape: readonly number[],
): WritableTensor {
  if (dtype === "BF16") return { name, shape, dtype: "BF16", values: Uint16Array.from(values, bf16Bits) };
  if (dtype === "F16") return { name, shape, dtype: "F16", values: Uint16Array.from(values, f16Bits) };
  return { name, shape, values: dtype === "F64" ? Float64Array.from(values) : Float32Array.from(values) };
}

function decoded({ values, dtype }: WritableTensor): ArrayLike<number> {
  if (!(values instanceof Uint16Array)) return values;
  return Float64Array.from(values, dtype === "BF16" ? bf16Value : f16Value);
}
