import { type PhaseLabel, STYLE } from "../phase-style.js";
import { coordinate, element, type Pixel } from "./svg.js";

/** The shapes around the origin, about 12 pixels wide. */
const SHAPES: Readonly<Record<(typeof STYLE)[PhaseLabel]["mark"], string>> = {
  circle: '<circle r="5"/>',
  square: '<path d="M-4.4-4.4H4.4V4.4H-4.4Z"/>',
  triangle: '<path d="M0-5.8 5.4 4.2H-5.4Z"/>',
  diamond: '<path d="M0-6 6 0 0 6-6 0Z"/>',
  star: '<path d="M0-6.6 1.75-2.2 6.4-2 2.8.95 4 5.5 0 2.9-4 5.5-2.8.95-6.4-2-1.75-2.2Z"/>',
  cross: '<path d="M-4.4-4.4 4.4 4.4M4.4-4.4-4.4 4.4" stroke-width="2.8"/>',
  "dashed ring": '<circle r="4.4" stroke-dasharray="2.4 2"/>',
  "ring with bar": '<path d="M0-4.4A4.4 4.4 0 1 1 0 4.4A4.4 4.4 0 1 1 0-4.4M-3-3 3 3"/>',
};
/** Marks that are lines: they are never filled. */
const OUTLINES: ReadonlySet<string> = new Set(["cross", "dashed ring", "ring with bar"]);

export interface MarkOptions {
  /** Size as a factor. Default 1: 12 pixels. */
  readonly scale?: number;
  /** Not filled: the value has no meaning (a layer without a valid alpha). */
  readonly hollow?: boolean;
  /** One colour for fill and stroke instead of the phase's. */
  readonly colour?: string;
}

/** The mark of a phase at a point. Each phase has its own shape, so that colour is never the only sign. */
export function phaseMark(
  phase: PhaseLabel,
  [x, y]: Pixel,
  { scale = 1, hollow = false, colour }: MarkOptions = {},
): string {
  const { mark, colour: own } = STYLE[phase];
  const outline = OUTLINES.has(mark);
  const paint = colour ?? own;
  const size = scale === 1 ? "" : ` scale(${Math.round(scale * 100) / 100})`;
  const transform =
    x === 0 && y === 0 && scale === 1 ? undefined : `translate(${coordinate(x)} ${coordinate(y)})${size}`;
  return element(
    "g",
    {
      transform,
      fill: outline ? "none" : hollow ? "var(--paper)" : paint,
      stroke: paint,
      "stroke-width": outline || hollow ? 1.6 : undefined,
    },
    // A hollow cross has thinner arms.
    hollow ? SHAPES[mark].replace('stroke-width="2.8"', 'stroke-width="1.4"') : SHAPES[mark],
  );
}

/** The place of a layer that is not done yet. */
export function pendingMark([x, y]: Pixel, scale = 1): string {
  const side = 9 * scale;
  return element("rect", {
    x: x - side / 2,
    y: y - side / 2,
    width: side,
    height: side,
    fill: "none",
    stroke: "var(--phase-none)",
    "stroke-dasharray": "2 2",
  });
}
