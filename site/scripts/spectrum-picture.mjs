// One layer's spectrum as an SVG file of its own: the only place where the site's scripts draw.
import { layerPicture, pictureChart } from "../../dist/report/page-parts.js";
import { DARK_PALETTE, LIGHT_PALETTE } from "../../dist/report/phase-palette.js";

/** Half of a page's width: two stand beside each other. */
const SIZE = { width: 460, height: 300 };

/**
 * The density of a layer's eigenvalues on logarithmic axes with its fits, as a file that shows itself in light and
 * dark. Throws if the layer has no spectrum.
 */
export function spectrumPicture(result) {
  const picture = layerPicture(result);
  const chart = picture === null ? null : pictureChart(picture, { ...SIZE, axes: "loglog", labels: true });
  if (chart === null) throw new Error(`${result.record.name} has no spectrum to draw`);
  return standalone(chart.svg);
}

/** An SVG of a page as a file: with its namespace, its colours in both schemes, and one element per line. */
function standalone(svg) {
  const variables = (palette) =>
    Object.entries(palette)
      .map(([name, value]) => `--${name}:${value}`)
      .join(";");
  const style =
    `<style>:root{${variables(LIGHT_PALETTE)};color:var(--ink);font-family:system-ui,sans-serif}` +
    `@media (prefers-color-scheme:dark){:root{${variables(DARK_PALETTE)}}}</style>`;
  const [, attributes] = /^<svg ([^>]*)>/.exec(svg);
  const named = attributes.includes("xmlns=") ? attributes : `xmlns="http://www.w3.org/2000/svg" ${attributes}`;
  return `${svg.replace(/^<svg [^>]*>/, `<svg ${named}>${style}`).replaceAll("><", ">\n<")}\n`;
}
