import { plural } from "../number-text.js";
import type { PhaseLabel } from "../phase-style.js";
import { depthDomain, phaseStrip } from "./depth-strip.js";
import { linearScale, type Scale } from "./scale.js";
import { picture, svgText } from "./svg.js";

/** A layer in two models. */
export interface PhaseChange {
  readonly before: PhaseLabel;
  readonly after: PhaseLabel;
}

/** A layer that kept its phase is faint in the lower strip, so that changes stand out. */
const UNCHANGED_OPACITY = 0.35;
const HEIGHT = 11;

/** Two strips of phases, before above after, as parts of a picture. */
export function stripRows(
  changes: readonly PhaseChange[],
  { x, top }: { readonly x: Scale; readonly top: number },
): string {
  const kept = ({ before, after }: PhaseChange): boolean => before === after;
  return (
    svgText([x.range[0] - 8, top + 9], "before", { anchor: "end" }) +
    svgText([x.range[0] - 8, top + 25], "after", { anchor: "end" }) +
    phaseStrip(
      changes.map(({ before }) => before),
      { x, top, height: HEIGHT },
    ) +
    phaseStrip(
      changes.map(({ after }) => after),
      { x, top: top + 16, height: HEIGHT, opacity: (layer) => (kept(changes[layer]) ? UNCHANGED_OPACITY : 1) },
    )
  );
}

/** The phases of all layers before and after, in order of depth. */
export function stripPair(changes: readonly PhaseChange[], { width }: { readonly width: number }): string {
  const x = linearScale(depthDomain(changes.length), [52, width - 8]);
  const changed = changes.filter(({ before, after }) => before !== after).length;
  const label = `Phases of ${plural(changes.length, "layer")} before and after: ${changed} changed.`;
  return picture({ width, height: 32 }, label, [stripRows(changes, { x, top: 2 })]);
}
