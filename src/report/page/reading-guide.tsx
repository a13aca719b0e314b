import type { JSX } from "preact";
import type { Report } from "../../analysis/report.js";
import { type Column, columnsIn, EVIDENCE_COLUMNS, explanationOf } from "../columns.js";
import { PHASE_LABELS, STYLE } from "../phase-style.js";
import { PhaseName } from "../view/phase-mark.js";

/** How to read the page: scale, phases, alpha, and the definition of every number. */
export function ReadingGuide({ layers, schemaVersion }: Pick<Report, "layers" | "schemaVersion">): JSX.Element {
  return (
    <section class="section guide" aria-labelledby="reading">
      <h2 id="reading">How to read this</h2>
      <p>
        Eigenvalues λ are those of W′W (not divided by N), where W is the weight matrix with its larger side N first;
        the slices of a convolution are pooled into one spectrum, scaled by 1/2 as WeightWatcher does. Logarithms are
        decimal.
      </p>
      <p>
        The Marchenko–Pastur curve is the spectrum of random weights of the same shape, fitted to the bulk and drawn at
        the bulk's share of the area. Eigenvalues beyond its edge (by the Tracy–Widom law, at the 1 % level) are spikes:
        structure that training added. alpha is the exponent of the power law fitted to the tail. It is shown only if a
        power law describes the tail. A fit to a random bulk also gives a number, but that number means nothing.
      </p>
      <h3>Phases, by increasing self-regularisation</h3>
      <Phases />
      <details class="section">
        <summary>Every number and its definition</summary>
        <Definitions columns={columnsIn(layers)} prefix="c-" />
        <h3>phase_evidence</h3>
        <Definitions columns={EVIDENCE_COLUMNS} prefix="c-evidence-" />
        <p class="quiet small">Names as in the JSON report, schema version {schemaVersion}.</p>
      </details>
    </section>
  );
}

/** The definitions with the ids by which headings and numbers find them. */
function Definitions({ columns, prefix }: { columns: readonly Column[]; prefix: string }): JSX.Element {
  return (
    <dl class="glossary">
      {columns.map((column) => (
        <>
          <dt class="mono">{column.name}</dt>
          <dd id={prefix + column.name}>{explanationOf(column)}</dd>
        </>
      ))}
    </dl>
  );
}

/** What the phases mean, for pages that show little else. */
export function PhaseGuide(): JSX.Element {
  return (
    <section class="section guide" aria-labelledby="reading">
      <h2 id="reading">Phases, by increasing self-regularisation</h2>
      <Phases />
    </section>
  );
}

function Phases(): JSX.Element {
  return (
    <dl class="glossary">
      {PHASE_LABELS.map((label) => (
        <>
          <dt>
            <PhaseName label={label} />
          </dt>
          <dd>{STYLE[label].meaning}</dd>
        </>
      ))}
    </dl>
  );
}
