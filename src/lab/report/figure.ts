import { html, type Markup, trusted } from "../../report/page-parts.js";

/** A chart with its caption. null if the chart is empty. */
export function figure(chart: string, caption: string): Markup | null {
  return chart === "" ? null : html`<figure>${trusted(chart)}<figcaption>${caption}</figcaption></figure>`;
}
