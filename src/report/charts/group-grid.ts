import type { GroupStatistic, LayerGroup } from "../../analysis/groups/layer-group.js";
import { type GroupPicture, groupPicture, memberWord, placeIn } from "../group-cells.js";
import { plural } from "../number-text.js";
import { PHASE_LABELS, type PhaseLabel, STYLE } from "../phase-style.js";
import { cellsPath, type GridCell } from "./grid-path.js";
import { phaseMark } from "./mark.js";
import { element, type Pixel, picture, svgText } from "./svg.js";

/** What the cells of a grid show. */
export type GroupQuantity = "phase" | GroupStatistic;

/** Sides of a cell in pixels. */
const MAX_CELL = 22;
const MIN_CELL = { width: 2, height: 4 } as const;
/** Cells of at least this side have room for a mark. */
const MIN_MARKED = 11;
/** Tints of a statistic, from the lower fence of the group to the upper one. */
export const TINTS = [0.06, 0.2, 0.36, 0.52, 0.7, 0.9] as const;
const LEFT = 46;
const TOP = 6;
const BOTTOM = 38;
const RIGHT = 12;
/** Least pixels between two numbers of an axis. */
const LABEL_GAP = { across: 30, down: 14 } as const;
/** Most cells: of more, neighbours share one. */
const MOST = { across: 512, down: 256 } as const;

/**
 * The members of a group by blocks: a cell is one member, or neighbours where there are very many. Colour is the phase,
 * with a mark where it is not the commonest one; or a tint the statistic, stronger for more. Outliers have a frame.
 */
export function groupGrid(
  group: LayerGroup,
  { quantity, width }: { readonly quantity: GroupQuantity; readonly width: number },
): string {
  const grid = groupPicture(group, MOST, quantity === "phase" ? undefined : quantity);
  const [columns, lines] = [grid.rows[0].cells.length, grid.rows.length];
  const cell = {
    width: Math.max(MIN_CELL.width, Math.min(MAX_CELL, (width - LEFT - RIGHT) / columns)),
    height: Math.max(MIN_CELL.height, Math.min(MAX_CELL, (0.7 * (width - LEFT - RIGHT)) / columns, 480 / lines)),
  };
  const at = (row: number, column: number): Pixel => [LEFT + column * cell.width, TOP + row * cell.height];
  const size = { width: LEFT + columns * cell.width + RIGHT, height: TOP + lines * cell.height + BOTTOM };
  const cells = grid.rows.flatMap(({ cells }, row) => cells.map((each, column) => ({ ...each, row, column })));
  const drawn = quantity === "phase" ? phaseCells(cells, cell, at) : tintCells(cells, { group, quantity, cell, at });
  const frames = cells
    .filter(({ outlier }) => outlier)
    .map(({ row, column }) => {
      const [x, y] = at(row, column);
      const frame = { x: x - 1, y: y - 1, width: cell.width + 2, height: cell.height + 2, fill: "none" };
      // The halo separates the frame from any colour of a phase.
      return (
        element("rect", { ...frame, stroke: "var(--paper)", "stroke-width": 5 }) +
        element("rect", { ...frame, stroke: "var(--ink)", "stroke-width": 2 })
      );
    });
  const outline = element("rect", {
    ...{ x: LEFT, y: TOP, width: columns * cell.width, height: lines * cell.height },
    ...{ fill: "none", stroke: "var(--line)", "stroke-width": 1 },
  });
  return picture(size, sentence(group, quantity), [...drawn, outline, ...frames, ...axes(group, grid, cell)]);
}

type Cell = GroupPicture["rows"][number]["cells"][number] & GridCell;
interface Side {
  readonly width: number;
  readonly height: number;
}
type Place = (row: number, column: number) => Pixel;

function phaseCells(cells: readonly Cell[], cell: Side, at: Place): string[] {
  const of = (label: PhaseLabel): readonly Cell[] => cells.filter(({ phase }) => phase === label);
  const present = PHASE_LABELS.filter((label) => of(label).length > 0);
  const commonest = present.toSorted((a, b) => of(b).length - of(a).length)[0];
  const fills = present.map((label) =>
    element("path", {
      d: cellsPath(of(label), cell, at),
      fill: STYLE[label].isPhase ? STYLE[label].colour : "var(--sunk)",
    }),
  );
  if (Math.min(cell.width, cell.height) < MIN_MARKED) return fills;
  const marks = cells
    .filter(({ phase }) => phase !== null && (phase !== commonest || !STYLE[phase].isPhase))
    .map(({ phase, row, column }) => {
      const [x, y] = at(row, column);
      const label = phase as PhaseLabel;
      const colour = STYLE[label].isPhase ? { colour: "var(--paper)" } : {};
      return phaseMark(label, [x + cell.width / 2, y + cell.height / 2], { scale: 0.7, ...colour });
    });
  return [...fills, ...marks];
}

function tintCells(
  cells: readonly Cell[],
  { group, quantity, cell, at }: { group: LayerGroup; quantity: GroupStatistic; cell: Side; at: Place },
): string[] {
  const levelOf = ({ value }: Cell): number | null =>
    value === null ? null : Math.min(TINTS.length - 1, Math.floor(placeIn(group[quantity], value) * TINTS.length));
  return TINTS.map((tint, level) => {
    const d = cellsPath(
      cells.filter((each) => levelOf(each) === level),
      cell,
      at,
    );
    return d === "" ? "" : element("path", { d, fill: "var(--ink)", "fill-opacity": tint.toFixed(2) });
  });
}

/** Numbers of rows and columns, as many as have room, and what they count. */
function axes(group: LayerGroup, { across, shared, rows }: GroupPicture, cell: Side): string[] {
  const { blocks, members } = group.grid;
  const numbers = across === "blocks" ? blocks : members;
  const word = memberWord(group);
  const [columnWord, rowWord] = across === "blocks" ? ["block", word] : [word, "block"];
  const columns = rows[0].cells.length;
  const every = stepFor(cell.width, LABEL_GAP.across);
  const bottom = TOP + rows.length * cell.height;
  const below = Array.from({ length: columns }, (_, column) => column)
    .filter((column) => column % every === 0)
    .map((column) => {
      const x = LEFT + (column + 0.5) * cell.width;
      return svgText([x, bottom + 15], String(numbers[column * shared.across] ?? ""), { anchor: "middle" });
    });
  const everyRow = stepFor(cell.height, LABEL_GAP.down);
  const beside = rows.map(({ first }, row) => {
    const y = TOP + (row + 0.5) * cell.height + 4;
    return row % everyRow === 0 && first !== null ? svgText([LEFT - 8, y], String(first), { anchor: "end" }) : "";
  });
  const words = rows.length === 1 ? `${columnWord} →` : `${columnWord} →   ${rowWord} ↓`;
  return [...below, ...beside, svgText([LEFT, bottom + 32], words)];
}

/** 1, 2, 5, 10, ... so that labels are at least `gap` pixels apart. */
function stepFor(side: number, gap: number): number {
  const least = gap / side;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return [1, 2, 5, 10].map((k) => k * power).find((step) => step >= least) as number;
}

function sentence(group: LayerGroup, quantity: GroupQuantity): string {
  const { name, members, blocks, outliers } = group;
  const what = quantity === "phase" ? "The phase" : `The ${quantity.replace("_", " ")}`;
  const names = new Set(outliers.map((outlier) => outlier.name)).size;
  return (
    `${what} of ${plural(members, memberWord(group))} of ${name} in ${plural(blocks, "block")}; ` +
    `${plural(names, "outlier")}.`
  );
}
