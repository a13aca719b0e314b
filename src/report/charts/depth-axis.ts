import * as Plot from "@observablehq/plot";
import type { LayerRecord } from "../../analysis/report.js";
import { type PhaseLabel, phaseLabelOf, STYLE } from "../phase-style.js";

/** A layer and its position in the report's order. */
export interface LayerAtDepth {
  readonly layer: LayerRecord;
  readonly depth: number;
}

/** The axis of the charts against depth. */
export function depthAxis(layers: number): Plot.ScaleOptions {
  return {
    domain: [-0.5, Math.max(layers - 0.5, 0.5)],
    label: "layer, in the report's order",
    ticks: depthTicks(layers),
    tickFormat: String,
  };
}

interface DotOptions {
  readonly y: (layer: LayerAtDepth) => number;
  readonly filled: boolean;
  /** The tooltip of a dot. */
  readonly title: (layer: LayerAtDepth) => string;
}

/** The layers of one phase, in its colour and with its marker. */
export function dots(
  layersAtDepth: readonly LayerAtDepth[],
  phaseLabel: PhaseLabel,
  { y, filled, title }: DotOptions,
): Plot.Markish {
  const { colour, hollow, marker } = STYLE[phaseLabel];
  return Plot.dot(
    layersAtDepth.filter(({ layer }) => phaseLabelOf(layer) === phaseLabel),
    {
      x: "depth",
      y,
      r: 4.5,
      symbol: marker,
      stroke: colour,
      strokeWidth: 1.5,
      fill: filled && !hollow ? colour : "none",
      title,
    },
  );
}

function depthTicks(layers: number): number[] {
  const stride = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((step) => layers / step <= 16) ?? 5000;
  return Array.from({ length: Math.ceil(layers / stride) }, (_, i) => i * stride);
}
