import type { JSX } from "preact";
import { explanationOfColumn } from "../columns.js";
import { PHASE_LABELS } from "../phase-style.js";
import { FIRST_COLUMNS, sortValue, TABLE_COLUMNS, type TableColumn } from "../view/layer-columns.js";
import { LayerRow } from "../view/layer-row.js";
import { PhaseName } from "../view/phase-mark.js";
import { Section } from "../view/sections.js";
import { CELL } from "../view/spectra.js";
import type { ViewLayer } from "../view/view-layer.js";
import { layerId, pictureId } from "./anchors.js";

const COLUMNS: readonly TableColumn[] = FIRST_COLUMNS.flatMap(
  (name) => TABLE_COLUMNS.find((column) => column.name === name) ?? [],
);
/** Columns whose small values are looked for first: a click on the heading sorts them upwards. */
const UPWARDS: ReadonlySet<string> = new Set(["layer", "phase", "block", "role"]);
/** Above so many layers alpha is a number without its small axis: they would be a quarter of the page. */
const MAX_GLYPHS = 400;
/** The spectrum of a row: that of the overview, smaller. */
const PICTURE = { width: 81, height: 30 } as const;

/**
 * The table of all layers. The page's script sorts and filters it, by the values in the element "values". A layer with
 * a section of its own is linked to it; the others have their anchor here.
 */
export function LayersTable({
  layers,
  hasSheet,
}: {
  layers: readonly ViewLayer[];
  hasSheet: (layer: ViewLayer) => boolean;
}): JSX.Element {
  const glyphs = layers.length <= MAX_GLYPHS;
  return (
    <Section
      id="layers"
      title="Layers"
      about={
        <span id="filter-count" role="status">
          {layers.length}, in order of depth
        </span>
      }
    >
      <Filters layers={layers} />
      <div class="table layers-table" tabIndex={0} role="region" aria-label="Table of layers">
        <table id="layer-table">
          <caption class="hidden">All layers. A name leads to the layer's charts where the page has them.</caption>
          <thead>
            <tr>
              <Heading name="layer" title="layer" about={explanationOfColumn("name")} described="name" />
              <th scope="col" class="left">
                spectrum
              </th>
              {COLUMNS.map(({ name, title, align }) => (
                <Heading
                  key={name}
                  {...{ name, title }}
                  about={explanationOfColumn(name)}
                  described={name}
                  left={align === "left"}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {layers.map((layer) => (
              <Row key={layer.index} layer={layer} sheet={hasSheet(layer)} glyphs={glyphs} />
            ))}
          </tbody>
        </table>
      </div>
      <script type="application/json" id="values" dangerouslySetInnerHTML={{ __html: valuesJson(layers) }} />
    </Section>
  );
}

function Heading({
  name,
  title,
  about,
  described,
  left = false,
}: {
  name: string;
  title: string;
  about: string;
  /** The column whose definition in the guide describes this heading. */
  described: string;
  left?: boolean;
}): JSX.Element {
  return (
    <th
      scope="col"
      class={left ? "left" : ""}
      title={about}
      data-column={name}
      data-first={UPWARDS.has(name) ? "ascending" : "descending"}
    >
      <button type="button" aria-describedby={`c-${described}`}>
        {title}
      </button>
    </th>
  );
}

function Row({ layer, sheet, glyphs }: { layer: ViewLayer; sheet: boolean; glyphs: boolean }): JSX.Element {
  const anchor = layerId(layer);
  return (
    <LayerRow
      layer={layer}
      columns={COLUMNS}
      {...(sheet ? { href: `#${anchor}` } : { id: anchor })}
      data={{
        "data-phase": layer.label ?? "",
        ...(layer.findings.some(({ severity }) => severity !== "note") && { "data-look": "" }),
      }}
      glyphs={glyphs}
      spectrum={layer.picture === null ? <span class="quiet">n/a</span> : <SpectrumAgain layer={layer} />}
    />
  );
}

/** The overview's picture of the layer, shown again without its bytes. */
function SpectrumAgain({ layer }: { layer: ViewLayer }): JSX.Element {
  return (
    <svg class="again" {...PICTURE} viewBox={`0 0 ${CELL.width} ${CELL.height}`} aria-hidden="true">
      <use href={`#${pictureId(layer)}`} />
    </svg>
  );
}

function Filters({ layers }: { layers: readonly ViewLayer[] }): JSX.Element {
  const count = (label: string): number => layers.filter((layer) => layer.label === label).length;
  const looks = layers.filter(({ findings }) => findings.some(({ severity }) => severity !== "note")).length;
  return (
    <div class="filters" data-script hidden>
      <input
        id="filter-text"
        type="search"
        autocomplete="off"
        spellcheck={false}
        placeholder="name, block, phase, or alpha < 2"
        aria-label="Find layers by name, block or phase, or by a number such as alpha < 2"
      />
      {PHASE_LABELS.filter((label) => count(label) > 0).map((label) => (
        <button key={label} type="button" class="chip" aria-pressed="false" data-phase={label}>
          <PhaseName label={label} size={12} /> <b>{count(label)}</b>
        </button>
      ))}
      {looks > 0 && (
        <button id="filter-look" type="button" class="chip" aria-pressed="false">
          worth a look <b>{looks}</b>
        </button>
      )}
    </div>
  );
}

/** What the script sorts and filters by, row by row. Every "<" is written so that it cannot end the element. */
function valuesJson(layers: readonly ViewLayer[]): string {
  const columns = ["layer", ...COLUMNS.map(({ name }) => name)];
  const rows = layers.map((layer) => columns.map((column) => orderOf(layer, column)));
  return JSON.stringify({ columns, rows }).replaceAll("<", "\\u003c");
}

/** Numbers to six digits; a phase by its place in the theory, a shape by its size. */
function orderOf(layer: ViewLayer, column: string): number | string | null {
  if (column === "phase") return layer.label === null ? null : PHASE_LABELS.indexOf(layer.label);
  if (column === "shape") return layer.outline.shape.reduce((product, side) => product * side, 1);
  const value = sortValue(layer, column);
  if (typeof value === "number") return Number(value.toPrecision(6));
  return value === "" ? null : value;
}
