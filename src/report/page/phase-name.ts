import { phaseMark } from "../charts/mark.js";
import type { PhaseLabel } from "../phase-style.js";
import { html, type Markup, trusted } from "./markup.js";

/** Mark and name of a phase. */
export function phaseName(phaseLabel: PhaseLabel): Markup {
  const box = 'width="14" height="14" viewBox="-7 -7 14 14"';
  const mark = `<svg class="mark" ${box} aria-hidden="true">${phaseMark(phaseLabel, [0, 0])}</svg>`;
  return html`<span class="phase">${trusted(mark)}${phaseLabel}</span>`;
}
