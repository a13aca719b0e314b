import type { JSX } from "preact";
import { OVER_TRAINED_BELOW, UNDER_TRAINED_ABOVE } from "../../analysis/verdict.js";
import { depthChart } from "../charts/depth-chart.js";
import { DEPTH_QUANTITIES, type DepthLayer, type DepthQuantityName } from "../charts/depth-quantities.js";
import { MAX_SINGLE_LAYERS } from "../charts/depth-strip.js";
import { Drawing } from "../view/drawing.js";
import { Section, worthALook } from "../view/sections.js";
import type { ViewLayer } from "../view/view-layer.js";
import { layerId } from "./anchors.js";

/** Width of the charts along the depth. A narrower screen scrolls them sideways. */
const WIDTH = 1200;
/** Most layers whose names are written into the chart. */
const MAX_NAMES = 6;

/** What is drawn below alpha, on demand. */
const OTHERS: readonly DepthQuantityName[] = ["soft rank", "stable rank", "log norm", "tail index"];

/** alpha along the depth, each layer a link, and the other numbers on demand. */
export function DepthSection({ layers, order }: { layers: readonly ViewLayer[]; order: string }): JSX.Element {
  const others = OTHERS.filter((name) =>
    layers.some(({ record }) => record !== null && DEPTH_QUANTITIES[name].valueIn(record) !== null),
  );
  return (
    <Section id="depth" title="Along the depth" about="a click on a layer leads to it">
      <DepthChart layers={layers} quantity="alpha" />
      <p class="note">
        Colour and mark show the phase; bars are 95 % intervals. Hollow marks on the line n/a have no valid alpha.
        Shaded from {OVER_TRAINED_BELOW} to {UNDER_TRAINED_ABOVE}: between WeightWatcher's thresholds. Layers are in the
        order of {order}.
      </p>
      {others.length > 0 && (
        <details>
          <summary>Other numbers along the depth: {others.join(", ")}</summary>
          {others.map((quantity) => (
            <DepthChart key={quantity} {...{ layers, quantity }} />
          ))}
          {others.includes("tail index") && (
            <p class="note">
              tail index: the extreme-value index of each layer's upper tail, with its 95 % interval. −2/3 at the edge
              of a random bulk, 0 for an exponential decay, 1/(alpha − 1) for a power law.
            </p>
          )}
        </details>
      )}
    </Section>
  );
}

function DepthChart({ layers, quantity }: { layers: readonly ViewLayer[]; quantity: DepthQuantityName }): JSX.Element {
  const depth = depthLayers(layers, quantity);
  const named = worthALook(layers)
    .slice(0, MAX_NAMES)
    .map(({ index }) => index);
  const { svg, scales, series } = depthChart(depth, { width: WIDTH, quantity, named });
  const [left, right] = scales.x.range;
  const percent = (pixels: number): string => `${(100 * pixels) / WIDTH}%`;
  return (
    <figure class="wide" role="group" tabIndex={0} aria-label={`Chart of ${quantity} against depth`}>
      <div class="drawn">
        <Drawing svg={svg} />
        {layers.length <= MAX_SINGLE_LAYERS && (
          // The table has the same links for the keyboard.
          <div class="places" aria-hidden="true" style={{ left: percent(left), width: percent(right - left) }}>
            {layers.map((layer, k) => (
              // biome-ignore lint/a11y/useAnchorContent: hidden from screen readers
              <a
                key={layer.index}
                href={`#${layerId(layer)}`}
                data-layer={layer.index}
                title={series[0].points[k].label}
                tabIndex={-1}
              />
            ))}
          </div>
        )}
      </div>
    </figure>
  );
}

function depthLayers(layers: readonly ViewLayer[], quantity: DepthQuantityName): DepthLayer[] {
  const { valueIn, intervalIn } = DEPTH_QUANTITIES[quantity];
  return layers.map(({ short, label, block, record }) => {
    const value = record === null ? null : valueIn(record);
    const interval = record === null || value === null ? null : intervalIn(record);
    return { name: short, phase: label ?? "pending", block: block === "" ? null : block, value, interval };
  });
}
