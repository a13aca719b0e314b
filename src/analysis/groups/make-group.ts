import { median } from "../../numeric/median.js";
import { PHASES, type Phase, type PhaseName } from "../../phases/phase.js";
import {
  type CellPhase,
  GROUP_STATISTICS,
  type GroupGrid,
  type GroupOutlier,
  type GroupStatistic,
  type LayerGroup,
  type Spread,
} from "./layer-group.js";
import { memberScores, outlierScore } from "./outlier-scores.js";

/** What a group needs of each of its members: fields of a layer's row, or of a head. */
export interface GroupMember {
  readonly block: number | null;
  readonly member: number;
  readonly layer_id: number;
  readonly name: string;
  readonly N: number;
  readonly M: number;
  readonly phase: PhaseName | null;
  readonly alpha: number | null;
  readonly alpha_valid: boolean;
  readonly norm: number | null;
  readonly lambda_max: number | null;
  readonly stable_rank: number | null;
}

/** A grid may have so many times as many cells as members: numbers in a file's names must not cost memory. */
const MAX_CELLS_PER_MEMBER = 16;

/**
 * The group of some members; null for fewer than two, or if their numbers are so scattered that a grid would be nearly
 * empty.
 */
export function makeGroup(
  members: readonly GroupMember[],
  { kind, name, role }: Pick<LayerGroup, "kind" | "name" | "role">,
): LayerGroup | null {
  const blocks = sorted(members.map(({ block }) => block));
  const columns = sorted(members.map(({ member }) => member));
  if (members.length < 2 || blocks.length * columns.length > MAX_CELLS_PER_MEMBER * members.length) return null;
  const cells = cellsOf(members, blocks, columns);
  const grid = gridOf(cells, blocks, columns);
  const labels = grid.phase.flat();
  const count = (label: CellPhase): number => labels.filter((each) => each === label).length;
  const [{ N, M }] = members;
  const present = labels.filter((each) => each !== null).length;
  const least = outlierScore(present);
  return {
    ...{
      kind,
      name,
      role,
      N,
      M,
      blocks: blocks.length,
      members: present,
      failed: count("failed"),
    },
    phases: Object.fromEntries(PHASES.map((phase) => [phase, count(phase)])) as Record<Phase, number>,
    undecided: count("undecided"),
    alpha: spreadOf(grid.alpha),
    norm: spreadOf(grid.norm),
    lambda_max: spreadOf(grid.lambda_max),
    stable_rank: spreadOf(grid.stable_rank),
    grid,
    outlier_score: least,
    outliers: GROUP_STATISTICS.flatMap((statistic) => outliersIn({ cells, grid, least }, statistic)).sort(
      (a, b) => Math.abs(b.score) - Math.abs(a.score),
    ),
  };
}

type Cells = readonly (readonly (GroupMember | null)[])[];

function sorted<T extends number | null>(values: readonly T[]): T[] {
  return [...new Set(values)].sort((a, b) => (a ?? -1) - (b ?? -1));
}

function cellsOf(
  members: readonly GroupMember[],
  blocks: readonly (number | null)[],
  columns: readonly number[],
): Cells {
  const rowOf = new Map(blocks.map((block, row) => [block, row]));
  const columnOf = new Map(columns.map((member, column) => [member, column]));
  const cells: (GroupMember | null)[][] = blocks.map(() => columns.map(() => null));
  for (const each of members) cells[rowOf.get(each.block) as number][columnOf.get(each.member) as number] = each;
  return cells;
}

function gridOf(cells: Cells, blocks: GroupGrid["blocks"], members: readonly number[]): GroupGrid {
  const map = <T>(value: (member: GroupMember) => T): (T | null)[][] =>
    cells.map((row) => row.map((member) => (member === null ? null : value(member))));
  return {
    blocks,
    members,
    layer_id: map(({ layer_id }) => layer_id),
    phase: map(({ phase, lambda_max }) => (lambda_max === null ? "failed" : (phase ?? "undecided"))),
    alpha: map(({ alpha, alpha_valid }) => (alpha_valid ? alpha : null)),
    norm: map(({ norm }) => norm),
    lambda_max: map(({ lambda_max }) => lambda_max),
    stable_rank: map(({ stable_rank }) => stable_rank),
  };
}

function spreadOf(grid: readonly (readonly (number | null)[])[]): Spread {
  const values = grid.flat().filter((value): value is number => value !== null && Number.isFinite(value));
  const ascending = values.sort((a, b) => a - b);
  const at = (part: readonly number[]): number | null => (part.length === 0 ? null : median(part));
  // Quartiles are the medians of the two halves; a middle value belongs to both.
  const half = Math.ceil(ascending.length / 2);
  return {
    median: at(ascending),
    lower_quartile: at(ascending.slice(0, half)),
    upper_quartile: at(ascending.slice(ascending.length - half)),
    members: ascending.length,
  };
}

interface Compared {
  readonly cells: Cells;
  readonly grid: GroupGrid;
  /** The score of an outlier. */
  readonly least: number;
}

function outliersIn({ cells, grid, least }: Compared, statistic: GroupStatistic): GroupOutlier[] {
  return memberScores(grid[statistic])
    .filter(({ score }) => Math.abs(score) > least)
    .map(({ row, column, median, score }) => {
      const { block, member, layer_id, name } = cells[row][column] as GroupMember;
      return { block, member, layer_id, name, statistic, value: grid[statistic][row][column] as number, median, score };
    });
}
