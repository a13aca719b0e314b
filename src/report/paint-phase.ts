import pc from "picocolors";
import { type PhaseLabel, STYLE } from "./phase-style.js";

export type Painter = ReturnType<typeof pc.createColors>;

/** Colours for a terminal, or none. */
export function painter(color: boolean): Painter {
  return pc.createColors(color);
}

/** Paints a text in the colour of a phase. */
export function paintPhase(text: string, phaseLabel: PhaseLabel, paint: Painter): string {
  return paint[STYLE[phaseLabel].ink](text);
}
