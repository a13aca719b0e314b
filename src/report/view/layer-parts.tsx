import type { ComponentChildren, JSX } from "preact";
import type { LayerRecord } from "../../analysis/report.js";
import { classifyPhase, type PhaseDecision } from "../../phases/index.js";
import { LAYER_COLUMNS } from "../columns.js";
import { plural, shapeText } from "../number-text.js";
import { cellText, MAIN_NUMBERS, MAIN_WORDS } from "./layer-columns.js";
import { LayerPhase } from "./phase-mark.js";
import type { ViewLayer } from "./view-layer.js";

/** The head of a layer: its name, its phase, what that means and why. */
export function LayerHead({
  layer,
  of,
  heading: Heading = "h1",
  id,
  children,
}: {
  layer: ViewLayer;
  /** How many layers the model has. */
  of: number;
  /** h1 where the page is about this layer. */
  heading?: "h1" | "h3";
  /** Of the heading. */
  id?: string;
  children?: ComponentChildren;
}): JSX.Element {
  const { outline, record, index } = layer;
  return (
    <div class="layer-head">
      <div>
        <Heading class="name" {...(id !== undefined && { id })}>
          <span class="mono">{layer.short}</span> {record !== null && <LayerPhase record={record} />}
        </Heading>
        {record !== null && (
          <p class="reason">
            <b>{record.verdict}.</b> {record.verdict_reason}
          </p>
        )}
        <p class="quiet small">
          Layer {index + 1} of {of} by depth, {outline.layer_type}, {shapeText(outline.shape, "×")}
          {record !== null && `, ${plural(record.num_evals, "eigenvalue")}, ${record.dtype}`}
          {outline.name !== layer.short && (
            <>
              , in the file <span class="mono">{outline.name}</span>
            </>
          )}
        </p>
      </div>
      {children}
    </div>
  );
}

/**
 * The other phases that the evidence leaves possible, most probable first. Empty if the row cannot say: the decision is
 * made again from its evidence, and it may have known more (the rank of an adapter).
 */
export function alternativesOf({
  phase,
  phase_confidence: confidence,
  phase_evidence: evidence,
  M,
  alpha_reason,
}: LayerRecord): PhaseDecision["alternatives"] {
  if (evidence === null) return [];
  const decision = classifyPhase(evidence, { size: M, alphaReason: () => alpha_reason });
  return decision.phase === phase && decision.confidence === confidence ? decision.alternatives : [];
}

/** The numbers of a layer, each with one sentence. */
export function MainNumbers({ layer }: { layer: ViewLayer }): JSX.Element {
  return (
    <dl class="numbers">
      {MAIN_NUMBERS.map(([name, about]) => {
        const { text, why } = cellText(layer, name);
        return (
          <div key={name}>
            <dt>
              {MAIN_WORDS[name] ?? name}{" "}
              <b {...(why !== undefined && { title: why })}>{text + intervalText(layer, name)}</b>
            </dt>
            <dd>{why ?? about}</dd>
          </div>
        );
      })}
    </dl>
  );
}

function intervalText({ record }: ViewLayer, name: string): string {
  if (record === null || name !== "alpha" || !record.alpha_valid) return "";
  const { alpha_low: low, alpha_high: high } = record;
  return low === null || high === null ? "" : ` (${low.toPrecision(3)} to ${high.toPrecision(3)})`;
}

/** Every number of the row by its name in the report, with its definition. */
export function AllNumbers({ layer }: { layer: ViewLayer }): JSX.Element {
  const columns = LAYER_COLUMNS.filter(({ name }) => !["phase_path", "phase_evidence"].includes(name));
  return (
    <details class="section">
      <summary>All {columns.length} numbers, with WeightWatcher's names</summary>
      <dl class="numbers">
        {columns.map(({ name, definition }) => (
          <div key={name}>
            <dt>
              <span class="mono">{name}</span> <b>{cellText(layer, name).text}</b>
            </dt>
            <dd>{definition}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

/** Most layers beside the one that is shown. */
const NEIGHBOURS = 7;

/** The layers before and after in depth, this one among them. */
export function neighboursOf(layers: readonly ViewLayer[], index: number): readonly ViewLayer[] {
  const first = Math.max(0, Math.min(layers.length - NEIGHBOURS, index - Math.floor(NEIGHBOURS / 2)));
  return layers.slice(first, first + NEIGHBOURS);
}

/** Sizes of siblings differ at most by this factor. */
const SIBLING_FACTOR = 2;
const MAX_SIBLINGS = 8;

/** Layers of the same role, or else of the same type and kernel, with about as many eigenvalues; nearest in depth. */
export function siblingsOf(layers: readonly ViewLayer[], layer: ViewLayer): readonly ViewLayer[] {
  const { role, layer_type, M } = layer.outline;
  const kernel = ({ outline: { shape } }: ViewLayer): string => (shape.length === 4 ? shape.slice(0, 2).join() : "");
  const alike = (other: ViewLayer): boolean =>
    other.index !== layer.index &&
    (role === null
      ? other.outline.layer_type === layer_type && kernel(other) === kernel(layer)
      : other.outline.role === role) &&
    Math.max(other.outline.M / M, M / other.outline.M) <= SIBLING_FACTOR;
  return layers
    .filter(alike)
    .sort((a, b) => Math.abs(a.index - layer.index) - Math.abs(b.index - layer.index))
    .slice(0, MAX_SIBLINGS)
    .sort((a, b) => a.index - b.index);
}
