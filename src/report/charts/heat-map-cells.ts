import { type PhaseLabel, worstPhase } from "../phase-style.js";

/** A layer at a reading. */
export interface HeatCell {
  readonly phase: PhaseLabel;
  /** Confidence of the phase, 0 to 1. null: not known. */
  readonly confidence: number | null;
}

/** All layers at one step. null: the layer was not read. */
export interface HeatReading {
  readonly step: number;
  readonly cells: readonly (HeatCell | null)[];
}

/** A rectangle to paint, in pixels. */
export interface HeatRect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly phase: PhaseLabel;
  readonly opacity: number;
}

/** A mark where the phase of a layer changes. */
export interface HeatChange {
  readonly x: number;
  readonly y: number;
  readonly phase: PhaseLabel;
}

export interface HeatLayout {
  readonly left: number;
  readonly top: number;
  readonly columnWidth: number;
  readonly rowHeight: number;
}

/** Confidences that are drawn as the faintest and as the full colour. */
const [FAINT_CONFIDENCE, FULL_CONFIDENCE] = [0.4, 0.95];
const MIN_OPACITY = 0.35;
/** A mark needs a column this wide. */
export const MIN_WIDTH_FOR_MARKS = 14;

/** The less sure a phase is, the fainter: linear between the two confidences, to hundredths. */
export function confidenceOpacity(confidence: number | null): number {
  if (confidence === null) return 1;
  const part = (confidence - FAINT_CONFIDENCE) / (FULL_CONFIDENCE - FAINT_CONFIDENCE);
  return Math.round(100 * (MIN_OPACITY + (1 - MIN_OPACITY) * Math.max(0, Math.min(1, part)))) / 100;
}

/** The share of readings to columns: every reading a column, or several merged into each of `most`. */
export function mergeReadings(readings: readonly HeatReading[], most: number): HeatReading[] {
  if (readings.length <= most) return [...readings];
  return Array.from({ length: most }, (_, i) => {
    const group = readings.slice(
      Math.floor((i * readings.length) / most),
      Math.floor(((i + 1) * readings.length) / most),
    );
    return { step: group[0].step, cells: group[0].cells.map((_, row) => worstCell(group, row)) };
  });
}

/** The cell with the worst phase, so that a short collapse is not lost between two columns. */
function worstCell(group: readonly HeatReading[], row: number): HeatCell | null {
  const cells = group.flatMap(({ cells }) => cells[row] ?? []);
  if (cells.length === 0) return null;
  const worst = worstPhase(cells.map(({ phase }) => phase));
  const sure = cells.flatMap(({ phase, confidence }) => (phase === worst && confidence !== null ? [confidence] : []));
  return { phase: worst, confidence: sure.length === 0 ? null : Math.max(...sure) };
}

/**
 * The rectangles of the readings from `first` on: a canvas that has the others adds a reading by painting only its own.
 * A rectangle is a cell; undecided and failed cells are to be painted as outlines. O(layers x readings).
 */
export function heatRects(readings: readonly HeatReading[], layout: HeatLayout, first = 0): HeatRect[] {
  const { left, top, columnWidth, rowHeight } = layout;
  // Cells are apart by a hairline where there is room for it.
  const gap = columnWidth >= 4 ? 0.4 : 0;
  return readings.slice(first).flatMap(({ cells }, i) =>
    cells.flatMap((cell, row): HeatRect[] =>
      cell === null
        ? []
        : [
            {
              x: left + (first + i) * columnWidth + gap,
              y: top + row * rowHeight + 0.8,
              width: columnWidth - 2 * gap,
              height: rowHeight - 1.6,
              phase: cell.phase,
              opacity: confidenceOpacity(cell.confidence),
            },
          ],
    ),
  );
}

/** Marks in the cells whose phase differs from that of the reading before, and in the first ones. */
export function heatChanges(readings: readonly HeatReading[], layout: HeatLayout, first = 0): HeatChange[] {
  const { left, top, columnWidth, rowHeight } = layout;
  if (columnWidth < MIN_WIDTH_FOR_MARKS) return [];
  return readings.slice(first).flatMap(({ cells }, i) =>
    cells.flatMap((cell, row): HeatChange[] => {
      const before = readings[first + i - 1]?.cells[row] ?? null;
      if (cell === null || cell.phase === "undecided" || before?.phase === cell.phase) return [];
      return [
        {
          x: left + (first + i + 0.5) * columnWidth,
          y: top + (row + 0.5) * rowHeight,
          phase: cell.phase,
        },
      ];
    }),
  );
}
