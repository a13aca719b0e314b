import * as Plot from "@observablehq/plot";
import type { LayerRecord } from "../../analysis/report.js";
import { OVER_TRAINED_BELOW, UNDER_TRAINED_ABOVE } from "../../analysis/verdict.js";
import { printable } from "../../bytes/errors.js";
import { numberText, plural, plusMinus } from "../number-text.js";
import { countByPhaseLabel, PHASE_LABELS, phaseLabelOf } from "../phase-style.js";
import { linearTickText } from "./axis.js";
import { depthAxis, dots, type LayerAtDepth } from "./depth-axis.js";
import type { ChartOptions } from "./spectrum-chart.js";
import { svgText } from "./svg-text.js";

/** WeightWatcher's thresholds: "over-trained" below the first, "under-trained" above the second. */
const THRESHOLDS = [OVER_TRAINED_BELOW, UNDER_TRAINED_ABOVE];
/** The axis begins at alpha = 1: a power law needs alpha > 1. The strip below shows layers without a valid alpha. */
const MIN_ALPHA = 1;
const STRIP_HEIGHT = 0.45;

/**
 * alpha against depth (the position in the report's order) with its standard error. Each layer has the colour and the
 * marker of its phase. A layer without a valid alpha is a hollow marker in a strip below the axis, so that its number
 * cannot be read. Empty if there are no layers.
 */
export function depthChart(layers: readonly LayerRecord[], { document }: ChartOptions): string {
  if (layers.length === 0) return "";
  const layersAtDepth = layers.map((layer, depth) => ({ layer, depth }));
  const valid = layersAtDepth.filter(({ layer }) => layer.alpha_valid && layer.alpha !== null);
  const others = layersAtDepth.filter(({ layer }) => !(layer.alpha_valid && layer.alpha !== null));
  const top = Math.max(7, ...valid.map(({ layer }) => 1.05 * ((layer.alpha ?? 0) + (layer.sigma ?? 0))));
  const strip = MIN_ALPHA - (top - MIN_ALPHA) * (STRIP_HEIGHT / 6);

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
    y: {
      domain: [strip - (MIN_ALPHA - strip) * 0.6, top],
      label: "alpha",
      ticks: alphaTicks(top),
      tickFormat: linearTickText,
    },
    marks: [
      Plot.ruleY(
        THRESHOLDS.filter((threshold) => threshold < top),
        { stroke: "currentColor", strokeOpacity: 0.35, strokeDasharray: "4 4" },
      ),
      Plot.text(["n/a"], { frameAnchor: "left", y: () => strip, dx: -12, textAnchor: "end" }),
      Plot.ruleX(
        valid.filter(({ layer }) => layer.sigma !== null),
        {
          x: "depth",
          y1: ({ layer }: LayerAtDepth) => Math.max(MIN_ALPHA, layer.alpha! - layer.sigma!),
          y2: ({ layer }: LayerAtDepth) => layer.alpha! + layer.sigma!,
          stroke: "currentColor",
          strokeOpacity: 0.45,
        },
      ),
      ...PHASE_LABELS.flatMap((phaseLabel) => [
        dots(valid, phaseLabel, { y: ({ layer }) => layer.alpha!, filled: true, title: titleOf }),
        dots(others, phaseLabel, { y: () => strip, filled: false, title: titleOf }),
      ]),
    ],
  });
  return svgText(svg, sentence(layers, valid));
}

function titleOf({ layer }: LayerAtDepth): string {
  const { name, alpha, alpha_valid, sigma } = layer;
  return (
    `${printable(name)}: alpha ${alpha_valid && alpha !== null ? plusMinus(alpha, sigma) : "n/a"}, ` +
    `${phaseLabelOf(layer)}`
  );
}

function sentence(layers: readonly LayerRecord[], valid: readonly LayerAtDepth[]): string {
  const alphas = valid.map(({ layer }) => layer.alpha as number);
  const range =
    alphas.length === 0 ? "" : `, from ${numberText(Math.min(...alphas))} to ${numberText(Math.max(...alphas))}`;
  const counts = countByPhaseLabel(layers).map(({ phaseLabel, count }) => `${count} ${phaseLabel}`);
  return (
    `alpha against depth for ${plural(layers.length, "layer")}. It is valid for ${alphas.length}${range}. By ` +
    `phase: ${counts.join(", ")}.`
  );
}

function alphaTicks(top: number): number[] {
  const stride = [1, 2, 5, 10, 20, 50, 100].find((step) => top / step <= 9) ?? 1000;
  return [...new Set([...THRESHOLDS, ...Array.from({ length: Math.floor(top / stride) + 1 }, (_, i) => i * stride)])]
    .filter((tick) => tick >= MIN_ALPHA && (stride <= 2 || tick % stride === 0 || tick === 2))
    .sort((a, b) => a - b);
}
