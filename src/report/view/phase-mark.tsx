import type { JSX } from "preact";
import type { LayerRecord } from "../../analysis/report.js";
import { sureText } from "../certainty.js";
import { phaseMark } from "../charts/mark.js";
import { type PhaseLabel, phaseLabelOf } from "../phase-style.js";

/** The mark of a phase, without a name: decoration beside its text. */
export function PhaseMark({ label, size = 14 }: { label: PhaseLabel; size?: number }): JSX.Element {
  return (
    <svg
      class="mark"
      width={size}
      height={size}
      viewBox="-7 -7 14 14"
      aria-hidden="true"
      dangerouslySetInnerHTML={{ __html: phaseMark(label, [0, 0], { hollow: HOLLOW.has(label) }) }}
    />
  );
}

const HOLLOW: ReadonlySet<PhaseLabel> = new Set(["undecided", "failed"]);

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
