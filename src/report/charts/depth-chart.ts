import * as Plot from "@observablehq/plot";
import type { LayerRecord } from "../../analysis/report.js";
import { OVER_TRAINED_BELOW, UNDER_TRAINED_ABOVE } from "../../analysis/verdict.js";
import { printable } from "../../formats/errors.js";
import { numberText, plural, plusMinus } from "../number-text.js";
import { countStandings, STANDINGS, standingOf } from "../phase-style.js";
import { linearTickText } from "./axis.js";
import { depthAxis, dots, type Placed } from "./depth-axis.js";
import type { ChartOptions } from "./spectrum-chart.js";
import { svgText } from "./svg-text.js";

/** WeightWatcher's borders: "over-trained" below the first, "under-trained" above the second. */
const BORDERS = [OVER_TRAINED_BELOW, UNDER_TRAINED_ABOVE];
/**
 * The axis begins at alpha = 1, where the law stops being one; the strip below it holds layers without a valid alpha.
 */
const LOWEST = 1;
const STRIP = 0.45;

/**
 * alpha against depth (the place in the report's order), each layer in the colour and with the marker of its phase,
 * with its standard error. A layer whose alpha is not valid stands hollow in a strip under the axis, so that its number
 * is not read. Empty where there are no layers.
 */
export function depthChart(layers: readonly LayerRecord[], { document }: ChartOptions): string {
  if (layers.length === 0) return "";
  const placed = layers.map((layer, depth) => ({ layer, depth }));
  const valid = placed.filter(({ layer }) => layer.alpha_valid && layer.alpha !== null);
  const others = placed.filter(({ layer }) => !(layer.alpha_valid && layer.alpha !== null));
  const top = Math.max(7, ...valid.map(({ layer }) => 1.05 * ((layer.alpha ?? 0) + (layer.sigma ?? 0))));
  const strip = LOWEST - (top - LOWEST) * (STRIP / 6);

  const svg = Plot.plot({
    document,
    className: "chart",
    style: { fontSize: "13px" },
    width: 960,
    height: 320,
    marginLeft: 50,
    marginTop: 24,
    marginBottom: 40,
    x: depthAxis(layers.length),
    y: { domain: [strip - (LOWEST - strip) * 0.6, top], label: "alpha", ticks: alphaTicks(top), tickFormat: linearTickText },
    marks: [
      Plot.ruleY(
        BORDERS.filter((border) => border < top),
        { stroke: "currentColor", strokeOpacity: 0.35, strokeDasharray: "4 4" },
      ),
      Plot.text(["n/a"], { frameAnchor: "left", y: () => strip, dx: -12, textAnchor: "end" }),
      Plot.ruleX(
        valid.filter(({ layer }) => layer.sigma !== null),
        {
          x: "depth",
          y1: ({ layer }: Placed) => Math.max(LOWEST, layer.alpha! - layer.sigma!),
          y2: ({ layer }: Placed) => layer.alpha! + layer.sigma!,
          stroke: "currentColor",
          strokeOpacity: 0.45,
        },
      ),
      ...STANDINGS.flatMap((standing) => [
        dots(valid, standing, { y: ({ layer }) => layer.alpha!, filled: true, title: titleOf }),
        dots(others, standing, { y: () => strip, filled: false, title: titleOf }),
      ]),
    ],
  });
  return svgText(svg, sentence(layers, valid));
}

function titleOf({ layer }: Placed): string {
  const { name, alpha, alpha_valid, sigma } = layer;
  return `${printable(name)}: alpha ${alpha_valid && alpha !== null ? plusMinus(alpha, sigma) : "n/a"}, ${standingOf(layer)}`;
}

function sentence(layers: readonly LayerRecord[], valid: readonly Placed[]): string {
  const alphas = valid.map(({ layer }) => layer.alpha as number);
  const range = alphas.length === 0 ? "" : `, from ${numberText(Math.min(...alphas))} to ${numberText(Math.max(...alphas))}`;
  const counts = countStandings(layers).map(({ standing, count }) => `${count} ${standing}`);
  return `alpha against depth for ${plural(layers.length, "layer")}. It is valid for ${alphas.length}${range}. By phase: ${counts.join(", ")}.`;
}

function alphaTicks(top: number): number[] {
  const stride = [1, 2, 5, 10, 20, 50, 100].find((step) => top / step <= 9) ?? 1000;
  return [...new Set([...BORDERS, ...Array.from({ length: Math.floor(top / stride) + 1 }, (_, i) => i * stride)])]
    .filter((tick) => tick >= LOWEST && (stride <= 2 || tick % stride === 0 || tick === 2))
    .sort((a, b) => a - b);
}
