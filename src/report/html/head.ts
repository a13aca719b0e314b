import type { Finding } from "../../analysis/findings/finding.js";
import type { LayerRecord, Mean, Report, ReportSummary } from "../../analysis/report.js";
import { printable } from "../../bytes/errors.js";
import { attentionList, beyondAttention, sureText } from "../attention.js";
import { explanationOfColumn } from "../columns.js";
import { bytesText, countText, numberText, plural } from "../number-text.js";
import { countByPhaseLabel, STYLE } from "../phase-style.js";
import { printableSentence } from "../printable-sentence.js";
import { html, type Markup } from "./markup.js";
import { phaseName } from "./phase-mark.js";

/** Title, file, options, and the switch for light and dark. */
export function pageHeader({ input, options, tool }: Report): Markup {
  const bytes = input.files.reduce((sum, file) => sum + file.byteLength, 0);
  const set = Object.entries(options).filter(
    ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
  );
  return html`<header class="top">
<div>
<h1>${shortLabel(input.label)}</h1>
<p class="quiet">${input.format}, ${plural(input.files.length, "file")}, ${bytesText(bytes)}${
    input.base === undefined ? "" : `, merged onto ${shortLabel(input.base.label)} (${input.base.format})`
  }. Analysed by ${tool.name} ${tool.version}.</p>
<p class="quiet small">${set.map(([name, value]) => `${name} ${optionText(value)}`).join(" · ")}</p>
${input.warnings.map((warning) => html`<p><strong>Warning.</strong> ${printableSentence(warning)}</p>`)}
</div>
<button type="button" class="control" id="theme" data-script hidden>Dark colours</button>
</header>`;
}

function optionText(value: unknown): string {
  return Array.isArray(value) ? value.map((part) => printable(String(part))).join(" ") : String(value);
}

/** The last two parts of a path: "model.json" alone does not identify a model. */
export function shortLabel(label: string): string {
  const parts = printable(label)
    .split(/[/\\]/)
    .filter((part) => part !== "" && part !== ".");
  return parts.length === 0 ? printable(label) : parts.slice(-2).join("/");
}

interface Tile {
  readonly heading: string;
  readonly field: "alpha" | "alpha_weighted" | "log_norm" | "log_spectral_norm" | "stable_rank" | "mp_soft_rank";
  readonly note?: (summary: ReportSummary) => string;
}

/** The means over layers at the top of the page. */
const TILES: readonly Tile[] = [
  {
    heading: "Mean alpha",
    field: "alpha",
    note: ({ alpha, analysed }) =>
      `over the ${countText(alpha.layers)} of ${countText(analysed)} layers with a power law`,
  },
  { heading: "Weighted alpha", field: "alpha_weighted", note: () => "mean, same layers" },
  { heading: "Log norm", field: "log_norm" },
  { heading: "Log spectral norm", field: "log_spectral_norm" },
  { heading: "Stable rank", field: "stable_rank" },
  { heading: "Soft rank", field: "mp_soft_rank" },
];

/** The headings of the tiles and the fields they average. */
export const TILE_HEADINGS: readonly { readonly heading: string; readonly field: keyof LayerRecord }[] = TILES;

/** Tiles, the bar of phases, and the findings. */
export function overview({ layers, findings, summary }: Report): Markup {
  const { analysed, failed, eigenvalues, findings: sentences } = summary;
  return html`<section aria-label="Summary">
<dl class="tiles">
${tile(
  "Layers analysed",
  countText(analysed),
  failed > 0 ? `${countText(failed)} failed` : plural(eigenvalues, "eigenvalue"),
)}
${TILES.map(({ heading, field, note }) =>
  meanTile(heading, summary[field], note?.(summary) ?? "mean", explanationOfColumn(field)),
)}
${tile("Tensors skipped", countText(summary.skipped), summary.skipped > 0 ? html`<a href="#skipped">reasons</a>` : "")}
</dl>
<h2>${printableSentence(summary.headline)}</h2>
${attention(findings)}
<h2>Phases</h2>
${phaseBar(layers)}
${
  sentences.length > 0 &&
  html`<h2>Findings</h2><ul>${sentences.map((finding) => html`<li>${printableSentence(finding)}</li>`)}</ul>`
}
</section>`;
}

/** What to look at, worst first, each with its reason and advice. */
function attention(findings: readonly Finding[]): Markup {
  const listed = attentionList(findings);
  const more = beyondAttention(findings);
  if (listed.length === 0) return html``;
  const items = listed.map(({ name, what, certainty, advice }) => {
    const found = html`${printableSentence(what)}${sureText(certainty)} <span class="quiet">${advice}</span>`;
    return html`<li><strong>${printable(name)}</strong>: ${found}</li>`;
  });
  return html`<ul>${items}${more > 0 && html`<li>and ${countText(more)} more</li>`}</ul>`;
}

function tile(term: string, value: string, note: string | Markup, definition?: string): Markup {
  const title = definition !== undefined && html` title="${definition}"`;
  return html`<div><dt${title}>${term}</dt><dd>${value}<small>${note}</small></dd></div>`;
}

function meanTile(term: string, { mean }: Mean, note: string, definition: string): Markup {
  return tile(term, numberText(mean), note, definition);
}

function phaseBar(layers: readonly LayerRecord[]): Markup {
  const counts = countByPhaseLabel(layers);
  if (counts.length === 0) return html`<p>No layer was analysed.</p>`;
  const segment = ({ phaseLabel, count }: (typeof counts)[number]): Markup => {
    const { colour, isPhase } = STYLE[phaseLabel];
    const look = isPhase ? `background: ${colour}` : `box-shadow:inset 0 0 0 2px ${colour}`;
    return html`<span style="flex:${count};${look}"></span>`;
  };
  const key = counts.map(
    ({ phaseLabel, count }) => html`<li>${phaseName(phaseLabel)} <strong>${countText(count)}</strong></li>`,
  );
  return html`<div class="bar" aria-hidden="true">${counts.map(segment)}</div>
<ul class="key">${key}</ul>`;
}
