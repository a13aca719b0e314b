import type { Pace, Steps } from "../bytes/pace.js";
import type { Tensor, Values } from "../formats/tensor.js";
import type { Composed, Composition } from "./composition.js";
import { product } from "./reading.js";
import { loadRows } from "./stored-rows.js";

/**
 * PyTorch's names for the lengths g and directions v of a weight: weight_g, weight_v, or original0, original1 of its
 * parametrisations.
 */
const DIRECTIONS: readonly (readonly [v: RegExp, g: string, weight: string])[] = [
  [/^(.*[./])?(weight[^./]*)_v$/, "$1$2_g", "$1$2"],
  [/^(.*\.)?parametrizations\.([^./]+)\.original1$/, "$1parametrizations.$2.original0", "$1$2"],
];

/** Lengths are held in memory: one per output (or per position along another axis). */
const MAX_LENGTHS = 2 ** 24;

/** Steps to check the end of a name and to compose a pair: these, plus one per character. */
const NAME_STEPS = 4;
const PAIR_STEPS = 64;

/** Pairs lengths with directions: W = g v / ||v||, the norm over all axes but one [SK16]. */
export function* composeWeightNorms(
  tensors: readonly Tensor[],
  pace: Pace,
): Steps<Pick<Composed, "compositions" | "notes">> {
  const compositions: Composition[] = [];
  const notes = new Map<Tensor, readonly string[]>();
  const candidates = tensors.filter(({ name }) => name.endsWith("_v") || name.endsWith(".original1"));
  if (candidates.length === 0) return { compositions, notes };
  const byName = new Map<string, Tensor>();
  for (const tensor of tensors) {
    if (pace.spend(NAME_STEPS)) yield;
    byName.set(tensor.name, tensor);
  }
  for (const v of candidates) {
    if (pace.spend(PAIR_STEPS + v.name.length)) yield;
    const rule = DIRECTIONS.find(([pattern]) => pattern.test(v.name));
    if (rule === undefined) continue;
    const [pattern, lengths, whole] = rule;
    const g = byName.get(v.name.replace(pattern, lengths));
    const name = v.name.replace(pattern, whole);
    if (g === undefined || !v.floating || !g.floating || product(v.shape) === 0) continue;
    const axis = lengthAxis(v.shape, g.shape);
    if (axis === undefined || byName.has(name)) {
      const why =
        axis === undefined
          ? `${g.shape.join(" x ")} lengths do not fit ${v.shape.join(" x ")} directions`
          : `the file has ${name} too`;
      notes.set(v, [`directions of a weight-norm pair, analysed as stored: ${why}`]);
      continue;
    }
    compositions.push({
      tensor: normedTensor(v, g, { name, axis }),
      tensorName: v.name,
      listedAs: v.name,
      notes: [`W = g v / ||v||, composed of ${v.name} and its lengths`],
      members: new Map([
        [v, null],
        [g, `lengths of the weights in ${v.name}, which are read with it`],
      ]),
    });
  }
  return { compositions, notes };
}

/**
 * The axis along which lengths differ: usually 0, another if g has its side there; "all" for one length of the whole.
 * Undefined if they do not fit.
 */
function lengthAxis(v: readonly number[], g: readonly number[]): number | "all" | undefined {
  const count = product(g);
  if (count > MAX_LENGTHS) return undefined;
  if (count === 1) return "all";
  if (g.length === 1) return g[0] === v[0] ? 0 : undefined;
  if (g.length !== v.length) return undefined;
  const axis = g.findIndex((side) => side > 1);
  return g[axis] === v[axis] && count === g[axis] ? axis : undefined;
}

/**
 * g v / ||v|| as a tensor. Each reading takes two passes over v: one for the norms (of the requested rows, if lengths
 * are per row), one for the values.
 */
function normedTensor(
  v: Tensor,
  g: Tensor,
  { name, axis }: { readonly name: string; readonly axis: number | "all" },
): Tensor {
  const total = product(v.shape);
  const inner = axis === "all" ? total : product(v.shape.slice(axis + 1));
  const positions = axis === "all" ? 1 : v.shape[axis];
  return {
    ...v,
    name,
    byteLength: v.byteLength + g.byteLength,
    storageKey: `${v.storageKey} * ${g.storageKey}`,
    async *values({ from = 0, to = total, chunk, signal } = {}) {
      const lengths = await loadRows(g, { from: 0, rows: 1, length: positions, signal });
      const span =
        axis === 0 ? { from: from - (from % inner), to: Math.ceil(to / inner) * inner } : { from: 0, to: total };
      const squares = new Float64Array(positions);
      let at = span.from;
      for await (const values of v.values({ ...span, signal })) {
        for (const { position, begin, end } of runsIn(values, { at, inner, positions })) {
          for (let i = begin; i < end; i++) squares[position] += values[i] ** 2;
        }
        at += values.length;
      }
      const factors = squares.map((square, position) => lengths[position] / Math.sqrt(square));
      at = from;
      for await (const values of v.values({ from, to, signal, ...(chunk === undefined ? {} : { chunk }) })) {
        for (const { position, begin, end } of runsIn(values, { at, inner, positions })) {
          for (let i = begin; i < end; i++) values[i] *= factors[position];
        }
        at += values.length;
        yield values;
      }
    },
  };
}

interface Run {
  readonly position: number;
  readonly begin: number;
  readonly end: number;
}

interface Axis {
  /** The index of the first value in the tensor. */
  readonly at: number;
  /** Consecutive elements at one position along the axis, and the number of positions. */
  readonly inner: number;
  readonly positions: number;
}

/** Consecutive values, cut where the position along the axis changes. */
function* runsIn({ length }: Values, { at, inner, positions }: Axis): Generator<Run> {
  for (let begin = 0; begin < length; ) {
    const end = Math.min(length, begin + inner - ((at + begin) % inner));
    yield { position: Math.floor((at + begin) / inner) % positions, begin, end };
    begin = end;
  }
}
