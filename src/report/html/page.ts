import type { Percentile } from "../../analysis/atlas/reference-values.js";
import { finiteReport } from "../../analysis/finite.js";
import type { Report } from "../../analysis/report.js";
import { OVER_TRAINED_BELOW, UNDER_TRAINED_ABOVE } from "../../analysis/verdict.js";
import { ORDER_WORDS } from "../../layers/index.js";
import { depthChart } from "../charts/depth-chart.js";
import { type DepthQuantityName, depthLayersOf } from "../charts/depth-quantities.js";
import type { LayerPicture } from "../picture.js";
import { overview, pageHeader, shortLabel } from "./head.js";
import { layerSection } from "./layer-section.js";
import { layerTable } from "./layer-table.js";
import { html, type Markup, trusted, WIDE_CHART } from "./markup.js";
import { readingGuide } from "./reading-guide.js";
import { pageShell } from "./shell.js";
import { skippedTensors } from "./skipped-tensors.js";

function placesByLayer({ reference }: Report): ReadonlyMap<string, readonly Percentile[]> {
  const places = new Map<string, Percentile[]>();
  for (const place of reference.percentiles) {
    const known = places.get(place.layer);
    if (known === undefined) places.set(place.layer, [place]);
    else known.push(place);
  }
  return places;
}

/** The whole page. */
export function renderPage(given: Report, pictures: readonly (LayerPicture | null)[]): string {
  const report = finiteReport(given);
  const { layers, skipped } = report;
  const depth = alongDepth(layers, "alpha");
  const hasIndex = layers.some(({ tail_index }) => typeof tail_index === "number");
  const { name, version } = report.tool;
  const places = placesByLayer(report);
  return pageShell(
    { generator: `${name} ${version}`, title: `${shortLabel(report.input.label)} · eigenscope` },
    html`<a class="skip" href="#layers">Skip to the layers</a>
${pageHeader(report)}
<main>
${overview(report)}
${layers.length > 0 && alphaByDepth(depth, ORDER_WORDS[report.input.order])}
${hasIndex && tailIndexByDepth(alongDepth(layers, "tail index"))}
${layerTable(report)}
${layers.length > 0 && html`<h2>Spectra</h2>`}
${layers.map((layer, index) => {
  const own = places.get(layer.longname) ?? [];
  return layerSection(layer, pictures[index], { index, places: own });
})}
${skippedTensors(skipped)}
${readingGuide(report)}
</main>`,
  );
}

/** Width of the charts along the depth. A narrower screen scrolls them sideways. */
const WIDE = 960;

function alongDepth(layers: Report["layers"], quantity: DepthQuantityName): string {
  return depthChart(depthLayersOf(layers, quantity), { width: WIDE, quantity }).svg;
}

function alphaByDepth(chart: string, order: string): Markup {
  return html`<h2>alpha against depth</h2>
<figure ${WIDE_CHART} aria-label="Chart of alpha against depth">${trusted(chart)}</figure>
<p class="small quiet">Colour and mark show the phase as above; bars are 95 % intervals. Hollow marks on the
line n/a have no valid alpha. Shaded from ${OVER_TRAINED_BELOW} to ${UNDER_TRAINED_ABOVE}: between WeightWatcher's
thresholds. Layers are in the order of ${order}.</p>`;
}

function tailIndexByDepth(chart: string): Markup {
  return html`<h2>tail index against depth</h2>
<figure ${WIDE_CHART} aria-label="Chart of the tail index against depth">${trusted(chart)}</figure>
<p class="small quiet">Extreme-value index of each layer's upper tail, with its 95 % interval: −2/3 at the edge of a
random bulk, 0 for an exponential decay, 1/(alpha − 1) for a power law.</p>`;
}
