// One layer's spectrum as an SVG file of its own: the only place where the site's scripts draw.
import { parseHTML } from "linkedom";
import { layerPicture, logSpectrumChart } from "../../dist/report/page-parts.js";

/** The colours of the charts by themselves, without a page: the tokens of the report, light and dark. */
const COLOURS = {
  light: {
    "--ink": "#1a2027",
    "--quiet": "#586270",
    "--line": "#d9dee5",
    "--hair": "#e8ecf0",
    "--paper": "#ffffff",
    "--panel": "#f5f7f9",
    "--chart-spectrum": "#7f8f9f",
    "--chart-bulk": "#586270",
    "--chart-spike": "#2a33b5",
    "--chart-tail": "#660f58",
  },
  dark: {
    "--ink": "#e8ebef",
    "--quiet": "#a3adb9",
    "--line": "#333b46",
    "--hair": "#262d36",
    "--paper": "#12151a",
    "--panel": "#1a1f26",
    "--chart-spectrum": "#99a1ad",
    "--chart-bulk": "#a3adb9",
    "--chart-spike": "#8097f0",
    "--chart-tail": "#c98ab8",
  },
};

/**
 * The density of a layer's eigenvalues on logarithmic axes with its fits, as a file that shows itself in light and
 * dark. Throws if the layer has no spectrum.
 */
export function spectrumPicture(result) {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const picture = layerPicture(result);
  if (picture === null) throw new Error(`${result.record.name} has no spectrum to draw`);
  return standalone(logSpectrumChart(picture, { document }));
}

/** An SVG of a page as a file: with its namespace, its colours in both schemes, and one element per line. */
function standalone(svg) {
  const variables = (colours) =>
    Object.entries(colours)
      .map(([name, value]) => `${name}:${value}`)
      .join(";");
  const style =
    `<style>:root{${variables(COLOURS.light)};color:var(--ink);font-family:system-ui,sans-serif}` +
    `@media (prefers-color-scheme:dark){:root{${variables(COLOURS.dark)}}}</style>`;
  const [, attributes] = /^<svg ([^>]*)>/.exec(svg);
  const named = attributes.includes("xmlns=") ? attributes : `xmlns="http://www.w3.org/2000/svg" ${attributes}`;
  return `${svg.replace(/^<svg [^>]*>/, `<svg ${named}>${style}`).replaceAll("><", ">\n<")}\n`;
}
