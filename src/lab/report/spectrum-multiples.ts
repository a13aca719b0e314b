import {
  type DensityAxes,
  html,
  type LayerPicture,
  layerPicture,
  type Markup,
  phaseName,
  pictureChart,
  trusted,
} from "../../report/page-parts.js";
import { numberText, phaseLabelOf, plural, plusMinus } from "../../report/text-parts.js";
import type { LayerPoint } from "./sweep-points.js";

const SIZE = { width: 460, height: 280 } as const;

/** The pooled spectra of a layer, one small chart per point, on linear and on logarithmic axes. */
export function spectra(points: readonly LayerPoint[]): Markup {
  const pictures = points.map(({ pooled }) => layerPicture(pooled));
  return html`<h3>Spectra</h3>
<p class="note">Density of the eigenvalues of W′W, seeds pooled, on linear and on logarithmic axes.
Black line: the fitted Marchenko–Pastur bulk; dotted: its edge λ+. Blue: spikes. Plum, dashed: the power law with its
95 % interval, if it describes the tail. Red bar: zeros.</p>
<div class="multiples">${points.map((point, i) => multiple(point, pictures[i], "linear"))}</div>
<div class="multiples">${points.map((point, i) => multiple(point, pictures[i], "loglog"))}</div>`;
}

function multiple(
  { point, pooled: { record } }: LayerPoint,
  picture: LayerPicture | null,
  axes: DensityAxes,
): Markup | null {
  if (picture === null) return null;
  const chart = pictureChart(picture, { ...SIZE, axes });
  const beyond =
    axes === "linear" && picture.beyond > 0 ? `, ${picture.beyond} beyond, up to ${numberText(picture.lambdaMax)}` : "";
  const spikes = record.spikes === null ? "no bulk fits" : plural(picture.spikeCount, "spike");
  const alpha =
    record.alpha_valid && record.alpha !== null ? `, alpha ${plusMinus(record.alpha, record.sigma, " ")}` : "";
  const facts = html`<small>${spikes}${alpha}${beyond}</small>`;
  const caption = html`<strong>${point.label}</strong> ${phaseName(phaseLabelOf(record))} ${facts}`;
  return html`<figure><figcaption>${caption}</figcaption>${trusted(chart?.svg ?? "")}</figure>`;
}
