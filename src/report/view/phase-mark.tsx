import type { JSX } from "preact";
import type { LayerRecord } from "../../analysis/report.js";
import { type PhaseLabel, phaseLabelOf, STYLE } from "../phase-style.js";

/** The shape of each phase, about 14 units wide around the origin. Hollow ones are for what has no phase. */
export const MARK_SHAPES: Readonly<Record<PhaseLabel, string>> = {
  "random-like": '<circle r="5"/>',
  "bleeding-out": '<rect x="-4.4" y="-4.4" width="8.8" height="8.8"/>',
  "bulk+spikes": '<path d="M0-5.8 5.4 4.2H-5.4Z"/>',
  "bulk-decay": '<path d="M0-6 6 0 0 6-6 0Z"/>',
  "heavy-tailed": '<path d="M0-6.6 1.75-2.2 6.4-2 2.8.95 4 5.5 0 2.9-4 5.5-2.8.95-6.4-2-1.75-2.2Z"/>',
  "rank-collapse": '<path d="M-4.4-4.4 4.4 4.4M4.4-4.4-4.4 4.4" fill="none" stroke-width="2.8"/>',
  undecided: '<circle r="4.4" fill="none" stroke-width="1.8" stroke-dasharray="2.4 2"/>',
  failed: '<path d="M0-4.6A4.6 4.6 0 1 1 0 4.6 4.600 4.600 0 1 1 0-4.6ZM-3.2-3.2 3.2 3.2" fill="none" stroke-width="1.8"/>',
};

/** The mark of a phase, without a name: decoration beside its text. */
export function PhaseMark({ label, size = 14 }: { label: PhaseLabel; size?: number }): JSX.Element {
  const { colour } = STYLE[label];
  return (
    <svg
      class="mark"
      width={size}
      height={size}
      viewBox="-7 -7 14 14"
      aria-hidden="true"
      fill={colour}
      stroke={colour}
      // biome-ignore lint/security/noDangerouslySetInnerHtml: a constant of this file
      dangerouslySetInnerHTML={{ __html: MARK_SHAPES[label] }}
    />
  );
}

/** Mark and name. The name is in ink: colour is never the only sign. */
export function PhaseName({ label, size }: { label: PhaseLabel; size?: number }): JSX.Element {
  return (
    <span class="phase">
      <PhaseMark label={label} {...(size !== undefined && { size })} />
      {label}
    </span>
  );
}

/** The phase of a layer, with its certainty where there is one: "heavy-tailed 95 % sure". */
export function LayerPhase({ record, size }: { record: LayerRecord; size?: number }): JSX.Element {
  const { phase_confidence: sure } = record;
  return (
    <>
      <PhaseName label={phaseLabelOf(record)} {...(size !== undefined && { size })} />
      {sure !== null && <span class="quiet"> {sureText(sure)}</span>}
    </>
  );
}

/** "95 % sure", never 100 %: "over 99 % sure". */
export function sureText(probability: number): string {
  return probability > 0.99 ? "over 99 % sure" : `${Math.round(100 * probability)} % sure`;
}
