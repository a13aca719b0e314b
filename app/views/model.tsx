import type { JSX } from "preact";
import { useState } from "preact/hooks";
import {
  AllSpectra,
  AttentionList,
  countText,
  Headline,
  KeyNumbers,
  ORDER_WORDS,
  PhaseCounts,
  type PhaseLabel,
  plural,
  Section,
  type ViewLayer,
  worthALook,
} from "#eigenscope/report/view/index.js";
import { Depth } from "../components/depth.js";
import { ExportMenu } from "../components/export-menu.js";
import { useKeys } from "../components/keys.js";
import { LayersTable } from "../components/layers-table.js";
import { modelExports } from "../components/model-exports.js";
import { WithModel } from "../components/use-model.js";
import { Work } from "../components/work.js";
import { filtersOf, matching } from "../state/filters.js";
import { models, type OpenModel } from "../state/models.js";
import { compareAddress, goTo, layerAddress, query, type Route, rankAddress, setQuery } from "../state/route.js";
import { marked, type ViewModel } from "../state/view-model.js";

/** A model: the answer, what is worth a look, the phases, all layers along the depth, all spectra, the table. */
export function ModelView({ route }: { route: Route }): JSX.Element {
  const id = route.view === "model" ? route.id : "";
  return <WithModel id={id}>{(model, view) => <Model key={id} model={model} view={view} />}</WithModel>;
}

function Model({ model, view }: { model: OpenModel; view: ViewModel }): JSX.Element {
  const { id } = model.source;
  const layers = view.layers.value;
  const [own, setOwn] = useState(false);
  const href = ({ outline }: ViewLayer): string => layerAddress(id, outline.layer_id);
  const filters = filtersOf(query.value);
  const shown = new Set(matching(layers, filters).layers);
  const phase = filters.phase;
  const pressPhase = (label: PhaseLabel): void => setQuery({ phase: phase === label ? null : label });
  const step = (by: number): void => {
    const at = marked.value ?? (by > 0 ? -1 : layers.length);
    marked.value = Math.max(0, Math.min(layers.length - 1, at + by));
    document.querySelector(`.spectra [data-layer="${marked.value}"]`)?.scrollIntoView({ block: "nearest" });
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    Enter: () => {
      if (marked.value !== null) goTo(href(layers[marked.value]));
    },
    "/": (event) => {
      event.preventDefault();
      document.querySelector<HTMLInputElement>("#filter")?.focus();
    },
  });
  return (
    <main id="main" tabIndex={-1}>
      <FileLine model={model} view={view} />
      <div class="top">
        <div>
          <Work model={model} />
          <Headline headline={view.headline.value} pending={view.pending.value} />
          <AttentionList
            layers={layers}
            href={href}
            more={
              <p class="note">
                <button type="button" class="link" onClick={() => setQuery({ look: "1" })}>
                  All {worthALook(layers).length} layers that are worth a look, in the table
                </button>
              </p>
            }
          />
        </div>
        <aside aria-label="Phases and averages">
          <PhaseCounts layers={layers} pressed={phase} onPress={pressPhase} />
          {view.summary.value !== null && <KeyNumbers summary={view.summary.value} />}
          <WhatNext id={id} />
        </aside>
      </div>
      <Depth layers={layers} href={href} order={orderText(model)} />
      <Section
        id="spectra"
        title={`All ${countText(layers.length)} spectra`}
        about="counts (square-root height) against log λ, each from its median; dashed: edge of the random bulk"
        controls={
          <span class="switch" role="group" aria-label="Axis">
            <button type="button" aria-pressed={!own} onClick={() => setOwn(false)}>
              one axis
            </button>
            <button type="button" aria-pressed={own} onClick={() => setOwn(true)}>
              own axis
            </button>
          </span>
        }
      >
        <AllSpectra layers={layers} href={href} own={own} dimmed={(layer) => !shown.has(layer)} />
      </Section>
      <LayersTable layers={layers} href={href} />
      <LeftOut view={view} />
    </main>
  );
}

/** What decides the order of the layers, in words. */
function orderText(model: OpenModel): string {
  const order = model.report.value?.input.order;
  return order === undefined ? "in the order of the file" : `in the order of ${ORDER_WORDS[order]}`;
}

function FileLine({ model, view }: { model: OpenModel; view: ViewModel }): JSX.Element {
  const layers = view.layers.value;
  const weights = layers.reduce((sum, { outline: { shape } }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const input = model.report.value?.input;
  return (
    <div class="file-line">
      <span class="file">{model.source.label}</span>
      <span class="quiet small">
        {plural(layers.length, "layer")}, {countText(weights)} weights in them
        {input !== undefined && `, ${input.format}`}
      </span>
      {input !== undefined && (
        <details class="small quiet">
          <summary>how it was read</summary>
          <p class="note">
            {input.format}, {plural(input.files.length, "file")}. Order of the layers: {input.order}.{" "}
            {input.warnings.join(" ")}
          </p>
        </details>
      )}
      <span class="push">
        <ExportMenu exports={modelExports(model)} />
      </span>
    </div>
  );
}

function WhatNext({ id }: { id: string }): JSX.Element {
  const other = models.value.find(({ source }) => source.id !== id);
  return (
    <div class="next">
      <h2>What next</h2>
      <a href={other === undefined ? "#/?for=compare" : compareAddress(id, other.source.id)}>
        Compare with another checkpoint
        <span>did fine-tuning or quantisation do harm?</span>
      </a>
      <a href={models.value.length < 2 ? "#/?for=rank" : rankAddress(models.value.map(({ source }) => source.id))}>
        Rank several checkpoints
        <span>which one to keep, which went too far</span>
      </a>
    </div>
  );
}

function LeftOut({ view }: { view: ViewModel }): JSX.Element | null {
  const skipped = view.skipped.value;
  return (
    <section class="section" aria-label="What was left out">
      <details class="note">
        <summary>
          Left out: {plural(skipped.length, "tensor")}. Biases and norms have no spectrum; the others are named with
          their reasons.
        </summary>
        <ul>
          {skipped.slice(0, 500).map(({ name, reason }) => (
            <li key={name}>
              <span class="mono">{name}</span>: {reason}
            </li>
          ))}
        </ul>
      </details>
      <p class="note">Everything was computed on this machine; nothing was sent anywhere.</p>
    </section>
  );
}
