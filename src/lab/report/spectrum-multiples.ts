import {
  type ChartOptions,
  html,
  type LayerPicture,
  layerPicture,
  linearSpectrumChart,
  logSpectrumChart,
  type Markup,
  phaseName,
  trusted,
} from "../../report/page-parts.js";
import { numberText, phaseLabelOf, plural, plusMinus } from "../../report/text-parts.js";
import type { LayerPoint } from "./sweep-points.js";

/** The pooled spectra of a layer, one small chart per point, on linear and on logarithmic axes. */
export function spectra(points: readonly LayerPoint[], options: ChartOptions): Markup {
  const pictures = points.map(({ pooled }) => layerPicture(pooled));
  return html`<h3>Spectra</h3>
<p class="small quiet">Density of the eigenvalues of W′W, seeds pooled, on linear and on logarithmic axes.
Green: the fitted Marchenko–Pastur bulk and its edge λ+; orange strokes: spikes; purple, dashed: the power law, if it
describes the tail.</p>
<div class="multiples">${points.map((point, i) => multiple(point, pictures[i], linearSpectrumChart, options))}</div>
<div class="multiples">${points.map((point, i) => multiple(point, pictures[i], logSpectrumChart, options))}</div>`;
}

function multiple(
  { point, pooled: { record } }: LayerPoint,
  picture: LayerPicture | null,
  chart: (picture: LayerPicture, options: ChartOptions) => string,
  options: ChartOptions,
): Markup | null {
  if (picture === null) return null;
  const beyond =
    chart === linearSpectrumChart && picture.beyond > 0
      ? `, ${picture.beyond} beyond, up to ${numberText(picture.lambdaMax)}`
      : "";
  const spikes = record.spikes === null ? "no bulk fits" : plural(picture.spikeCount, "spike");
  const alpha =
    record.alpha_valid && record.alpha !== null ? `, alpha ${plusMinus(record.alpha, record.sigma, " ")}` : "";
  const facts = html`<small>${spikes}${alpha}${beyond}</small>`;
  const caption = html`<strong>${point.label}</strong> ${phaseName(phaseLabelOf(record))} ${facts}`;
  return html`<figure><figcaption>${caption}</figcaption>${trusted(chart(picture, options))}</figure>`;
}
