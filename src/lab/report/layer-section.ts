import { html, type Markup } from "../../report/page-parts.js";
import { epochCharts, numberCharts } from "./layer-charts.js";
import { spectra } from "./spectrum-multiples.js";
import type { LayerPoint } from "./sweep-points.js";

interface SectionOptions {
  readonly axis: string;
  /** Phases by epoch. */
  readonly grid: Markup;
}

/**
 * One dense layer: its pooled spectra as a row of small charts, its numbers against the sweep, and its phases and
 * numbers by epoch.
 */
export function layerSection(name: string, points: readonly LayerPoint[], options: SectionOptions): Markup {
  if (points.length === 0) return html``;
  const { N, M } = points[0].pooled.record;
  const charts = points.length < 2 ? [] : numberCharts(points, options.axis);
  const epochs = epochCharts(name, points);
  return html`<section class="section" aria-labelledby="layer-${name}">
<h2 id="layer-${name}">${name}, ${N} × ${M}</h2>
${spectra(points)}
${options.grid}
${charts.length > 0 && html`<h3>Numbers against the sweep</h3><div class="charts">${charts}</div>`}
${epochs.some((chart) => chart !== null) && html`<h3>Numbers by epoch</h3><div class="charts">${epochs}</div>`}
</section>`;
}
