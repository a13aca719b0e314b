import * as Plot from "@observablehq/plot";
import type { LayerRecord } from "../../analysis/report.js";
import { printable } from "../../bytes/errors.js";
import { HEAVY_INDEX } from "../../tails/tail-judgement.js";
import { plural } from "../number-text.js";
import { PHASE_LABELS, phaseLabelOf } from "../phase-style.js";
import { linearTickText } from "./axis.js";
import { depthAxis, dots, type LayerAtDepth } from "./depth-axis.js";
import type { ChartOptions } from "./spectrum-chart.js";
import { svgText } from "./svg-text.js";

/**
 * Reference lines: the index of a bulk's edge, of an exponential decay, and the threshold above which a tail is heavy.
 */
const REFERENCE_INDICES = [
  { name: "edge of a bulk", index: -2 / 3, dy: 0 },
  { name: "exponential", index: 0, dy: 6 },
  { name: "power laws above", index: HEAVY_INDEX, dy: -6 },
] as const;
/** The axis ends here. Intervals from few eigenvalues are long, and their bars are cut. */
const [MIN_INDEX, MAX_INDEX] = [-1.5, 2.5];

/**
 * The extreme-value index of the tail against depth with its 95 % interval. Each layer has the colour and the marker of
 * its phase. The index is -2/3 for a random bulk, 0 for an exponential decay and 1/(alpha - 1) for a power law. Layers
 * without an index are not drawn. Empty if no layer has one.
 */
export function tailIndexChart(layers: readonly LayerRecord[], { document }: ChartOptions): string {
  const layersAtDepth = layers
    .map((layer, depth): LayerAtDepth => ({ layer, depth }))
    .filter(({ layer }) => layer.tail_index !== null);
  if (layersAtDepth.length === 0) return "";
  const ends = layersAtDepth.flatMap(({ layer }) => [layer.tail_index_low!, layer.tail_index_high!]);
  const domain = [Math.max(MIN_INDEX, Math.min(-0.8, ...ends)), Math.min(MAX_INDEX, Math.max(0.6, ...ends))];
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
        REFERENCE_INDICES.map(({ index }) => index),
        { stroke: "currentColor", strokeOpacity: 0.35, strokeDasharray: "4 4" },
      ),
      ...REFERENCE_INDICES.map(({ name, index, dy }) =>
        Plot.text([name], { frameAnchor: "right", y: () => index, dx: 8, dy, textAnchor: "start", fillOpacity: 0.75 }),
      ),
      Plot.ruleX(layersAtDepth, {
        x: "depth",
        y1: ({ layer }: LayerAtDepth) => inside(layer.tail_index_low!),
        y2: ({ layer }: LayerAtDepth) => inside(layer.tail_index_high!),
        stroke: "currentColor",
        strokeOpacity: 0.45,
      }),
      ...PHASE_LABELS.map((phaseLabel) =>
        dots(layersAtDepth, phaseLabel, { y: ({ layer }) => inside(layer.tail_index!), filled: true, title: titleOf }),
      ),
    ],
  });
  return svgText(svg, sentence(layers, layersAtDepth));
}

function titleOf({ layer }: LayerAtDepth): string {
  const { name, tail_index, tail_index_low, tail_index_high } = layer;
  const interval = `${tail_index_low!.toFixed(2)} to ${tail_index_high!.toFixed(2)}`;
  return `${printable(name)}: index ${tail_index!.toFixed(2)} (${interval}), ${phaseLabelOf(layer)}`;
}

function sentence(layers: readonly LayerRecord[], layersAtDepth: readonly LayerAtDepth[]): string {
  const values = layersAtDepth.map(({ layer }) => layer.tail_index!);
  const heavy = values.filter((value) => value > HEAVY_INDEX).length;
  return (
    `Index of the tail against depth for ${layersAtDepth.length} of ${plural(layers.length, "layer")}, from ` +
    `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}; above ${HEAVY_INDEX}, where power ` +
    `laws begin, in ${heavy}.`
  );
}
