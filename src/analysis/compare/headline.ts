import { plural } from "../words.js";
import { CHANGE_KINDS, type ChangeKind } from "./change-kind.js";
import type { ComparisonSummary, LayerComparison } from "./comparison.js";

/** Names listed in a sentence; the others are counted. */
const MAX_NAMES = 3;

type Headline = Pick<ComparisonSummary, "headline" | "stored_types" | "kind" | "kinds">;

/**
 * What kind of change it was, in one sentence: one clause per kind of change, the most serious first. It says how many
 * of how many layers, and no more than their numbers do.
 */
export function headlineOf(layers: readonly LayerComparison[]): Headline {
  const groups = CHANGE_KINDS.map((kind) => ({ kind, members: layers.filter((layer) => layer.kind === kind) })).filter(
    ({ members }) => members.length > 0,
  );
  const unknown = layers.filter(({ kind }) => kind === null).length;
  const changed = groups.filter(({ kind }) => kind !== "unchanged");
  const clauses = groups.map(({ kind, members }) => CLAUSES[kind](members, layers.length));
  if (unknown > 0) clauses.push(`${plural(unknown, "layer", "layers")} could not be judged`);
  const sentence = clauses.join("; ");
  return {
    headline: `${sentence.slice(0, 1).toUpperCase()}${sentence.slice(1)}.`,
    stored_types: storedTypes(layers),
    kind: groups.length === 0 ? null : changed.length > 1 ? "mixed" : (changed[0] ?? groups[0]).kind,
    kinds: groups.map(({ kind, members }) => ({ kind, layers: members.length })),
  };
}

type Clause = (members: readonly LayerComparison[], all: number) => string;

/** The clause of each kind, about the layers that have it. */
const CLAUSES: Readonly<Record<ChangeKind, Clause>> = {
  damaged: (members, all) => `damaged: ${of(members, all)} lost directions (${names(members)})`,
  retrained: (members, all) =>
    `retrained or another model: the leading directions of A and B agree no better than chance in ${of(members, all)}`,
  structured: (members, all) =>
    `a change with structure in ${of(members, all)}: ${rankRange(members)} of the change beyond its random part, ` +
    `${percent(members)} of the norm`,
  "low-rank": (members, all) => `a low-rank change of ${rankRange(members, "rank")} in ${of(members, all)}`,
  noise: (members, all) =>
    `B is A with noise in ${of(members, all)}: the change has no structure beyond a random matrix, ` +
    `${percent(members)} of the norm`,
  rounding: (members, all) =>
    `B is A with rounding noise in ${of(members, all)}: no more than rounding to ${types(members)} explains, ` +
    `${percent(members)} of the norm`,
  unchanged: (members, all) =>
    members.length === all
      ? `unchanged: all ${plural(all, "layer", "layers")} hold the same values`
      : `${of(members, all)} unchanged`,
};

function of({ length }: readonly LayerComparison[], all: number): string {
  return length === all ? (all === 1 ? "the one layer" : `all ${all} layers`) : `${length} of ${all} layers`;
}

function names(members: readonly LayerComparison[]): string {
  const listed = members.slice(0, MAX_NAMES).map(({ name }) => name);
  return `${listed.join(", ")}${members.length > MAX_NAMES ? `, and ${members.length - MAX_NAMES} more` : ""}`;
}

/** "rank 8", "rank 3 to 12": the smallest and the largest rank; with the ends of the intervals if they are others. */
function rankRange(members: readonly LayerComparison[], word?: string): string {
  const numbers = (read: (layer: LayerComparison) => number | null): number[] =>
    members.map(read).filter((value) => value !== null);
  const [ranks, lows, highs] = [
    numbers(({ dw_rank }) => dw_rank),
    numbers(({ dw_rank_low }) => dw_rank_low),
    numbers(({ dw_rank_high }) => dw_rank_high),
  ];
  const range = span(Math.min(...ranks), Math.max(...ranks));
  const interval = span(Math.min(...lows), Math.max(...highs));
  const sure = interval === range ? "" : ` (99 % intervals: ${interval})`;
  return word === undefined
    ? `${range} ${range === "1" ? "direction" : "directions"}${sure}`
    : `${word} ${range}${sure}`;
}

function span(from: number, to: number): string {
  return from === to ? `${from}` : `${from} to ${to}`;
}

/** The largest relative change, as "at most 8.6 %". */
function percent(members: readonly LayerComparison[]): string {
  const largest = Math.max(...members.map(({ relative_change }) => relative_change ?? 0));
  return `at most ${roundedUp(100 * largest)} %`;
}

/** To two digits, and never below the value but by the rounding of the computation itself. */
function roundedUp(value: number): number {
  const near = Number(value.toPrecision(2));
  if (near >= value * (1 - 1e-12)) return near;
  const step = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Number((near + step).toPrecision(2));
}

/** The stored types of B, and of A where they are others. */
function types(members: readonly LayerComparison[]): string {
  return [...new Set(members.flatMap(({ dtype_a, dtype_b }) => [dtype_b, dtype_a]))].join(" and ");
}

/** What is stored differently, and that phases may follow from it. null if all types are equal. */
function storedTypes(layers: readonly LayerComparison[]): string | null {
  const differing = layers.filter(({ dtype_a, dtype_b }) => dtype_a !== dtype_b);
  if (differing.length === 0) return null;
  const pairs = [...new Set(differing.map(({ dtype_a, dtype_b }) => `${dtype_a} in A, ${dtype_b} in B`))];
  const moved = differing.filter(({ phase_a, phase_b }) => phase_a !== phase_b).length;
  const phases =
    moved === 0 ? "" : `; ${plural(moved, "layer", "layers")} changed phase, which the type alone may cause`;
  return `Stored types differ in ${of(differing, layers.length)}: ${pairs.slice(0, MAX_NAMES).join("; ")}${phases}.`;
}
