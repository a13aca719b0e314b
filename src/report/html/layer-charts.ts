import { pictureChart } from "../charts/spectrum/spectrum-chart.js";
import { numberText, plural } from "../number-text.js";
import type { LayerPicture } from "../picture.js";
import { html, type Markup, trusted } from "./markup.js";

/** Size of the two charts of a layer. */
export const SPECTRUM_SIZE = { width: 460, height: 280 } as const;

/** A layer's spectrum on logarithmic and on linear axes, with its legend. */
export function charts(picture: LayerPicture): Markup {
  const log = pictureChart(picture, { ...SPECTRUM_SIZE, axes: "loglog" });
  const linear = pictureChart(picture, { ...SPECTRUM_SIZE, axes: "linear" });
  if (log === null || linear === null)
    return html`<p>No eigenvalue is above the rounding floor: there is nothing to draw.</p>`;
  const { below, beyond, zeros, lambdaMax } = picture;
  const left = below > 0 && `; ${plural(below, "smaller eigenvalue")} left of the view`;
  const right = beyond > 0 && `; ${plural(beyond, "eigenvalue")} right of the view, up to ${numberText(lambdaMax)}`;
  const zero = plural(zeros, "eigenvalue is", "eigenvalues are");
  return html`<div class="charts">
<figure>${plot(log.svg)}<figcaption>Logarithmic axes${left}</figcaption></figure>
<figure>${plot(linear.svg)}<figcaption>Linear axes${right}</figcaption></figure>
</div>
${legend(picture)}
${zeros > 0 && html`<p class="small quiet">${zero} zero to working precision: the red bar.</p>`}`;
}

/**
 * A chart in a box with the chart's aspect ratio, so that the layout is the same before the chart is rendered
 * (style.ts).
 */
function plot(svg: string): Markup {
  return html`<div class="plot">${trusted(svg)}</div>`;
}

function legend({ bulk, spikes, spikeCount, tail }: LayerPicture): Markup {
  const swatch = (colour: string, line = "solid"): Markup =>
    html`<span class="swatch" style="border-color:var(${colour});border-top-style:${line}"></span>`;
  const bulkWords =
    bulk !== null && html`Marchenko–Pastur bulk (${(100 * bulk.share).toFixed(0)} % of the eigenvalues)`;
  const edgeWords = bulk !== null && html`bulk edge λ+ ${numberText(bulk.lambdaPlus)}`;
  const marked = spikes.length < spikeCount && ` (the ${spikes.length} largest are marked)`;
  const law = tail !== null && html`power law λ<sup>−${numberText(tail.alpha)}</sup> from ${numberText(tail.xmin)} up`;
  return html`<ul class="key small">
<li>${swatch("--phase-random-like")}eigenvalues of W′W</li>
${bulk !== null && html`<li>${swatch("--ink")}${bulkWords}</li><li>${swatch("--ink", "dotted")}${edgeWords}</li>`}
${spikeCount > 0 && html`<li>${swatch("--phase-bulk-spikes")}${plural(spikeCount, "spike")}${marked}</li>`}
${tail !== null && html`<li>${swatch("--phase-heavy-tailed", "dashed")}${law}</li>`}
</ul>`;
}
