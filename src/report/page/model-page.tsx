import type { JSX } from "preact";
import { renderToString } from "preact-render-to-string";
import { finiteReport } from "../../analysis/finite.js";
import type { Report } from "../../analysis/report.js";
import type { SmallPicture } from "../../analysis/small-picture.js";
import { ORDER_WORDS } from "../../layers/index.js";
import { MAX_ATTENTION } from "../attention.js";
import { bytesText, countText, plural } from "../number-text.js";
import { type LayerPicture, smallPictureOf } from "../picture.js";
import { placesText, referenceLines } from "../reference-text.js";
import { Groups } from "../view/groups.js";
import { KeyNumbers } from "../view/key-numbers.js";
import { AttentionList, Headline, PhaseCounts, Section, worthALook } from "../view/sections.js";
import { AllSpectra } from "../view/spectra.js";
import { reportLayers, type ViewLayer } from "../view/view-layer.js";
import { layerId, pictureId } from "./anchors.js";
import { DepthSection } from "./depth-section.js";
import { LayerSheet } from "./layer-sheet.js";
import { LayersTable } from "./layers-table.js";
import { trusted } from "./markup.js";
import { ReadingGuide } from "./reading-guide.js";
import { pageShell } from "./shell.js";
import { shortLabel } from "./short-label.js";
import { SkippedTensors } from "./skipped-tensors.js";

/** Models of at most so many layers have large charts of each. */
export const MAX_ALL_SHEETS = 12;

/** Pages of more layers lay out only what is near the view. */
const MAX_EAGER = 300;

export interface ModelPageOptions {
  /** Large charts of every layer. Default: of at most `MAX_ALL_SHEETS` layers, else of the attention list. */
  readonly all: boolean;
}

/** The whole page of a model. */
export function renderModelPage(
  given: Report,
  pictures: readonly (LayerPicture | SmallPicture | null)[],
  { all }: ModelPageOptions,
): string {
  const report = finiteReport(given);
  const { name, version } = report.tool;
  const label = shortLabel(report.input.label);
  return pageShell(
    {
      generator: `${name} ${version}`,
      title: `${label} · eigenscope`,
      kind: "report",
      ...(report.layers.length > 0 && { skipTo: { id: "layers", name: "the layers" } }),
    },
    trusted(renderToString(<ModelPage {...{ report, pictures, all, label }} />)),
  );
}

function ModelPage({
  report,
  pictures,
  all,
  label,
}: ModelPageOptions & {
  report: Report;
  pictures: readonly (LayerPicture | SmallPicture | null)[];
  label: string;
}): JSX.Element {
  const layers = reportLayers(report, pictures.map(smallPictureOf));
  const sheets = withSheets(layers, all);
  const has = new Set(sheets);
  const href = (layer: ViewLayer): string => `#${layerId(layer)}`;
  const byNumber = new Map(layers.map((layer, k) => [report.layers[k].layer_id, layer]));
  const places = placesOf(report);
  return (
    <main id="main" tabIndex={-1} class={layers.length > MAX_EAGER ? "large" : undefined}>
      <FileLine report={report} label={label} />
      <div class="top">
        <div>
          <Headline headline={report.summary.headline} pending={0} />
          <AttentionList layers={layers} href={href} />
          <Remarks report={report} />
        </div>
        <aside aria-label="Phases and averages">
          {layers.length > 0 ? <PhaseCounts layers={layers} /> : <p>No layer was analysed.</p>}
          <KeyNumbers summary={report.summary} />
          {referenceLines(report.reference).map((line) => (
            <p key={line} class="note">
              {line}
            </p>
          ))}
        </aside>
      </div>
      {layers.length > 0 && (
        <>
          <DepthSection layers={layers} order={ORDER_WORDS[report.input.order]} />
          <Groups groups={report.groups} href={(number) => href(byNumber.get(number) as ViewLayer)} />
          <Section
            id="spectra"
            title={layers.length === 1 ? "The spectrum" : `All ${countText(layers.length)} spectra`}
            about="counts (square-root height) against log λ, each from its median; dashed: edge of the random bulk"
          >
            <AllSpectra layers={layers} href={href} idOf={pictureId} />
          </Section>
          <LayersTable layers={layers} hasSheet={(layer) => has.has(layer)} />
        </>
      )}
      {sheets.length > 0 && (
        <Section id="sheets" title={sheetsTitle(sheets.length, layers.length)} about={sheetsNote(sheets, layers)}>
          {sheets.map((layer) => (
            <LayerSheet
              key={layer.index}
              layer={layer}
              picture={pictures[layer.index]}
              of={layers.length}
              places={places.get(layer.record?.longname ?? "") ?? ""}
            />
          ))}
        </Section>
      )}
      <SkippedTensors skipped={report.skipped} />
      <ReadingGuide layers={report.layers} schemaVersion={report.schemaVersion} />
    </main>
  );
}

/** The layers that have large charts, in order of depth. */
function withSheets(layers: readonly ViewLayer[], all: boolean): readonly ViewLayer[] {
  if (all || layers.length <= MAX_ALL_SHEETS) return layers;
  const listed = new Set(worthALook(layers).slice(0, MAX_ATTENTION));
  return layers.filter((layer) => listed.has(layer));
}

function sheetsTitle(sheets: number, layers: number): string {
  if (sheets === layers) return layers === 1 ? "The layer" : `All ${countText(layers)} layers`;
  return sheets === 1 ? "The layer that is worth a look" : "The layers that are worth a look";
}

/** Says how to get the charts that the page does not have. */
function sheetsNote(sheets: readonly ViewLayer[], layers: readonly ViewLayer[]): string | undefined {
  if (sheets.length === layers.length) return undefined;
  return `large charts of ${plural(sheets.length, "layer")}; --html-all draws those of all ${countText(layers.length)}`;
}

/** Where each layer lies among those of known networks, by its full name. */
function placesOf({ reference }: Report): ReadonlyMap<string, string> {
  const byLayer = new Map<string, (typeof reference.percentiles)[number][]>();
  for (const place of reference.percentiles) byLayer.set(place.layer, [...(byLayer.get(place.layer) ?? []), place]);
  return new Map([...byLayer].map(([layer, places]) => [layer, placesText(places)]));
}

/** The file: its name, what was read, and on demand the options. Warnings are never hidden. */
function FileLine({ report: { input, layers, options, tool }, label }: { report: Report; label: string }): JSX.Element {
  const bytes = input.files.reduce((sum, file) => sum + file.byteLength, 0);
  const weights = layers.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const set = Object.entries(options).filter(
    ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
  );
  const base = input.base === undefined ? "" : `, merged onto ${shortLabel(input.base.label)} (${input.base.format})`;
  return (
    <>
      <div class="file-line">
        <span class="file">{label}</span>
        <span class="quiet small">
          {plural(layers.length, "layer")}, {countText(weights)} weights in them, {input.format}, {bytesText(bytes)}
          {base}
        </span>
        <details class="small quiet">
          <summary>how it was read</summary>
          <p class="note">
            {plural(input.files.length, "file")}. Order of the layers: {ORDER_WORDS[input.order]}. Analysed by{" "}
            {tool.name} {tool.version} with {set.map(([name, value]) => `${name} ${optionText(value)}`).join(", ")}.
          </p>
        </details>
      </div>
      {input.warnings.map((warning) => (
        <p key={warning} class="message">
          <b>Warning.</b> {warning}
        </p>
      ))}
    </>
  );
}

function optionText(value: unknown): string {
  return Array.isArray(value) ? value.join(" ") : String(value);
}

/** The sentences about the model as a whole, on demand: the attention list has what is worth a look. */
function Remarks({ report: { summary } }: { report: Report }): JSX.Element | null {
  const { findings } = summary;
  if (findings.length === 0) return null;
  return (
    <details class="note">
      <summary>{plural(findings.length, "remark")} on the model as a whole</summary>
      <ul>
        {findings.map((finding) => (
          <li key={finding}>{finding}</li>
        ))}
      </ul>
    </details>
  );
}
