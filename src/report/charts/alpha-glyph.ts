import { OVER_TRAINED_BELOW, UNDER_TRAINED_ABOVE } from "../../analysis/verdict.js";
import type { PhaseLabel } from "../phase-style.js";
import { phaseMark } from "./mark.js";
import { atInside, type Interval, linearScale } from "./scale.js";
import { decoration, element, segment } from "./svg.js";

/** The axis of all glyphs: values outside are drawn at its ends. */
export const GLYPH_DOMAIN: Interval = [1, 8];

export interface AlphaGlyph {
  /** null: no power law describes the tail. Only the axis is drawn. */
  readonly alpha: number | null;
  readonly interval: Interval | null;
  readonly phase: PhaseLabel;
}

/** alpha with its 95 % interval on one small axis from 1 to 8, with the usual 2 to 6 shaded: a cell of a table. */
export function alphaGlyph(
  { alpha, interval, phase }: AlphaGlyph,
  { width = 92, height = 18 }: { readonly width?: number; readonly height?: number } = {},
): string {
  // A margin of half a mark on both sides.
  const scale = linearScale(GLYPH_DOMAIN, [5, width - 5]);
  const [left, right] = [atInside(scale, OVER_TRAINED_BELOW), atInside(scale, UNDER_TRAINED_ABOVE)];
  const middle = height / 2;
  return decoration({ width, height }, [
    element("rect", { x: left, y: 4, width: right - left, height: height - 8, fill: "var(--sunk)" }),
    alpha === null || interval === null
      ? ""
      : element("path", {
          d: segment([atInside(scale, interval[0]), middle], [atInside(scale, interval[1]), middle]),
          stroke: "var(--quiet)",
          "stroke-width": "1.5",
        }),
    alpha === null ? "" : phaseMark(phase, [atInside(scale, alpha), middle], { scale: 0.72 }),
  ]);
}
