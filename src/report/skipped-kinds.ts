import type { SkippedRecord } from "../analysis/report.js";
import { plural } from "./number-text.js";

interface Kind {
  readonly one: string;
  readonly many: string;
  readonly matches: (tensor: SkippedRecord) => boolean;
}

/** A vector's reason does not say whether it is a bias or a norm's parameter; its name often does. */
const isVectorNamed = ({ name, reason }: SkippedRecord, word: RegExp): boolean =>
  /^a vector\b/.test(reason) && word.test(name);

const alike = (text: string, matches: (reason: string) => boolean): Kind => ({
  one: text,
  many: text,
  matches: ({ reason }) => matches(reason),
});

/** The kinds of skipped tensors, by the reasons that `planLayers` gives. The first kind that matches counts. */
const KINDS: readonly Kind[] = [
  alike(
    "not selected",
    (reason) => reason.startsWith("not selected by --layers") || reason.startsWith("excluded by --exclude"),
  ),
  alike("too small", (reason) => reason.includes("(--min-eigenvalues)")),
  {
    one: "bias",
    many: "biases",
    matches: (tensor) => tensor.reason.startsWith("a bias") || isVectorNamed(tensor, /bias|(^|[._/])beta\b/i),
  },
  {
    one: "norm",
    many: "norms",
    matches: (tensor) =>
      tensor.reason.startsWith("a norm") || isVectorNamed(tensor, /norm|(^|[._/])(ln|bn|gn)[_\d.]|gamma\b/i),
  },
  { one: "vector", many: "vectors", matches: ({ reason }) => reason.startsWith("a vector") },
  { one: "scalar", many: "scalars", matches: ({ reason }) => reason === "a scalar" },
  {
    one: "quantisation parameter",
    many: "quantisation parameters",
    matches: ({ reason }) => /^scales|scales of a quantised weight|read dequantised/.test(reason),
  },
  {
    one: "part of a quantised weight that was not read",
    many: "parts of quantised weights that were not read",
    matches: ({ reason }) => /which was not dequantised|^stored beside|^floats of 8 bits/.test(reason),
  },
  { one: "integer tensor", many: "integer tensors", matches: ({ reason }) => reason.startsWith("integers") },
  { one: "tied weight", many: "tied weights", matches: ({ reason }) => reason.startsWith("tied with") },
  {
    one: "adapter factor",
    many: "adapter factors",
    matches: ({ reason }) => /low-rank adapter|part of the adapter/.test(reason),
  },
];

/** "4 biases, 2 norms, 1 other": how many tensors of each kind were skipped, most frequent first, others last. */
export function skippedKinds(skipped: readonly SkippedRecord[]): string {
  const counts = new Map<Kind, number>();
  for (const tensor of skipped) {
    const kind = KINDS.find(({ matches }) => matches(tensor));
    if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const others = skipped.length - [...counts.values()].reduce((sum, count) => sum + count, 0);
  const named = [...counts].sort(([, a], [, b]) => b - a).map(([{ one, many }, count]) => plural(count, one, many));
  return [...named, ...(others > 0 ? [plural(others, "other")] : [])].join(", ");
}
