import type { Report } from "../../analysis/report.js";
import { type Column, columnsIn, EVIDENCE_COLUMNS, explanationOf } from "../columns.js";
import { PHASE_LABELS, STYLE } from "../phase-style.js";
import { html, type Markup } from "./markup.js";
import { phaseName } from "./phase-mark.js";

/** How to read the page: scale, phases, alpha, and the definition of every number. */
export function readingGuide({ layers, schemaVersion }: Report): Markup {
  const phases = PHASE_LABELS.map(
    (phaseLabel) => html`<dt>${phaseName(phaseLabel)}</dt><dd>${STYLE[phaseLabel].meaning}</dd>`,
  );
  const entry = (column: Column, id: string): Markup =>
    html`<dt>${column.name}</dt><dd id="${id}">${explanationOf(column)}</dd>`;
  return html`<h2 id="reading">How to read this</h2>
<p>Eigenvalues λ are those of W′W (not divided by N), where W is the weight matrix with its larger side N first; the
slices of a convolution are pooled into one spectrum, scaled by 1/2 as WeightWatcher does. Logarithms are decimal.</p>
<p>The Marchenko–Pastur curve is the spectrum of random weights of the same shape, fitted to the bulk and
drawn at the bulk's share of the area. Eigenvalues beyond its edge (by the Tracy–Widom law, at the 1 % level) are
spikes: structure that training added. alpha is the exponent of the power law fitted to the tail. It is shown only if a
power law describes the tail. A fit to a random bulk also gives a number, but that number means nothing.</p>
<h3>Phases, by increasing self-regularisation</h3>
<dl class="glossary">${phases}</dl>
<details><summary>Every number and its definition</summary>
<dl class="glossary">${columnsIn(layers).map((column) => entry(column, `c-${column.name}`))}</dl>
<h3>phase_evidence</h3>
<dl class="glossary">${EVIDENCE_COLUMNS.map((column) => entry(column, `c-evidence-${column.name}`))}</dl>
<p class="quiet small">Names as in the JSON report, schema version ${schemaVersion}.</p></details>`;
}
