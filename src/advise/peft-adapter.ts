import { FormatError, type Tensor } from "../formats/index.js";
import { loadRows } from "../layers/stored-rows.js";
import { type Factors, productSvd } from "./shrink-adapter.js";

/**
 * The two tensors of one module in a PEFT adapter: A is r x in, B is out x r (kernels: r x in x h x w, out x r x 1 x
 * 1).
 */
export interface FactorPair {
  /** The module's name in the base model. */
  readonly module: string;
  readonly a: Tensor;
  readonly b: Tensor;
}

/** The spectrum of one module's product B A. */
export interface AdapterProduct {
  readonly module: string;
  readonly out: number;
  readonly inputs: number;
  readonly rank: number;
  /** The `rank` largest eigenvalues of (B A)'(B A), ascending; null if there are none. */
  readonly eigenvalues: Float64Array | null;
  /** Why there are none. */
  readonly reason: string | null;
}

/** PEFT's names of factors; the adapter's own name may stand in between. */
const FACTOR = /^(?:base_model\.model\.)?(.+)\.lora_(?:embedding_)?(A|B)(?:\.(?!weight$)[^.]+)?(?:\.weight)?$/;

/**
 * The pairs of factors of a PEFT adapter, in the order of the file; empty if the file has none. Throws `FormatError` if
 * a factor has no partner, or does not fit it.
 */
export function factorPairs(tensors: readonly Tensor[]): readonly FactorPair[] {
  const pairs = new Map<string, { a?: Tensor; b?: Tensor }>();
  for (const tensor of tensors) {
    const match = FACTOR.exec(tensor.name);
    if (match !== null) pairs.set(match[1], { ...pairs.get(match[1]), [match[2] === "A" ? "a" : "b"]: tensor });
  }
  return [...pairs].map(([module, { a, b }]) => {
    if (a === undefined || b === undefined) throw misfit((a ?? b) as Tensor, "its other factor is not in the file");
    if (a.shape.length < 2 || b.shape.length < 2 || b.shape[1] !== a.shape[0] || b.shape.slice(2).some((k) => k !== 1))
      throw misfit(a, `A is ${a.shape.join(" x ")}, B is ${b.shape.join(" x ")}`);
    return { module, a, b };
  });
}

/** Reads the two factors of a module. */
export async function readFactors({ a, b }: FactorPair, signal?: AbortSignal): Promise<Factors> {
  return {
    out: b.shape[0],
    inputs: a.shape.slice(1).reduce((product, side) => product * side, 1),
    rank: a.shape[0],
    a: await tensorValues(a, signal),
    b: await tensorValues(b, signal),
  };
}

/** All values of a tensor. */
export async function tensorValues(tensor: Tensor, signal?: AbortSignal): Promise<Float32Array | Float64Array> {
  const length = tensor.shape.reduce((product, side) => product * side, 1);
  return length === 0 ? new Float32Array(0) : loadRows(tensor, { from: 0, rows: 1, length, signal });
}

/**
 * The spectra of the products of an adapter, from their factors alone (`productSvd`): O((out + in) r^2) for a module,
 * where the spectrum of the product itself would cost O(out^2 in). Reads one module at a time.
 */
export async function adapterProducts(
  pairs: readonly FactorPair[],
  signal?: AbortSignal,
): Promise<readonly AdapterProduct[]> {
  const products: AdapterProduct[] = [];
  for (const pair of pairs) {
    signal?.throwIfAborted();
    const { module } = pair;
    const factors = await readFactors(pair, signal);
    const { out, inputs, rank } = factors;
    const finite = [factors.a, factors.b].every((values) => Array.prototype.every.call(values, Number.isFinite));
    const eigenvalues = finite
      ? productSvd(factors)
          .values.map((value) => value * value)
          .reverse()
      : null;
    products.push({
      module,
      out,
      inputs,
      rank,
      eigenvalues,
      reason: finite ? null : "a factor has NaN or infinite values",
    });
  }
  return products;
}

/** The error for factors that cannot be used. */
export function misfit({ name, file }: Tensor, what: string): FormatError {
  return new FormatError(`the factors of an adapter do not fit: ${what}`, {
    kind: "malformed",
    file,
    tensor: name,
    remedy: "Save the adapter again with PEFT's save_pretrained.",
  });
}
