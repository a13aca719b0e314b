import { printable } from "../../bytes/errors.js";
import { plural } from "../number-text.js";
import { type Painter, painter, paintPhase } from "../paint-phase.js";
import { PHASE_LETTERS } from "../phase-letters.js";
import { PHASE_LABELS, phaseLabelOf, worstPhase } from "../phase-style.js";
import { cut, pad, wrap } from "../text-layout.js";
import type { WatchReading } from "./reading.js";

/** From this confidence on, a phase has a capital letter: the chance that it is another one is small. */
const SURE = 0.8;

/** Width of the column of steps, and of what follows the map. */
const STEP_WIDTH = 10;
const TIME_WIDTH = 19;
const COUNTS_WIDTH = 24;
const MIN_CELLS = 8;

export interface LinesLook {
  readonly width: number;
  readonly color: boolean;
  /** The step is a time, in seconds since 1970. */
  readonly isTime: boolean;
}

/** What the letters and columns of the lines mean: printed before the first line, and when the layers change. */
export function phaseLegend(records: WatchReading["records"], { width, color, isTime }: LinesLook): string {
  const paint = painter(color);
  const letters = PHASE_LABELS.map((label) => paintPhase(`${PHASE_LETTERS[label]} ${label}`, label, paint));
  const half = letters.length / 2;
  const names = records.map(({ longname }) => printable(longname));
  const cells = cellsFor(names.length, width, isTime);
  const columns =
    names.length <= cells
      ? `Columns: ${plural(names.length, "layer")}, in the report's order, from ${names[0]} to ${names.at(-1)}.`
      : `Columns: ${plural(names.length, "layer")} in ${cells} groups, from ${names[0]} to ${names.at(-1)}; ` +
        "the worst phase of each group.";
  return [
    letters.slice(0, half).join("  "),
    letters.slice(half).join("  "),
    ...wrap(`${columns} Small letters: less sure than ${SURE * 100} %.`, width),
    "",
  ].join("\n");
}

/** A reading as one line: its step, one letter per layer or group of layers, and what was solved. */
export function phaseLine(reading: WatchReading, { width, color, isTime }: LinesLook): string {
  const { step, records, solved, reused } = reading;
  const cells = cellsFor(records.length, width, isTime);
  const paint = painter(color);
  const map = groupsOf(records, cells)
    .map((group) => letterOf(group, paint))
    .join("");
  const at = pad(isTime ? timeText(step) : String(step), isTime ? TIME_WIDTH : STEP_WIDTH, "right");
  return `${at}  ${map}  ${solved} solved, ${reused} reused\n`;
}

/** The alarms of a reading, one line each. */
export function alarmLines({ alarms }: WatchReading, { width, color }: LinesLook): string {
  const paint = painter(color);
  return alarms
    .map(({ layer, sentence }) => {
      const line = cut(`${" ".repeat(STEP_WIDTH)}  ! ${printable(layer)}: ${printable(sentence)}`, width);
      return `${paint.red(line)}\n`;
    })
    .join("");
}

function cellsFor(layers: number, width: number, isTime: boolean): number {
  const room = width - (isTime ? TIME_WIDTH : STEP_WIDTH) - COUNTS_WIDTH - 4;
  return Math.min(layers, Math.max(MIN_CELLS, room));
}

/** The records in so many groups of neighbours, as equal in size as can be. */
function groupsOf(records: WatchReading["records"], cells: number): WatchReading["records"][] {
  const at = (k: number): number => Math.floor((k * records.length) / cells);
  return Array.from({ length: cells }, (_, k) => records.slice(at(k), at(k + 1)));
}

function letterOf(group: WatchReading["records"], paint: Painter): string {
  const worst = worstPhase(group.map(phaseLabelOf));
  const isSure = group.some(
    (record) => phaseLabelOf(record) === worst && (record.phase_confidence === null || record.phase_confidence >= SURE),
  );
  return paintPhase(isSure ? PHASE_LETTERS[worst] : PHASE_LETTERS[worst].toLowerCase(), worst, paint);
}

/** A time in UTC: 2026-11-29 18:03:11. */
function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, TIME_WIDTH).replace("T", " ");
}
