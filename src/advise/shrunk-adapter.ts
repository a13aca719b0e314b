import { FormatError, type Tensor } from "../formats/index.js";
import { bf16Bits, bf16Value, f16Bits, f16Value } from "../formats/safetensors/sixteen-bits.js";
import type { WritableTensor } from "../formats/safetensors/writer.js";
import { loadRows } from "../layers/stored-rows.js";
import type { AdvisedRank } from "./advise-lora.js";
import { rankPattern } from "./rank-pattern.js";
import { type Factors, productError, productSvd } from "./shrink-adapter.js";

/** An adapter at lower ranks. */
export interface ShrunkAdapter {
  readonly tensors: readonly WritableTensor[];
  /** The adapter_config.json of the new adapter: the old one with ranks and alphas replaced. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Per module, the relative error of the product that was written, rounding to the stored type included. */
  readonly errors: ReadonlyMap<string, number>;
}

/** PEFT's names of factors; the adapter's own name may stand in between. */
const FACTOR = /^(?:base_model\.model\.)?(.*)\.lora_(embedding_)?(A|B)((?:\.(?!weight$)[^.]+)?(?:\.weight)?)$/;

interface Pair {
  readonly a?: Tensor;
  readonly b?: Tensor;
}

/**
 * Truncates each product B A of a PEFT adapter to its advised rank (`productSvd`). Factors keep their type and all other
 * tensors their values; the scale of each module stays what it was. Reads one module at a time; holds the new factors.
 * Rejects with a `FormatError` if a factor has no partner, or the shapes do not fit.
 */
export async function shrunkAdapter(
  tensors: readonly Tensor[],
  config: Readonly<Record<string, unknown>>,
  { ranks, signal }: { readonly ranks: readonly AdvisedRank[]; readonly signal?: AbortSignal | undefined },
): Promise<ShrunkAdapter> {
  const advised = new Map(ranks.map((rank) => [rank.module, rank]));
  const pairs = new Map<string, Pair>();
  for (const tensor of tensors) {
    const match = FACTOR.exec(tensor.name);
    if (match === null) continue;
    const [, module, , kind] = match;
    // A module that keeps its rank beside new defaults would load wrongly.
    if (!advised.has(module)) throw misfit(tensor, "the module has no spectrum, so that no rank is advised for it");
    pairs.set(module, { ...pairs.get(module), [kind === "A" ? "a" : "b"]: tensor });
  }
  const made = new Map<Tensor, WritableTensor>();
  const errors = new Map<string, number>();
  for (const [module, { a, b }] of pairs) {
    signal?.throwIfAborted();
    if (a === undefined || b === undefined) throw misfit((a ?? b) as Tensor, "its other factor is not in the file");
    const { factors, error } = await shrunkFactors({ a, b }, (advised.get(module) as AdvisedRank).rank, signal);
    errors.set(module, error);
    made.set(a, factors.a);
    made.set(b, factors.b);
  }
  const written: WritableTensor[] = [];
  for (const tensor of tensors)
    written.push(made.get(tensor) ?? stored(tensor, await valuesOf(tensor, signal), tensor.shape));
  const { r, lora_alpha, rank_pattern, alpha_pattern } = rankPattern(ranks);
  return { tensors: written, config: { ...config, r, lora_alpha, rank_pattern, alpha_pattern }, errors };
}

async function shrunkFactors(
  { a, b }: Required<Pair>,
  rank: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly factors: { readonly a: WritableTensor; readonly b: WritableTensor }; readonly error: number }> {
  const present = a.shape[0];
  if (a.shape.length < 2 || b.shape.length < 2 || b.shape[1] !== present)
    throw misfit(a, `A is ${a.shape.join(" x ")}, B is ${b.shape.join(" x ")}`);
  const factors: Factors = {
    out: b.shape[0],
    inputs: a.shape.slice(1).reduce((product, side) => product * side, 1),
    rank: present,
    a: await valuesOf(a, signal),
    b: await valuesOf(b, signal),
  };
  const shrunk = rank >= present ? undefined : productSvd(factors).truncated(rank);
  const [newA, newB] =
    shrunk === undefined
      ? [stored(a, factors.a as Float32Array, a.shape), stored(b, factors.b as Float32Array, b.shape)]
      : [
          stored(a, shrunk.a, [rank, ...a.shape.slice(1)]),
          stored(b, shrunk.b, [b.shape[0], rank, ...b.shape.slice(2)]),
        ];
  const error = shrunk === undefined ? 0 : productError(factors, { ...shrunk, a: decoded(newA), b: decoded(newB) });
  return { factors: { a: newA, b: newB }, error };
}

async function valuesOf(tensor: Tensor, signal: AbortSignal | undefined): Promise<Float32Array | Float64Array> {
  const length = tensor.shape.reduce((product, side) => product * side, 1);
  return length === 0 ? new Float32Array(0) : loadRows(tensor, { from: 0, rows: 1, length, signal });
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

function misfit({ name, file }: Tensor, what: string): FormatError {
  return new FormatError(`the factors of an adapter do not fit: ${what}`, {
    kind: "malformed",
    file,
    tensor: name,
    remedy: "Save the adapter again with PEFT's save_pretrained.",
  });
}
