import type { Tensor } from "../formats/tensor.js";
import type { Composition } from "./composition.js";
import { fitsSpectrally, spectralTensor } from "./spectral-norm.js";

/** Names under which libraries store a raw weight W and the vectors of its spectral normalisation. */
interface SpectralNames {
  readonly raw: RegExp;
  readonly weight: string;
  readonly u: string;
  readonly v?: string;
  /** A tensor that must be there too. */
  readonly sign?: string;
}

/** torch.nn.utils.spectral_norm, the same in torch's hooks for GANs before it, and BigGAN's layers. */
const SPECTRAL: readonly SpectralNames[] = [
  { raw: /^(.*\.)?([^.]+)_orig$/, weight: "$1$2", u: "$1$2_u", v: "$1$2_v" },
  { raw: /^(.*\.)?([^.]+)_bar$/, weight: "$1$2", u: "$1$2_u", v: "$1$2_v" },
  { raw: /^(.*\.)?weight$/, weight: "$1weight", u: "$1u0", sign: "$1sv0" },
];

/** The tensors of a module by name. */
export interface Named {
  readonly byName: ReadonlyMap<string, Tensor>;
  /** By "module.weight": the tensors of the maps of its parametrisations. */
  readonly states: ReadonlyMap<string, readonly Tensor[]>;
}

/** Tensors of a parametrisation that cannot be composed, each with its reason. */
export interface Skipped {
  readonly reasons: readonly (readonly [Tensor, string])[];
}

/** The composition of a weight under spectral normalisation, from the names that libraries give its parts. */
export function ofSpectralNorm(raw: Tensor, { byName }: Named): Composition | Skipped | undefined {
  for (const { raw: pattern, weight, ...names } of SPECTRAL) {
    if (!pattern.test(raw.name)) continue;
    const called = (what: string | undefined): Tensor | undefined =>
      what === undefined ? undefined : byName.get(raw.name.replace(pattern, what));
    const [u, v, sign] = [called(names.u), called(names.v), called(names.sign)];
    if (u?.floating !== true || (names.sign !== undefined && sign === undefined)) continue;
    const parts = { raw, u, ...(v?.floating ? { v } : {}) };
    const name = raw.name.replace(pattern, weight);
    if (name !== raw.name && byName.has(name))
      return {
        reasons: [[raw, `the raw weights of a spectral normalisation, whose result ${name} is in the file too`]],
      };
    if (!fitsSpectrally(parts)) return { reasons: [[raw, unfit("a spectral normalisation", [raw, u])]] };
    return spectralComposition(parts, { name, further: sign === undefined ? [] : [sign] });
  }
  return undefined;
}

/** W / (u'Wv) from the raw weights and the stored vectors. */
export function spectralComposition(
  parts: { readonly raw: Tensor; readonly u: Tensor; readonly v?: Tensor },
  { name, further = [] }: { readonly name: string; readonly further?: readonly Tensor[] },
): Composition {
  const { raw, u, v } = parts;
  const vectors = [u, ...(v === undefined ? [] : [v]), ...further];
  return {
    tensor: spectralTensor(parts, name),
    tensorName: raw.name,
    listedAs: raw.name,
    notes: [`W / (u'Wv): the spectral normalisation of ${raw.name} with its stored vectors`],
    members: new Map([
      [raw, null],
      ...vectors.map((tensor) => [tensor, `of the spectral normalisation of ${raw.name}`] as const),
    ]),
  };
}

/** The reason for parts whose shapes do not fit. */
export function unfit(what: string, tensors: readonly Tensor[]): string {
  const shapes = tensors.map(({ name, shape }) => `${name} ${shape.join(" x ")}`).join(", ");
  return `raw values of ${what}, whose parts do not fit: ${shapes}`;
}
