import { html, type Markup, phaseName } from "../../report/page-parts.js";
import { NOT_AVAILABLE, numberText, phaseLabelOf, plusMinus } from "../../report/text-parts.js";
import type { Statistic } from "../experiments/statistic.js";
import type { LayerPoint } from "./sweep-points.js";

/** The row of a point: means and spreads over its seeds, and the phase of the pooled spectrum. */
export function row({ point, pooled, softRank, stableRank, spikes, edgeRatio }: LayerPoint): Markup {
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

/** The row of published values under it; null if there are none. */
export function publishedRow({ point, published }: LayerPoint): Markup | null {
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
