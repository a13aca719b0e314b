import type { GroupGrid, GroupOutlier, GroupStatistic, LayerGroup, Spread } from "../analysis/groups/layer-group.js";
import { median } from "../numeric/median.js";
import { type PhaseLabel, worstPhase } from "./phase-style.js";

/** Neighbours in a grid that share one cell of its picture. */
export interface GroupCell {
  /** The phase that stands for them (`sharedPhase`); null if there is no member. */
  readonly phase: PhaseLabel | null;
  /** The median of their statistic; null if none has it. */
  readonly value: number | null;
  /** Whether one of them is an outlier. */
  readonly outlier: boolean;
}

/** A grid as it is shown: the longer axis goes across. */
export interface GroupPicture {
  readonly statistic: GroupStatistic;
  readonly across: "blocks" | "members";
  /** How many neighbours share a cell, across and down. */
  readonly shared: { readonly across: number; readonly down: number };
  readonly rows: readonly { readonly first: number | null; readonly cells: readonly GroupCell[] }[];
}

/** The statistic that is shown: alpha if most members have a valid one, else the stable rank. */
export function shownStatistic({ alpha, members }: Pick<LayerGroup, "alpha" | "members">): GroupStatistic {
  return 2 * alpha.members > members ? "alpha" : "stable_rank";
}

/** The grid of a group in at most so many cells across and down; neighbours share a cell if there are more. */
export function groupPicture(
  group: LayerGroup,
  most: { readonly across: number; readonly down: number },
  statistic: GroupStatistic = shownStatistic(group),
): GroupPicture {
  const { grid } = group;
  const across = grid.blocks.length > grid.members.length ? "blocks" : "members";
  const [columns, lines] = across === "blocks" ? [grid.blocks, grid.members] : [grid.members, grid.blocks];
  const outliers = new Set(group.outliers.map(keyOf));
  const at = (line: number, column: number): GroupCell => {
    const [row, member] = across === "blocks" ? [column, line] : [line, column];
    const outlier = outliers.has(keyOf({ block: grid.blocks[row], member: grid.members[member] }));
    return { phase: grid.phase[row][member], value: grid[statistic][row][member], outlier };
  };
  const shared = { across: neighbours(columns.length, most.across), down: neighbours(lines.length, most.down) };
  const starts = (count: number, step: number): number[] =>
    Array.from({ length: Math.ceil(count / step) }, (_, k) => k * step);
  const range = (from: number, step: number, end: number): number[] =>
    Array.from({ length: Math.min(step, end - from) }, (_, k) => from + k);
  const rows = starts(lines.length, shared.down).map((line) => ({
    first: lines[line],
    cells: starts(columns.length, shared.across).map((column) =>
      joined(
        range(line, shared.down, lines.length).flatMap((l) =>
          range(column, shared.across, columns.length).map((c) => at(l, c)),
        ),
      ),
    ),
  }));
  return { statistic, across, shared, rows };
}

function keyOf({ block, member }: Pick<GroupOutlier, "block" | "member">): string {
  return `${block} ${member}`;
}

function neighbours(count: number, most: number): number {
  return Math.ceil(count / most);
}

function joined(cells: readonly GroupCell[]): GroupCell {
  if (cells.length === 1) return cells[0];
  const phases = cells.flatMap(({ phase }) => phase ?? []);
  const values = cells.flatMap(({ value }) => value ?? []);
  return {
    phase: sharedPhase(phases),
    value: values.length === 0 ? null : median(values),
    outlier: cells.some(({ outlier }) => outlier),
  };
}

/** What a reader must not miss, even if one of many has it. */
const NEVER_HIDDEN: readonly PhaseLabel[] = ["failed", "rank-collapse"];

/** Of several phases: one that is never hidden, else the commonest, of equally common ones the worse. */
export function sharedPhase(phases: readonly PhaseLabel[]): PhaseLabel | null {
  if (phases.length === 0) return null;
  const bad = NEVER_HIDDEN.find((label) => phases.includes(label));
  if (bad !== undefined) return bad;
  const counts = new Map<PhaseLabel, number>();
  for (const phase of phases) counts.set(phase, (counts.get(phase) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return worstPhase([...counts].filter(([, count]) => count === most).map(([label]) => label));
}

/** Tukey's fences: 1.5 interquartile ranges beyond the quartiles [Tuk77]. */
const FENCE = 1.5;

/**
 * Where a value lies among those of its group: 0 at the lower fence and below, 1 at the upper fence and above, by its
 * logarithm. 1/2 if the quartiles are equal.
 */
export function placeIn({ lower_quartile: low, upper_quartile: high }: Spread, value: number): number {
  if (low === null || high === null || !(low > 0) || !(high > low)) return 0.5;
  const width = Math.log(high / low);
  const from = Math.log(low) - FENCE * width;
  return Math.min(1, Math.max(0, (Math.log(value) - from) / ((1 + 2 * FENCE) * width)));
}

/** "expert 3", "head 3". */
export function memberWord({ kind }: Pick<LayerGroup, "kind">): string {
  return kind === "experts" ? "expert" : "head";
}

/** The numbers of an axis that the names show, or one row without a number. */
export function blockWord(block: GroupGrid["blocks"][number]): string {
  return block === null ? "the model" : `block ${block}`;
}
