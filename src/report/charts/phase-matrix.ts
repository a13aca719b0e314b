import { plural } from "../number-text.js";
import { PHASE_LABELS, STYLE } from "../phase-style.js";
import { labelWidth } from "./label-boxes.js";
import { phaseMark } from "./mark.js";
import type { PhaseChange } from "./strip-pair.js";
import { element, picture, svgText } from "./svg.js";

const CELL = { width: 40, height: 32, gap: 3 } as const;
/** Part of the colour in a cell of one layer, of each further one, and at most: the number on it needs 4.5:1. */
export const TINT = { first: 0.16, each: 0.04, most: 0.4 } as const;

/**
 * How many layers went from each phase (row) to each (column). Only phases that occur are listed. Layers that kept
 * theirs are on the diagonal, in grey. Empty without layers.
 */
export function phaseMatrix(changes: readonly PhaseChange[]): string {
  if (changes.length === 0) return "";
  const phases = PHASE_LABELS.filter((label) =>
    changes.some(({ before, after }) => before === label || after === label),
  );
  const left = Math.max(...phases.map((phase) => labelWidth(phase)), labelWidth("before ↓ after →")) + 32;
  const [column, row] = [CELL.width + CELL.gap, CELL.height + CELL.gap];
  const top = 30;
  const cells = phases.flatMap((from, i) =>
    phases.map((to, j) => {
      const count = changes.filter(({ before, after }) => before === from && after === to).length;
      return cell(count, { x: left + j * column, y: top + i * row, colour: from === to ? null : STYLE[to].colour });
    }),
  );
  const heads = phases.map((phase, i) => {
    const middle = top + i * row + CELL.height / 2;
    return (
      phaseMark(phase, [left + i * column + CELL.width / 2, 14]) +
      phaseMark(phase, [left - 14, middle], { scale: 0.9 }) +
      svgText([left - 26, middle + 4], phase, { anchor: "end" })
    );
  });
  const size = { width: left + phases.length * column, height: top + phases.length * row };
  return picture(size, sentence(changes), [
    svgText([left - 8, 18], "before ↓ after →", { anchor: "end" }),
    ...heads,
    ...cells,
  ]);
}

interface Cell {
  readonly x: number;
  readonly y: number;
  /** null on the diagonal. */
  readonly colour: string | null;
}

function cell(count: number, { x, y, colour }: Cell): string {
  const rect = { x, y, width: CELL.width, height: CELL.height, rx: 5 };
  if (count === 0) return element("rect", { ...rect, fill: "var(--panel)" });
  const tint = Math.min(TINT.most, TINT.first + TINT.each * (count - 1));
  const fill = colour === null ? { fill: "var(--sunk)" } : { fill: colour, "fill-opacity": tint.toFixed(2) };
  const text = svgText([x + CELL.width / 2, y + CELL.height / 2 + 4], String(count), {
    anchor: "middle",
    bold: true,
    fill: "var(--ink)",
  });
  return element("rect", { ...rect, ...fill }) + text;
}

function sentence(changes: readonly PhaseChange[]): string {
  const moved = new Map<string, number>();
  for (const { before, after } of changes) {
    if (before === after) continue;
    const key = `from ${before} to ${after}`;
    moved.set(key, (moved.get(key) ?? 0) + 1);
  }
  const kept = changes.length - [...moved.values()].reduce((a, b) => a + b, 0);
  const list = [...moved].map(([words, count]) => `${count} ${words}`).join(", ");
  return `Of ${plural(changes.length, "layer")}, ${kept} kept their phase${list === "" ? "" : `; ${list}`}.`;
}
