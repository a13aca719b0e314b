import type { JSX } from "preact";
import type { LayerRecord } from "../../analysis/report.js";
import { sureText } from "../certainty.js";
import { type AlphaGlyph, alphaGlyph } from "../charts/alpha-glyph.js";
import type { PhaseLabel } from "../phase-style.js";
import { Drawing } from "./drawing.js";
import { cellText, type TableColumn } from "./layer-columns.js";
import { PhaseName } from "./phase-mark.js";
import type { ViewLayer } from "./view-layer.js";

/** A row of the table of layers. `href` opens the layer. */
export function LayerRow({
  layer,
  columns,
  href,
  row,
  id,
  spectrum,
  glyphs = true,
  data = {},
}: {
  layer: ViewLayer;
  columns: readonly TableColumn[];
  href?: string;
  /** Place in the whole table, from 1, where only a part of it is in the document. */
  row?: number;
  /** Anchor of the row. */
  id?: string | undefined;
  /** A picture after the name, as a cell of its own. */
  spectrum?: JSX.Element;
  /** Whether alpha has its small axis, or "later": its place is free. */
  glyphs?: boolean | "later";
  /** More attributes of the row. */
  data?: Readonly<Record<`data-${string}`, string>>;
}): JSX.Element {
  const name = <span class="mono">{layer.short}</span>;
  return (
    <tr
      data-layer={layer.index}
      {...data}
      {...(id !== undefined && { id })}
      {...(row !== undefined && { "aria-rowindex": row })}
    >
      <th scope="row" title={layer.outline.name}>
        {href === undefined ? name : <a href={href}>{name}</a>}
      </th>
      {spectrum !== undefined && <td class="left">{spectrum}</td>}
      {columns.map((column) => (
        <td key={column.name} class={column.align === "left" ? "left" : undefined}>
          <Cell layer={layer} column={column.name} glyphs={glyphs} />
        </td>
      ))}
    </tr>
  );
}

function Cell({ layer, column, glyphs }: { layer: ViewLayer; column: string; glyphs: boolean | "later" }): JSX.Element {
  const { record, label } = layer;
  if (record !== null && label !== null && column === "phase") return <PhaseName label={label} size={12} />;
  if (record !== null && column === "phase_confidence" && record.phase_confidence !== null) {
    const percent = Math.round(100 * record.phase_confidence);
    return (
      <>
        <span class="sure" style={{ "--share": `${percent}%` }} />
        {sureText(record.phase_confidence).replace(" sure", "")}
      </>
    );
  }
  const { text, why } = cellText(layer, column);
  const shown =
    why === undefined ? (
      text === "…" ? (
        <span class="quiet">{text}</span>
      ) : (
        text
      )
    ) : (
      <span class="quiet term" title={why}>
        {text}
      </span>
    );
  if (glyphs === false || column !== "alpha" || record === null || label === null) return <>{shown}</>;
  return (
    <>
      {shown}{" "}
      {glyphs === "later" ? <span class="glyph-place" /> : <Drawing inline svg={alphaGlyph(glyphOf(record, label))} />}
    </>
  );
}

/** alpha for its glyph: nothing where no power law describes the tail. */
function glyphOf({ alpha, alpha_valid, alpha_low, alpha_high }: LayerRecord, phase: PhaseLabel): AlphaGlyph {
  const valid = alpha_valid && alpha !== null;
  const interval = alpha_low === null || alpha_high === null ? null : ([alpha_low, alpha_high] as const);
  return { alpha: valid ? alpha : null, interval: valid ? interval : null, phase };
}
