import { html, type Markup, PHASE_LABELS, type PhaseLabel, phaseName } from "../../report/page-parts.js";
import { phaseLabelOf } from "../../report/text-parts.js";
import type { LayerPoint } from "./sweep-points.js";

/** Most columns that can be read side by side. Of more epochs, an even selection is shown. */
const MAX_COLUMNS = 16;

/** Phases by point and by epoch, one mark per seed. Empty if only one epoch is recorded. */
export function phaseGrid(points: readonly LayerPoint[], layer: string): Markup {
  const phases = points.map(({ point }) => ({
    label: point.label,
    seeds: point.rows.map(({ run }) => phasesOf(run.epochs, layer)),
  }));
  const all = [...new Set(phases.flatMap(({ seeds }) => seeds.flatMap((seed) => [...seed.keys()])))].sort(
    (a, b) => a - b,
  );
  if (all.length < 2) return html``;
  const epochs = thinned(all);
  const seen = new Set(phases.flatMap(({ seeds }) => seeds.flatMap((seed) => [...seed.values()])));
  const cell = (seeds: readonly ReadonlyMap<number, PhaseLabel>[], epoch: number): Markup =>
    html`<td>${seeds.map((seed) => {
      const phaseLabel = seed.get(epoch);
      return phaseLabel === undefined
        ? null
        : html`<span class="mark-only" title="${phaseLabel}">${phaseName(phaseLabel)}</span>`;
    })}</td>`;
  const key = PHASE_LABELS.filter((phaseLabel) => seen.has(phaseLabel)).map(
    (phaseLabel) => html`<li>${phaseName(phaseLabel)}</li>`,
  );
  const headings = epochs.map((epoch) => html`<th scope="col">${epoch}</th>`);
  const rows = phases.map(
    ({ label, seeds }) => html`<tr><th scope="row">${label}</th>${epochs.map((epoch) => cell(seeds, epoch))}</tr>\n`,
  );
  return html`<h3>Phases by epoch</h3>
<p class="note">The phase of ${layer} after each recorded epoch, one mark per seed.</p>
<ul class="key small">${key}</ul>
<div class="table" role="region" aria-label="Phases of ${layer} by epoch" tabindex="0"><table class="grid">
<thead><tr><th scope="col">epoch</th>${headings}</tr></thead>
<tbody>${rows}</tbody>
</table></div>`;
}

function phasesOf(epochs: LayerPoint["point"]["rows"][number]["run"]["epochs"], name: string): Map<number, PhaseLabel> {
  const phases = new Map<number, PhaseLabel>();
  for (const { epoch, layers } of epochs) {
    const record = layers?.find((layer) => layer.name === name);
    if (record !== undefined) phases.set(epoch, phaseLabelOf(record));
  }
  return phases;
}

function thinned(epochs: readonly number[]): number[] {
  if (epochs.length <= MAX_COLUMNS) return [...epochs];
  const step = (epochs.length - 1) / (MAX_COLUMNS - 1);
  return [...new Set(Array.from({ length: MAX_COLUMNS }, (_, i) => epochs[Math.round(i * step)]))];
}
