import { type PhaseLabel, STYLE, worstPhase } from "../phase-style.js";
import { labelWidth } from "./label-boxes.js";
import { at, type Scale } from "./scale.js";
import { element, linePath, segment, svgText } from "./svg.js";

/** Narrower layers are merged into columns of this width. */
export const MERGED_WIDTH = 2;
/** More layers are merged. */
export const MAX_SINGLE_LAYERS = 600;

/** Layers that share a column of the chart: one, or several of a deep network. */
export interface DepthColumn {
  readonly first: number;
  readonly last: number;
  readonly left: number;
  readonly right: number;
}

/** The scale of a depth axis: layer i, from 0, fills i + 1/2 to i + 3/2, so that ticks number layers from 1. */
export function depthDomain(layers: number): [number, number] {
  return [0.5, Math.max(1, layers) + 0.5];
}

/** One column per layer, or above `MAX_SINGLE_LAYERS` columns of two pixels with several layers each. */
export function depthColumns(layers: number, x: Scale): DepthColumn[] {
  const columns =
    layers <= MAX_SINGLE_LAYERS
      ? layers
      : Math.min(layers, Math.max(1, Math.floor(Math.abs(x.range[1] - x.range[0]) / MERGED_WIDTH)));
  return Array.from({ length: columns }, (_, i) => {
    const first = Math.floor((i * layers) / columns);
    const last = Math.floor(((i + 1) * layers) / columns) - 1;
    return { first, last, left: at(x, first + 0.5), right: at(x, last + 1.5) };
  });
}

/** The phase of a column: the worst of its layers; "pending" if none is done. */
export function columnPhase(phases: readonly (PhaseLabel | "pending")[]): PhaseLabel | "pending" {
  const done = phases.filter((phase) => phase !== "pending");
  return done.length === 0 ? "pending" : worstPhase(done);
}

/** A row of cells in the colours of the phases. Undecided, failed and pending cells are outlines. */
export function phaseStrip(
  phases: readonly (PhaseLabel | "pending")[],
  {
    x,
    top,
    height,
    opacity,
  }: {
    readonly x: Scale;
    readonly top: number;
    readonly height: number;
    /** Of a layer. Default 1. */
    readonly opacity?: (layer: number) => number;
  },
): string {
  return depthColumns(phases.length, x)
    .map(({ first, last, left, right }) => {
      const phase = columnPhase(phases.slice(first, last + 1));
      // Neighbours are apart by a hairline where there is room for it.
      const gap = right - left >= 4 ? 0.4 : 0;
      const rect = { x: left + gap, y: top, width: right - left - 2 * gap, height };
      const faint = opacity?.(first) ?? 1;
      const visible = faint === 1 ? undefined : String(faint);
      if (phase === "pending" || !STYLE[phase].isPhase) {
        const dash = phase === "failed" ? undefined : "2 2";
        const outline = { ...rect, x: rect.x + 0.4, width: Math.max(0.4, rect.width - 0.8) };
        const style = { fill: "none", stroke: "var(--phase-none)", "stroke-width": 0.8, "stroke-dasharray": dash };
        return element("rect", { ...outline, ...style, opacity: visible });
      }
      return element("rect", { ...rect, fill: STYLE[phase].colour, opacity: visible });
    })
    .join("");
}

/** Consecutive layers of one block. */
interface Run {
  readonly block: string;
  readonly first: number;
  readonly last: number;
}

/** The blocks in order. Layers without a block are in none. */
export function blockRuns(blocks: readonly (string | null)[]): Run[] {
  const runs: Run[] = [];
  let first = 0;
  for (let i = 1; i <= blocks.length; i++) {
    if (i < blocks.length && blocks[i] === blocks[first]) continue;
    const block = blocks[first];
    if (block !== null && block !== undefined) runs.push({ block, first, last: i - 1 });
    first = i;
  }
  return runs;
}

/** Brackets over the blocks with their names: whole, as a number (mixed4 becomes 4), or none, as there is room. */
export function blockBrackets(
  blocks: readonly (string | null)[],
  { x, top, bottom }: { readonly x: Scale; readonly top: number; readonly bottom: number },
): string {
  let labelEnd = Number.NEGATIVE_INFINITY;
  return blockRuns(blocks)
    .map(({ block, first, last }) => {
      const [left, right] = [at(x, first + 0.5), at(x, last + 1.5)];
      if (right - left < 4) return "";
      const bracket = linePath([
        [left + 1, top + 19],
        [left + 1, top + 15],
        [right - 1, top + 15],
        [right - 1, top + 19],
      ]);
      const [name] = [block, block.match(/^\D*?[._ ]?(\d+)$/)?.[1] ?? ""].filter(
        (text) => labelWidth(text) <= right - left && (left + right - labelWidth(text)) / 2 >= labelEnd + 2,
      );
      const text = name ?? "";
      if (text !== "") labelEnd = (left + right + labelWidth(text)) / 2;
      return (
        element("path", { d: bracket, fill: "none", stroke: "var(--line)" }) +
        element("path", { d: segment([right, top + 19], [right, bottom]), stroke: "var(--hair)" }) +
        (text === "" ? "" : svgText([(left + right) / 2, top + 11], text, { anchor: "middle" }))
      );
    })
    .join("");
}
