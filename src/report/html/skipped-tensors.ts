import type { SkippedRecord } from "../../analysis/report.js";
import { printable } from "../../bytes/errors.js";
import { plural, shapeText } from "../number-text.js";
import { printableSentence } from "../printable-sentence.js";
import { html, type Markup } from "./markup.js";

/** The table of the tensors that are no layers, each with its reason. */
export function skippedTensors(skipped: readonly SkippedRecord[]): Markup {
  if (skipped.length === 0) return html``;
  const headings = ["tensor", "shape", "type", "reason"].map(
    (heading) => html`<th scope="col" class="left"><span class="cell">${heading}</span></th>`,
  );
  return html`<h2 id="skipped">Tensors skipped</h2>
<details><summary>${plural(skipped.length, "tensor")}, each with its reason</summary>
<div class="scroll" role="region" aria-label="Table of skipped tensors" tabindex="0"><table>
<thead><tr>${headings}</tr></thead>
<tbody>${skipped.map(skippedRow)}</tbody>
</table></div></details>`;
}

function skippedRow({ name, shape, dtype, reason }: SkippedRecord): Markup {
  return html`<tr><th scope="row">${printable(name)}</th>
<td class="left">${shapeText(shape, "×")}</td><td class="left">${printable(dtype)}</td>
<td class="left reason">${printableSentence(reason)}</td></tr>
`;
}
