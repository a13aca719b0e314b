import type { Frame } from "./frame.js";
import { labelWidth } from "./label-boxes.js";
import { at, type Scale, ticks } from "./scale.js";
import { element, segment, svgText } from "./svg.js";
import { tickTexts } from "./tick-text.js";

export type { Frame };

interface AxisOptions {
  /** What the axis shows, in words. */
  readonly title?: string;
  /** Values and texts of the ticks. Default: round numbers, as many as there is room for. */
  readonly ticks?: readonly { readonly value: number; readonly text: string }[];
  /** Numbers that are counts: no tick lies between whole numbers. */
  readonly whole?: boolean;
}

/** The least room between two labels of the horizontal axis, and the usual distance of two ticks of the vertical. */
const LABEL_GAP = 12;
const VERTICAL_TICK_DISTANCE = 44;
/** A picture has at least this margin right of its plot. */
const MARGIN = 8;
/** The usual distance of two ticks of a horizontal axis. */
const MIN_TICK_DISTANCE = 52;

/** Ticks below the plot, with their labels and the title. The labels never overlap. */
export function bottomAxis(scale: Scale, frame: Frame, options: AxisOptions = {}): string {
  const { left, right, bottom } = frame;
  const marks = options.ticks ?? roomyTicks(scale, right - left, options.whole ?? false);
  const title =
    options.title === undefined ? "" : svgText([(left + right) / 2, bottom + 36], options.title, { anchor: "middle" });
  return (
    element("path", { d: segment([left, bottom], [right, bottom]), stroke: "var(--quiet)" }) +
    marks
      .map(({ value, text }) => {
        const x = at(scale, value);
        const tick = element("path", { d: segment([x, bottom], [x, bottom + 4]), stroke: "var(--quiet)" });
        // A label at an end of the axis stays within the picture.
        const half = labelWidth(text) / 2;
        const centre = Math.max(Math.min(left, half), Math.min(right + MARGIN - half, x));
        return tick + svgText([centre, bottom + 18], text, { anchor: "middle" });
      })
      .join("") +
    title
  );
}

/** As many ticks as fit without touching: fewer and fewer are tried. */
function roomyTicks(scale: Scale, width: number, whole: boolean): { value: number; text: string }[] {
  for (let most = Math.max(2, Math.floor(width / MIN_TICK_DISTANCE)); ; most--) {
    const marks = labelled(scale, most, whole);
    const ends = marks.map(({ value, text }) => {
      const half = labelWidth(text) / 2;
      return [at(scale, value) - half, at(scale, value) + half];
    });
    const apart = ends.every(([start], i) => i === 0 || start - ends[i - 1][1] >= LABEL_GAP);
    if (apart || most <= 1) return apart ? marks : marks.slice(0, 1);
  }
}

function labelled(scale: Scale, most: number, whole: boolean): { value: number; text: string }[] {
  const values = ticks(scale, most).filter((value) => !whole || Number.isInteger(value));
  const texts = tickTexts(scale.kind, values);
  return values.map((value, i) => ({ value, text: texts[i] }));
}

/** Hairlines across the plot with labels left of it, and the title above its left edge. */
export function leftAxis(scale: Scale, frame: Frame, options: AxisOptions & { readonly titleY?: number } = {}): string {
  const { left, right, top, bottom } = frame;
  const marks =
    options.ticks ??
    labelled(scale, Math.max(2, Math.floor((bottom - top) / VERTICAL_TICK_DISTANCE) + 1), options.whole ?? false);
  const title = options.title === undefined ? "" : svgText([left, options.titleY ?? top - 10], options.title);
  return (
    marks
      .map(({ value, text }) => {
        const y = at(scale, value);
        const line = element("path", { d: segment([left, y], [right, y]), stroke: "var(--hair)" });
        return line + svgText([left - 8, y + 4], text, { anchor: "end" });
      })
      .join("") + title
  );
}
