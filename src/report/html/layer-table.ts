import type { LayerRecord, Report } from "../../analysis/report.js";
import { printable } from "../../bytes/errors.js";
import { explanationOfColumn } from "../columns.js";
import { NOT_AVAILABLE, numberText, plusMinus, shapeText } from "../number-text.js";
import { countByPhaseLabel, PHASE_LABELS, phaseLabelOf } from "../phase-style.js";
import { printableSentence } from "../printable-sentence.js";
import { html, type Markup } from "./markup.js";
import { phaseName } from "./phase-mark.js";

interface Column {
  readonly heading: string;
  readonly field: keyof LayerRecord;
  readonly kind: "number" | "text";
  /** The first click sorts upwards. Otherwise the largest values come first. */
  readonly upwards?: boolean;
  readonly left?: boolean;
  /** The value to sort by. null sorts last. */
  readonly value: (layer: LayerRecord) => number | string | null;
  readonly cell?: (layer: LayerRecord) => Markup | string;
}

/** The fields that hold a number or null. A text field here is a compile error. */
type NumberField = {
  [Field in keyof LayerRecord]-?: LayerRecord[Field] extends number | null ? Field : never;
}[keyof LayerRecord];

const number = (heading: string, field: NumberField, digits = 3): Column => ({
  heading,
  field,
  kind: "number",
  value: (layer) => layer[field],
  cell: (layer) => numberText(layer[field], digits),
});

const validAlpha = ({ alpha, alpha_valid }: LayerRecord): number | null => (alpha_valid ? alpha : null);

const COLUMNS: readonly Column[] = [
  { heading: "#", field: "layer_id", kind: "number", upwards: true, value: ({ layer_id }) => layer_id },
  { heading: "layer", field: "name", kind: "text", upwards: true, left: true, value: ({ name }) => printable(name) },
  {
    heading: "shape",
    field: "shape",
    kind: "number",
    value: ({ shape }) => shape.reduce((product, side) => product * side, 1),
    cell: ({ shape }) => shapeText(shape, "×"),
  },
  number("Q", "Q"),
  {
    heading: "alpha",
    field: "alpha",
    kind: "number",
    value: validAlpha,
    cell: (layer) =>
      validAlpha(layer) === null
        ? html`<span class="na" title="${printableSentence(layer.alpha_reason ?? "")}">${NOT_AVAILABLE}</span>`
        : plusMinus(layer.alpha as number, layer.sigma, " "),
  },
  {
    heading: "tail index",
    field: "tail_index",
    kind: "number",
    value: ({ tail_index }) => tail_index,
    cell: ({ tail_index }) => (tail_index === null ? NOT_AVAILABLE : tail_index.toFixed(2)),
  },
  number("spikes", "spikes"),
  number("soft rank", "mp_soft_rank"),
  number("stable rank", "stable_rank"),
  number("log norm", "log_norm"),
  {
    heading: "phase",
    field: "phase",
    kind: "number",
    upwards: true,
    left: true,
    value: (layer) => PHASE_LABELS.indexOf(phaseLabelOf(layer)),
    cell: (layer) => phaseName(phaseLabelOf(layer)),
  },
  {
    heading: "confidence",
    field: "phase_confidence",
    kind: "number",
    value: ({ phase, phase_confidence }) => (phase === null ? null : phase_confidence),
    cell: ({ phase, phase_confidence }) =>
      phase === null || phase_confidence === null ? "" : `${Math.round(100 * phase_confidence)} %`,
  },
  {
    heading: "warning",
    field: "warning",
    kind: "text",
    upwards: true,
    left: true,
    value: (layer) => warningOf(layer) || null,
    cell: (layer) => warningOf(layer),
  },
];

/** The headings of the table and the fields they show. */
export const PAGE_HEADINGS: readonly { readonly heading: string; readonly field: keyof LayerRecord }[] = COLUMNS;

/** WeightWatcher's label, only if alpha is valid. */
function warningOf({ alpha_valid, warning }: LayerRecord): string {
  return alpha_valid ? printable(warning) : "";
}

/** Anchor of a layer's section. */
export function sectionId(index: number): string {
  return `layer-${index}`;
}

/** The table of all layers with its filters. The page's script sorts and filters. */
export function layerTable(report: Report): Markup {
  const { layers } = report;
  if (layers.length === 0) return html``;
  return html`<h2 id="layers">Layers</h2>
<div class="filters" data-script hidden>
<label for="filter-name">Name contains</label>
<input type="search" id="filter-name" autocomplete="off" spellcheck="false">
<div role="group" aria-label="Phases shown" class="filters">${countByPhaseLabel(layers).map(({ phaseLabel }) => {
    const state = html`aria-pressed="true" data-phase="${phaseLabel}"`;
    return html`<button type="button" class="control" ${state}>${phaseName(phaseLabel)}</button>`;
  })}</div>
<span id="filter-count" role="status" class="quiet"></span>
</div>
<div class="scroll" role="region" aria-label="Table of layers" tabindex="0">
<table id="layer-table">
<caption>Layers. Click a name for its spectrum.</caption>
<thead><tr>${COLUMNS.map(headingCell)}</tr></thead>
<tbody>
${layers.map(row)}
</tbody>
</table>
</div>`;
}

function headingCell({ heading, field, kind, left, upwards }: (typeof COLUMNS)[number]): Markup {
  const sorting = html`data-kind="${kind}" data-first="${upwards ? "ascending" : "descending"}"`;
  const button = html`<button type="button" aria-describedby="c-${field}">${heading}</button>`;
  const title = explanationOfColumn(field);
  return html`<th scope="col"${left && html` class="left"`} ${sorting} title="${title}">${button}</th>`;
}

function row(layer: LayerRecord, index: number): Markup {
  const name = printable(layer.name);
  const section = sectionId(index);
  const cells = COLUMNS.map((column) => {
    const value = column.value(layer) ?? "";
    if (column.field === "name") return html`<th scope="row" data-v="${value}"><a href="#${section}">${name}</a></th>`;
    return html`<td${column.left && html` class="left"`} data-v="${value}">${column.cell?.(layer) ?? value}</td>`;
  });
  return html`<tr data-name="${name}" data-phase="${phaseLabelOf(layer)}" data-section="${section}">${cells}</tr>
`;
}
