import type { JSX } from "preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useState } from "preact/hooks";
import type { LayerGroup } from "#eigenscope/analysis/index.js";
import {
  AttentionList,
  countText,
  Groups,
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
import { LayerTip } from "../components/layer-tip.js";
import { LayersTable } from "../components/layers-table.js";
import { modelExports } from "../components/model-exports.js";
import { onlyOnChange } from "../components/only-on-change.js";
import { fileName } from "../components/save.js";
import { Spectra } from "../components/spectra.js";
import { WithModel } from "../components/use-model.js";
import { Work } from "../components/work.js";
import { filtersOf } from "../state/filters.js";
import { marked } from "../state/marked.js";
import { models, type OpenModel } from "../state/models.js";
import { placeOf, rememberPlace } from "../state/places.js";
import {
  compareAddress,
  goTo,
  layerAddress,
  modelAddress,
  query,
  type Route,
  rankAddress,
  setQuery,
} from "../state/route.js";
import { shownOf } from "../state/shown.js";
import type { ViewModel } from "../state/view-model.js";

/** A model: the answer, what is worth a look, the phases, all layers along the depth, all spectra, the table. */
export function ModelView({ route }: { route: Route }): JSX.Element {
  const id = route.view === "model" ? route.id : "";
  return <WithModel id={id}>{(model, view) => <Model key={id} model={model} view={view} />}</WithModel>;
}

function Model({ model, view }: { model: OpenModel; view: ViewModel }): JSX.Element {
  const { id } = model.source;
  const layers = view.layers.value;
  const [own, setOwn] = useState(false);
  const href = useCallback(({ outline }: ViewLayer): string => layerAddress(id, outline.layer_id), [id]);
  const shown = shownOf(view).value;
  const { phase } = filtersOf(query.value);
  useScrollPlace(modelAddress(id));
  const order = orderText(model);
  // Not before all layers are done: nothing above the reader's eye moves.
  const pending = view.pending.value;
  const isCalm = useMemo(() => pending === 0 && worthALook(layers).length === 0, [pending, layers]);
  const name = fileName(model.source.label);
  const step = (by: number): void => {
    const at = marked.value ?? (by > 0 ? -1 : layers.length);
    marked.value = Math.max(0, Math.min(layers.length - 1, at + by));
    // The spectrum, or the folded block that holds it.
    document.querySelector(".spectra [data-marked]")?.scrollIntoView({ block: "nearest" });
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
      {/* With nothing to look at, the phases lie beside each other below the answer: no column stays empty. */}
      <div class={isCalm ? "top calm" : "top"}>
        <div>
          <Work model={model} />
          <Headline headline={view.headline.value} pending={pending} />
          <Attention layers={layers} href={href} />
        </div>
        <aside aria-label="Phases and averages">
          <Phases layers={layers} phase={phase} />
          {view.summary.value !== null && <KeyNumbers summary={view.summary.value} />}
          <WhatNext id={id} />
        </aside>
      </div>
      <DepthOfModel {...{ layers, href, order, name }} />
      <GroupsOfModel groups={view.groups.value} id={id} />
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
        <AllSpectra {...{ layers, href, own }} shown={shown.set} />
      </Section>
      <LayersTable layers={layers} shown={shown} href={href} />
      <LeftOut view={view} />
      <LayerTip layers={layers} />
    </main>
  );
}

// Each is drawn when what it shows changes: a key in the filter draws the table, and not the rest.
const DepthOfModel = onlyOnChange(Depth);
const AllSpectra = onlyOnChange(Spectra);

const Attention = onlyOnChange(
  ({ layers, href }: { readonly layers: readonly ViewLayer[]; readonly href: (layer: ViewLayer) => string }) => (
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
  ),
);

const Phases = onlyOnChange(
  ({ layers, phase }: { readonly layers: readonly ViewLayer[]; readonly phase: PhaseLabel | null }) => (
    <PhaseCounts
      layers={layers}
      pressed={phase}
      onPress={(label) => setQuery({ phase: phase === label ? null : label })}
    />
  ),
);

const GroupsOfModel = onlyOnChange(
  ({ groups, id }: { readonly groups: readonly LayerGroup[]; readonly id: string }) => (
    <Groups groups={groups} href={(number) => layerAddress(id, number)} />
  ),
);

/** Goes back to where the view stood when it was left, and remembers where it stands when it is left again. */
function useScrollPlace(address: string): void {
  useLayoutEffect(() => scrollTo(0, placeOf(address)), [address]);
  useEffect(() => {
    let stop = (): void => {};
    // Again, two frames on: in the first the charts learn their widths, in the second the page has its height.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => {
        const top = placeOf(address);
        if (top > 0) scrollTo(0, top);
        stop = followPlace(address);
      });
    });
    return () => {
      cancelAnimationFrame(frame);
      stop();
    };
  }, [address]);
}

/**
 * Remembers where the view stands, until the function that it returns is called. At every change and not at the end:
 * when a view is left, the address is the next view's already.
 */
function followPlace(address: string): () => void {
  // Read when it changes and not at each key in the filter: to ask for it lays the page out.
  let top = scrollY;
  const remember = (): void => rememberPlace(address, top);
  const onScroll = (): void => {
    top = scrollY;
    remember();
  };
  addEventListener("scroll", onScroll, { passive: true });
  // Calls it once now, too.
  const stop = query.subscribe(remember);
  return () => {
    removeEventListener("scroll", onScroll);
    stop();
  };
}

/** What decides the order of the layers, in words. */
function orderText(model: OpenModel): string {
  const order = model.report.value?.input.order;
  return order === undefined ? "in the order of the file" : `in the order of ${ORDER_WORDS[order]}`;
}

function FileLine({ model, view }: { model: OpenModel; view: ViewModel }): JSX.Element {
  const layers = view.layers.value;
  const weights = useMemo(
    () => layers.reduce((sum, { outline: { shape } }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    [layers],
  );
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
          {skipped.length === 0
            ? "No tensor was left out."
            : `Left out: ${plural(skipped.length, "tensor")}. Biases and norms have no spectrum; ` +
              "the others are named with their reasons."}
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
