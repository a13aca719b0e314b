import type { GroupStatistic, LayerGroup, Spread } from "../analysis/groups/layer-group.js";
import { printable } from "../bytes/errors.js";
import { blockWord, type GroupCell, type GroupPicture, groupPicture, memberWord, placeIn } from "./group-cells.js";
import { phasesText } from "./group-text.js";
import { countText, numberText, plural } from "./number-text.js";
import { type Painter, painter, paintPhase } from "./paint-phase.js";
import { PHASE_LETTERS } from "./phase-letters.js";
import { PHASE_LABELS } from "./phase-style.js";
import type { TerminalLook } from "./table.js";
import { cut, pad, wrap } from "./text-layout.js";

/** Most lines of a grid, and most of its cells in one line. */
const MAX_LINES = 16;
const MAX_ACROSS = 64;
/** Cells before the first grid: an indent, and the number of the row. */
const MARGIN = 7;
const GAP = 3;
/** Most outliers that are named under a group. */
const MAX_NAMED = 5;
/** From the lower fence of the group to the upper one. */
const LEVELS = "▁▂▃▄▅▆▇█";

/** The words for a statistic, as the table and `explain` have them. */
const WORDS: Readonly<Record<GroupStatistic, string>> = {
  alpha: "alpha",
  norm: "norm",
  lambda_max: "lambda_max",
  stable_rank: "stable rank",
};

/** Per group: what it is, its numbers, the grids of phases and of one statistic, and its outliers. */
export function renderGroups(groups: readonly LayerGroup[], { width = 80, color = false }: TerminalLook = {}): string {
  if (groups.length === 0) return "";
  const paint = painter(color);
  const lines = groups.flatMap((group) => groupLines(group, width, paint));
  return `${[...lines, ...legend(groups, width, paint)].join("\n")}\n`;
}

/** The letters of the phases that occur. */
function legend(groups: readonly LayerGroup[], width: number, paint: Painter): string[] {
  const shown = new Set(groups.flatMap(({ grid }) => grid.phase.flat()));
  const lines: { text: string; width: number }[] = [];
  for (const label of PHASE_LABELS.filter((each) => shown.has(each))) {
    const word = `${PHASE_LETTERS[label]} ${label}`;
    const last = lines.at(-1);
    const painted = `  ${paintPhase(word, label, paint)}`;
    if (last === undefined || last.width + 2 + word.length > width)
      lines.push({ text: painted, width: 2 + word.length });
    else {
      last.text += painted;
      last.width += 2 + word.length;
    }
  }
  return lines.map(({ text }) => text);
}

function groupLines(group: LayerGroup, width: number, paint: Painter): string[] {
  const { kind, name, grid, N, M } = group;
  const word = memberWord(group);
  const each =
    `${plural(group.members, "matrix", "matrices")} of ${N} x ${M}: ${plural(grid.members.length, word)} in ` +
    `${group.blocks === 1 ? "one block" : `each of ${group.blocks} blocks`}`;
  const indent = { first: "  ", rest: "    " };
  return [
    paint.bold(cut(`${kind} ${printable(name)}`, width)),
    ...wrap(each, width, indent),
    ...wrap(numbersText(group), width, indent),
    ...wrap(phasesText(group), width, indent),
    ...gridLines(group, width, paint),
    ...outlierLines(group, width),
    "",
  ];
}

function numbersText({ alpha, norm, lambda_max, stable_rank, members }: LayerGroup): string {
  const spread = (name: string, { median, lower_quartile, upper_quartile }: Spread): string =>
    `${name} ${numberText(median)} (${numberText(lower_quartile)} to ${numberText(upper_quartile)})`;
  const index =
    alpha.members === 0
      ? "alpha n/a"
      : `${spread("alpha", alpha)}${alpha.members < members ? ` of ${countText(alpha.members)}` : ""}`;
  const norms = `${spread("norm", norm)}, ${spread("lambda_max", lambda_max)}`;
  return `Medians and quartiles: ${index}, ${norms}, ${spread("stable rank", stable_rank)}`;
}

/** The grids of phases and of the statistic, side by side. */
function gridLines(group: LayerGroup, width: number, paint: Painter): string[] {
  const across = Math.max(8, Math.min(MAX_ACROSS, Math.floor((width - MARGIN - GAP) / 2)));
  const picture = groupPicture(group, { across, down: MAX_LINES });
  const { statistic, rows } = picture;
  const cells = rows[0].cells.length;
  const column = Math.max(cells, "phase".length);
  const gap = " ".repeat(GAP);
  const heading = `${" ".repeat(MARGIN)}${pad("phase", column, "left")}${gap}${WORDS[statistic]}`;
  const lines = rows.map(({ first, cells }) => {
    const number = pad(first === null ? "" : String(first), MARGIN - 2, "right");
    const blank = " ".repeat(column - cells.length);
    const phases = cells.map((cell) => phaseCharacter(cell, paint)).join("");
    const levels = cells.map((cell) => levelCharacter(cell, group[statistic], paint)).join("");
    return `${number}  ${phases}${blank}${gap}${levels}`.trimEnd();
  });
  return [...wrap(axesText(group, picture), width, { first: "  ", rest: "    " }), heading, ...lines];
}

function axesText(group: LayerGroup, { across, shared, rows }: GroupPicture): string {
  const word = memberWord(group);
  const [columns, lines] = across === "blocks" ? ["block", word] : [word, "block"];
  const several = shared.across * shared.down > 1 ? sharedText(shared, { columns, lines }) : "";
  return rows.length === 1
    ? `Across: ${columns}s.${several}`
    : `Down: ${lines}s by number. Across: ${columns}s.${several}`;
}

function sharedText(
  shared: GroupPicture["shared"],
  words: { readonly columns: string; readonly lines: string },
): string {
  const sides = [
    ...(shared.across > 1 ? [`${shared.across} ${words.columns}s`] : []),
    ...(shared.down > 1 ? [`${shared.down} ${words.lines}s`] : []),
  ];
  return ` A cell is ${sides.join(" by ")}: their commonest phase (C and ! if any), their median.`;
}

function phaseCharacter({ phase }: GroupCell, paint: Painter): string {
  return phase === null ? " " : paintPhase(PHASE_LETTERS[phase], phase, paint);
}

function levelCharacter({ value, outlier }: GroupCell, spread: Spread, paint: Painter): string {
  if (outlier) return paint.red("*");
  if (value === null) return "·";
  return LEVELS[Math.min(LEVELS.length - 1, Math.floor(placeIn(spread, value) * LEVELS.length))];
}

function outlierLines(group: LayerGroup, width: number): string[] {
  const { outliers } = group;
  if (outliers.length === 0) return [];
  const word = memberWord(group);
  const named = outliers.slice(0, MAX_NAMED).map(({ block, member, statistic, value, median, score }) => {
    const where = group.blocks === 1 ? `${word} ${member}` : `${blockWord(block)}, ${word} ${member}`;
    return (
      `${where}: ${WORDS[statistic]} ${numberText(value)}, its block ${numberText(median)} ` +
      `(${score > 0 ? "+" : "-"}${numberText(Math.abs(score))} deviations)`
    );
  });
  const more = outliers.length - named.length;
  const rest = more === 0 ? [] : [`${countText(more)} more in --json`];
  return [
    ...wrap(`* Outliers, beyond ${numberText(group.outlier_score)} robust deviations from their block:`, width, {
      first: "  ",
    }),
    ...[...named, ...rest].flatMap((text) => wrap(text, width, { first: "    ", rest: "      " })),
  ];
}
