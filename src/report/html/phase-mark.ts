import { type PhaseLabel, STYLE } from "../phase-style.js";
import { html, type Markup, trusted } from "./markup.js";

/** The markers of the depth chart as small pictures. */
const SHAPES: Readonly<Record<(typeof STYLE)[PhaseLabel]["marker"], string>> = {
  circle: '<circle r="5"/>',
  square: '<rect x="-4.5" y="-4.5" width="9" height="9"/>',
  triangle: '<path d="M0,-6L5.5,4H-5.5Z"/>',
  diamond2: '<path d="M0,-6L6,0L0,6L-6,0Z"/>',
  star: '<path d="M0,-6.5L1.7,-2L6.2,-2L2.6,.8L3.9,5.3L0,2.6L-3.9,5.3L-2.6,.8L-6.2,-2L-1.7,-2Z"/>',
  times: '<path d="M-4.5,-4.5L4.5,4.5M4.5,-4.5L-4.5,4.5" stroke-width="2.5"/>',
};

/** Marker and name of a phase. */
export function phaseName(phaseLabel: PhaseLabel): Markup {
  const { colour, hollow, marker } = STYLE[phaseLabel];
  const mark =
    `<svg class="mark" viewBox="-7 -7 14 14" aria-hidden="true" ` +
    `style="fill:${hollow ? "none" : colour};stroke:${colour}">${SHAPES[marker]}</svg>`;
  return html`<span class="phase">${trusted(mark)}${phaseLabel}</span>`;
}
