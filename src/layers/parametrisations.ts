import type { Pace, Steps } from "../bytes/pace.js";
import type { Tensor } from "../formats/tensor.js";
import type { Composed, Composition } from "./composition.js";
import { product } from "./reading.js";
import { type Named, ofSpectralNorm, type Skipped, spectralComposition, unfit } from "./spectral-composition.js";
import { fitsSpectrally } from "./spectral-norm.js";

/** torch.nn.utils.prune: the weights before pruning, and a mask of zeros and ones. */
const PRUNED = /^(.*\.)?([^.]+)_orig$/;
/** torch.nn.utils.parametrize: the raw parameters of a weight, and the state of each map. */
const RAW_PARAMETER = /^(.*\.)?parametrizations\.([^.]+)\.original(\d*)$/;
const MAP_STATE = /^(.*\.)?parametrizations\.([^.]+)\.(\d+)\.(.+)$/;

/** A substring that all of them share, to reject most other names quickly. */
const PARAMETRISED = /_orig$|_bar$|\.parametrizations\.|^parametrizations\.|(?:^|\.)sv0$/;

/** Steps to check a name, without one per character, and to compose a weight. */
const NAME_STEPS = 4;
const PART_STEPS = 64;

type Found = Pick<Composed, "compositions" | "skipReasons">;

/**
 * The effective weights of parametrisations, as a model computes them before it multiplies: W / (u'Wv) under spectral
 * normalisation, W times its mask after pruning. The raw parameters of other parametrisations are skipped: their values
 * are not the weights. Weight norm has its own rule (`composeWeightNorms`), whose members are `taken`.
 */
export function* composeParametrisations(
  tensors: readonly Tensor[],
  { taken, pace }: { readonly taken: ReadonlySet<Tensor>; readonly pace: Pace },
): Steps<Found> {
  const none: Found = { compositions: [], skipReasons: new Map() };
  if (!tensors.some(({ name }) => PARAMETRISED.test(name))) return none;
  const byName = new Map<string, Tensor>();
  const states = new Map<string, Tensor[]>();
  for (const tensor of tensors) {
    if (pace.spend(NAME_STEPS + Math.ceil(tensor.name.length / NAME_STEPS))) yield;
    byName.set(tensor.name, tensor);
    const state = MAP_STATE.exec(tensor.name);
    if (state === null) continue;
    const owner = ownerOf(state);
    states.set(owner, [...(states.get(owner) ?? []), tensor]);
  }
  const compositions: Composition[] = [];
  const skipReasons = new Map<Tensor, string>();
  for (const raw of tensors) {
    if (taken.has(raw) || !raw.floating || product(raw.shape) === 0) continue;
    if (pace.spend(NAME_STEPS + Math.ceil(raw.name.length / NAME_STEPS))) yield;
    const made = effective(raw, { byName, states });
    if (made === undefined) continue;
    if (pace.spend(PART_STEPS)) yield;
    if ("reasons" in made) for (const [tensor, reason] of made.reasons) skipReasons.set(tensor, reason);
    else compositions.push(made);
  }
  return { compositions, skipReasons };
}

function effective(raw: Tensor, named: Named): Composition | Skipped | undefined {
  const parametrised = RAW_PARAMETER.exec(raw.name);
  if (parametrised !== null) return ofParametrize(raw, parametrised, named);
  return ofSpectralNorm(raw, named) ?? ofPruning(raw, named);
}

function ofPruning(raw: Tensor, { byName }: Named): Composition | Skipped | undefined {
  if (!PRUNED.test(raw.name)) return undefined;
  const mask = byName.get(raw.name.replace(PRUNED, "$1$2_mask"));
  if (mask === undefined || mask.unreadable !== undefined) return undefined;
  const name = raw.name.replace(PRUNED, "$1$2");
  if (byName.has(name)) {
    const why = (what: string): string => `${what} of a pruned weight, which is in the file too as ${name}`;
    return {
      reasons: [
        [raw, why("the values before pruning")],
        [mask, why("the mask")],
      ],
    };
  }
  if (mask.shape.join() !== raw.shape.join()) return { reasons: [[raw, unfit("a pruning mask", [raw, mask])]] };
  return {
    tensor: maskedTensor(raw, mask, name),
    tensorName: raw.name,
    listedAs: raw.name,
    notes: [`W = ${raw.name} times its pruning mask, entry by entry`],
    members: new Map([
      [raw, null],
      [mask, `the pruning mask of ${raw.name}, which is read with it`],
    ]),
  };
}

/** W_ij m_ij as a tensor: both are read in chunks of one size. */
function maskedTensor(raw: Tensor, mask: Tensor, name: string): Tensor {
  return {
    ...raw,
    name,
    byteLength: raw.byteLength + mask.byteLength,
    storageKey: `${raw.storageKey} * ${mask.storageKey}`,
    async *values(range = {}) {
      let at = range.from ?? 0;
      for await (const values of raw.values(range)) {
        let k = 0;
        for await (const kept of mask.values({ from: at, to: at + values.length, signal: range.signal }))
          for (const each of kept) values[k++] *= each;
        at += values.length;
        yield values;
      }
    },
  };
}

const REMOVE = "save the model after torch.nn.utils.parametrize.remove_parametrizations";

function ofParametrize(raw: Tensor, match: RegExpExecArray, { byName, states }: Named): Composition | Skipped {
  const owner = ownerOf(match);
  const state = states.get(owner) ?? [];
  const leaves = state.map(({ name }) => MAP_STATE.exec(name)?.[4]);
  const [u, v] = ["_u", "_v"].map((leaf) => state[leaves.indexOf(leaf)]);
  const alone = match[3] === "" && state.length === 2 && !byName.has(owner);
  if (alone && u?.floating && v?.floating) {
    const parts = { raw, u, v };
    if (fitsSpectrally(parts)) return spectralComposition(parts, { name: owner });
    return { reasons: [[raw, unfit("a spectral normalisation", [raw, u])]] };
  }
  const what = leaves.includes("base")
    ? "an orthogonal parametrisation, whose map (exponential, Cayley, Householder) is not in the file. By " +
      "construction all singular values of the weight are 1"
    : "a parametrisation whose map is not in the file";
  return {
    reasons: [
      [raw, `the raw parameter of ${what}; its values are not the weights: ${REMOVE}`],
      ...state.map((tensor) => [tensor, `part of the parametrisation of ${owner}`] as const),
    ],
  };
}

/** "module.weight" of "module.parametrizations.weight...". */
function ownerOf([, module = "", weight]: RegExpExecArray): string {
  return module + weight;
}
