import type { JSX } from "preact";
import { useCallback, useMemo } from "preact/hooks";
import {
  type Chart,
  DEPTH_QUANTITIES,
  type DepthLayer,
  type DepthQuantityName,
  depthChart,
  Section,
  type ViewLayer,
  worthALook,
} from "#eigenscope/report/view/index.js";
import { marked } from "../state/marked.js";
import { goTo, query, setQuery } from "../state/route.js";
import { ChartBox } from "./chart-box.js";
import { chartExports } from "./chart-exports.js";
import { ExportMenu } from "./export-menu.js";

const SHOWN: readonly DepthQuantityName[] = ["alpha", "soft rank", "stable rank", "log norm", "tail index"];

/** At most so many layers are named in the chart. */
const MAX_NAMED = 6;

/** A number of every layer along the depth; the pointer and the keys read it, Enter and a click open the layer. */
export function Depth({
  layers,
  href,
  order,
  name,
}: {
  layers: readonly ViewLayer[];
  href: (layer: ViewLayer) => string;
  /** What decides the order, in words. */
  order: string;
  /** Of an exported picture. */
  name: string;
}): JSX.Element {
  const asked = query.value.get("depth") as DepthQuantityName | null;
  const first = useMemo(() => firstQuantity(layers), [layers]);
  const quantity = asked !== null && SHOWN.includes(asked) ? asked : first;
  const draw = useMemo(() => {
    const depth = depthLayers(layers, quantity);
    const named = worthALook(layers)
      .slice(0, MAX_NAMED)
      .map(({ index }) => index);
    return (width: number): Chart => depthChart(depth, { width, quantity, named });
  }, [layers, quantity]);
  const markAt = useCallback(() => (marked.value === null ? null : marked.value + 1), []);
  return (
    <Section
      id="depth"
      title="Along the depth"
      about={order}
      controls={
        <span class="controls">
          <span class="switch" role="group" aria-label="Value">
            {SHOWN.map((shown) => (
              <button
                key={shown}
                type="button"
                aria-pressed={shown === quantity}
                onClick={() => setQuery({ depth: shown === first ? null : shown })}
              >
                {shown}
              </button>
            ))}
          </span>
          <ExportMenu exports={chartExports(`${name}-${quantity.replace(" ", "-")}`, draw)} />
        </span>
      }
    >
      <ChartBox
        name={`${quantity} along the depth`}
        draw={draw}
        markAt={markAt}
        onRead={(point) => {
          marked.value = point === null ? null : Math.round(point.x) - 1;
        }}
        onOpen={({ x }) => {
          const layer = layers[Math.round(x) - 1];
          if (layer !== undefined) goTo(href(layer));
        }}
      />
    </Section>
  );
}

/** alpha, unless all layers are done and none has one: then a number that all have. */
function firstQuantity(layers: readonly ViewLayer[]): DepthQuantityName {
  const none = layers.every(({ record }) => record !== null && DEPTH_QUANTITIES.alpha.valueIn(record) === null);
  return none ? "soft rank" : "alpha";
}

/** The layers as the chart wants them; those to come have their place. */
function depthLayers(layers: readonly ViewLayer[], quantity: DepthQuantityName): DepthLayer[] {
  const { valueIn, intervalIn } = DEPTH_QUANTITIES[quantity];
  return layers.map(({ short, label, block, record }) => {
    const value = record === null ? null : valueIn(record);
    return {
      name: short,
      phase: label ?? "pending",
      block: block === "" ? null : block,
      value,
      interval: record === null || value === null ? null : intervalIn(record),
    };
  });
}
