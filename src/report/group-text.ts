import type { LayerGroup } from "../analysis/groups/layer-group.js";
import { memberWord } from "./group-cells.js";
import { countText, numberText, plural } from "./number-text.js";
import { PHASE_LABELS, type PhaseLabel } from "./phase-style.js";

/** A group in one line of the table: how many members, alpha, phases, outliers. */
export function groupText(group: LayerGroup): string {
  const { members, N, M, alpha, outliers } = group;
  const found = outliers.length === 0 ? "" : `${plural(outliersOf(group).size, "outlier")}, `;
  const index = alpha.members === 0 ? "" : `alpha ${numberText(alpha.median)}, `;
  return `${plural(members, memberWord(group))} ${N}x${M}: ${index}${found}${phasesText(group)}`;
}

/** The names of the outliers: one may differ in several statistics. */
function outliersOf({ outliers }: LayerGroup): ReadonlySet<string> {
  return new Set(outliers.map(({ name }) => name));
}

/** How many members have each phase: "30 heavy-tailed, 2 random-like". */
export function phasesText({ phases, undecided, failed }: LayerGroup): string {
  const counts: readonly (readonly [PhaseLabel, number])[] = PHASE_LABELS.map((label) => [
    label,
    label === "undecided" ? undecided : label === "failed" ? failed : phases[label],
  ]);
  return counts
    .filter(([, count]) => count > 0)
    .map(([label, count]) => `${countText(count)} ${label}`)
    .join(", ");
}
