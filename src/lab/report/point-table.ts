import { html, type Markup } from "../../report/page-parts.js";
import { publishedRow, row } from "./point-row.js";
import type { LayerPoint } from "./sweep-points.js";

/**
 * The sweep in a table, one row per point: means and spreads over the seeds, the phase of the pooled spectrum, and
 * published values.
 */
export function pointTable(points: readonly LayerPoint[], axis: string): Markup {
  if (points.length === 0) return html``;
  const published = points.some(({ point }) => point.published !== null);
  const { name, N, M } = points[0].pooled.record;
  const headings = [
    "seeds",
    "train",
    "test",
    "gap",
    "phase",
    "sure",
    "spikes",
    "λmax / λ+",
    "soft rank",
    "stable rank",
    "alpha",
  ];
  return html`<section class="section" aria-labelledby="runs"><h2 id="runs">The sweep</h2>
<p class="note">Phase and numbers of ${name}, ${N} × ${M}: phase and alpha of the eigenvalues of all seeds pooled, the
rest as mean ± standard deviation over seeds. Train and test are accuracies.${
    published && " In grey: the paper's values for 100 epochs on all of CIFAR-10."
  }</p>
<div class="table" role="region" aria-label="Table of the sweep" tabindex="0"><table class="points">
<thead><tr><th scope="col">${axis}</th>${headings.map(
    (heading) => html`<th scope="col"${heading === "phase" && html` class="left"`}>${heading}</th>`,
  )}</tr></thead>
<tbody>${points.map((point) => [row(point), published && publishedRow(point)])}</tbody>
</table></div></section>`;
}
