import { html, type Markup, phaseName } from "../../report/page-parts.js";
import { NOT_AVAILABLE, numberText, phaseLabelOf, plusMinus } from "../../report/text-parts.js";
import type { Statistic } from "../experiments/pool-seeds.js";
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
  return html`<h2 id="runs">The sweep</h2>
<div class="scroll" role="region" aria-label="Table of the sweep" tabindex="0"><table class="points">
<caption>Phase and numbers of ${name}, ${N} × ${M}: phase and alpha of the eigenvalues of all seeds pooled, the rest as
mean ± standard deviation over seeds. Train and test are accuracies.${
    published && " In grey: the paper's values for 100 epochs on all of CIFAR-10."
  }</caption>
<thead><tr><th scope="col" class="left"><span class="cell">${axis}</span></th>${headings.map(
    (heading) =>
      html`<th scope="col"${heading === "phase" && html` class="left"`}><span class="cell">${heading}</span></th>`,
  )}</tr></thead>
<tbody>${points.map((point) => [row(point), published && publishedRow(point)])}</tbody>
</table></div>`;
}

function row({ point, pooled, softRank, stableRank, spikes, edgeRatio }: LayerPoint): Markup {
  const { record } = pooled;
  const gap =
    point.train === null || point.test === null ? NOT_AVAILABLE : (point.train.mean - point.test.mean).toFixed(3);
  const alpha =
    record.alpha_valid && record.alpha !== null ? plusMinus(record.alpha, record.sigma, " ") : NOT_AVAILABLE;
  const sure =
    record.phase === null || record.phase_confidence === null ? "" : `${Math.round(100 * record.phase_confidence)} %`;
  return html`<tr><th scope="row">${point.label}</th><td>${point.rows.length}</td>
<td>${withSpread(point.train, 3)}</td><td>${withSpread(point.test, 3)}</td><td>${gap}</td>
<td class="left">${phaseName(phaseLabelOf(record))}</td><td>${sure}</td>
<td>${withSpread(spikes, 1)}</td><td>${withSpread(edgeRatio, 2)}</td><td>${withSpread(softRank, 2)}</td>
<td>${withSpread(stableRank, 1)}</td><td>${alpha}</td></tr>
`;
}

function publishedRow({ point, published }: LayerPoint): Markup | null {
  if (point.published === null || published === null) return null;
  const { train, test } = point.published;
  const { phase, softRank, stableRank } = published;
  const gap = train === null || test === null ? NOT_AVAILABLE : (train - test).toFixed(3);
  return html`<tr class="published"><th scope="row">published</th><td></td>
<td>${numberText(train)}</td><td>${numberText(test)}</td><td>${gap}</td>
<td class="left">${phase === null ? NOT_AVAILABLE : phaseName(phase)}</td><td></td>
<td></td><td></td><td>${numberText(softRank)}</td><td>${numberText(stableRank)}</td><td></td></tr>
`;
}

/** 12.3 ± 0.4, or the number alone for one seed. */
function withSpread(value: Statistic | null, decimals: number): string | Markup {
  if (value === null) return NOT_AVAILABLE;
  const mean = value.mean.toFixed(value.count === 1 && Number.isInteger(value.mean) ? 0 : decimals);
  return value.spread === null ? mean : html`${mean} <small>± ${value.spread.toFixed(decimals)}</small>`;
}
