import * as Plot from "@observablehq/plot";
import type { LayerRecord } from "../../analysis/report.js";
import { printable } from "../../formats/errors.js";
import { HEAVY_INDEX } from "../../tails/tail-judgement.js";
import { plural } from "../number-text.js";
import { STANDINGS, standingOf } from "../phase-style.js";
import { linearTickText } from "./axis.js";
import { depthAxis, dots, type Placed } from "./depth-axis.js";
import type { ChartOptions } from "./spectrum-chart.js";
import { svgText } from "./svg-text.js";

/**
 * What the index is of the laws that it is read against: the edge of a bulk, an exponential decay, and where a tail
 * counts as heavy.
 */
const LANDMARKS = [
  { name: "edge of a bulk", index: -2 / 3, dy: 0 },
  { name: "exponential", index: 0, dy: 6 },
  { name: "power laws above", index: HEAVY_INDEX, dy: -6 },
] as const;
/** Intervals of few eigenvalues reach far: the view ends here, and the bars with it. */
const [LOWEST, HIGHEST] = [-1.5, 2.5];

/**
 * The extreme-value index of the tail against depth with its 95 % interval, each layer in the colour and with the
 * marker of its phase: one coordinate from a random bulk (-2/3) over an exponential decay (0) to power laws (1/(alpha -
 * 1)). Layers without an index are left out. Empty where no layer has one.
 */
export function tailIndexChart(layers: readonly LayerRecord[], { document }: ChartOptions): string {
  const placed = layers.map((layer, depth): Placed => ({ layer, depth })).filter(({ layer }) => layer.tail_index !== null);
  if (placed.length === 0) return "";
  const ends = placed.flatMap(({ layer }) => [layer.tail_index_low!, layer.tail_index_high!]);
  const domain = [Math.max(LOWEST, Math.min(-0.8, ...ends)), Math.min(HIGHEST, Math.max(0.6, ...ends))];
  const inside = (value: number): number => Math.min(domain[1], Math.max(domain[0], value));
  const svg = Plot.plot({
    document,
    className: "chart",
    style: { fontSize: "13px" },
    width: 960,
    height: 280,
    marginLeft: 50,
    marginRight: 128,
    marginTop: 24,
    marginBottom: 40,
    x: depthAxis(layers.length),
    y: { domain, label: "tail index", ticks: 6, tickFormat: linearTickText },
    marks: [
      Plot.ruleY(
        LANDMARKS.map(({ index }) => index),
        { stroke: "currentColor", strokeOpacity: 0.35, strokeDasharray: "4 4" },
      ),
      ...LANDMARKS.map(({ name, index, dy }) =>
        Plot.text([name], { frameAnchor: "right", y: () => index, dx: 8, dy, textAnchor: "start", fillOpacity: 0.75 }),
      ),
      Plot.ruleX(placed, {
        x: "depth",
        y1: ({ layer }: Placed) => inside(layer.tail_index_low!),
        y2: ({ layer }: Placed) => inside(layer.tail_index_high!),
        stroke: "currentColor",
        strokeOpacity: 0.45,
      }),
      ...STANDINGS.map((standing) => dots(placed, standing, { y: ({ layer }) => inside(layer.tail_index!), filled: true, title: titleOf })),
    ],
  });
  return svgText(svg, sentence(layers, placed));
}

function titleOf({ layer }: Placed): string {
  const { name, tail_index, tail_index_low, tail_index_high } = layer;
  const interval = `${tail_index_low!.toFixed(2)} to ${tail_index_high!.toFixed(2)}`;
  return `${printable(name)}: index ${tail_index!.toFixed(2)} (${interval}), ${standingOf(layer)}`;
}

function sentence(layers: readonly LayerRecord[], placed: readonly Placed[]): string {
  const values = placed.map(({ layer }) => layer.tail_index!);
  const heavy = values.filter((value) => value > HEAVY_INDEX).length;
  return `Index of the tail against depth for ${placed.length} of ${plural(layers.length, "layer")}, from ${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}; above ${HEAVY_INDEX}, where power laws begin, in ${heavy}.`;
}
