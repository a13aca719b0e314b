import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { LayerDetail } from "#eigenscope/analysis/index.js";
import { npyVector } from "#eigenscope/formats/numpy/npy-writer.js";
import {
  AllNumbers,
  alternativesOf,
  type Chart,
  countFrom,
  Drawing,
  decisionChart,
  LayerHead,
  MainNumbers,
  nearestStart,
  neighboursOf,
  Section,
  type SpectrumAxes,
  SpectrumCell,
  siblingsOf,
  spectrumChart,
  type ViewLayer,
  xminChart,
} from "#eigenscope/report/view/index.js";
import { ChartBox, type Range } from "../components/chart-box.js";
import { chartExports } from "../components/chart-exports.js";
import { type Export, ExportMenu } from "../components/export-menu.js";
import { useKeys } from "../components/keys.js";
import { LayerTip } from "../components/layer-tip.js";
import { copyText, fileName, save } from "../components/save.js";
import { say } from "../components/toast.js";
import { WithModel } from "../components/use-model.js";
import { marked } from "../state/marked.js";
import type { OpenModel } from "../state/models.js";
import { lastAddress } from "../state/places.js";
import { goTo, layerAddress, modelAddress, query, type Route, setQuery } from "../state/route.js";
import type { ViewModel } from "../state/view-model.js";

/** A layer: its spectrum, where the tail begins, why this phase, its neighbours and siblings, its numbers. */
export function LayerView({ route }: { route: Route }): JSX.Element {
  const { id, layer } = route.view === "layer" ? route : { id: "", layer: -1 };
  return (
    <WithModel id={id}>
      {(model, view) => {
        const shown = view.layers.value.find(({ outline }) => outline.layer_id === layer);
        return shown === undefined ? (
          <NoSuchLayer model={model} layer={layer} />
        ) : (
          <Layer key={`${id}/${layer}`} model={model} view={view} layer={shown} />
        );
      }}
    </WithModel>
  );
}

function NoSuchLayer({ model, layer }: { model: OpenModel; layer: number }): JSX.Element {
  return (
    <main id="main" tabIndex={-1}>
      <div class="message bad">
        <h1>There is no layer {layer}</h1>
        <p>
          <a href={modelAddress(model.source.id)}>All layers of {model.source.label}</a>
        </p>
      </div>
    </main>
  );
}

function Layer({ model, view, layer }: { model: OpenModel; view: ViewModel; layer: ViewLayer }): JSX.Element {
  const layers = view.layers.value;
  const { id } = model.source;
  const detail = useDetail(model, layer);
  const [xmin, setXmin] = useState<number | undefined>(undefined);
  const href = ({ outline }: ViewLayer): string => layerAddress(id, outline.layer_id) + addressQuery();
  const [before, after] = [layers[layer.index - 1], layers[layer.index + 1]];
  const axes = axesOf(query.value.get("axes"));
  useEffect(() => {
    marked.value = layer.index;
    document.title = `${layer.short} - ${model.source.label} - eigenscope`;
  }, [layer.index]);
  useKeys({
    j: () => after !== undefined && goTo(href(after)),
    k: () => before !== undefined && goTo(href(before)),
    x: () => setQuery({ axes: AXES[(AXES.findIndex(([name]) => name === axes) + 1) % AXES.length][0] }),
    Escape: () => goTo(lastAddress(modelAddress(id))),
  });
  const { record } = layer;
  return (
    <main id="main" tabIndex={-1}>
      <nav class="file-line" aria-label="Place">
        <a class="file" href={lastAddress(modelAddress(id))}>
          {model.source.label}
        </a>
        {layer.block !== "" && <span class="quiet small">› {layer.block}</span>}
      </nav>
      <LayerHead layer={layer} of={layers.length}>
        <span class="push">
          {before !== undefined && (
            <a class="button" href={href(before)} rel="prev">
              ← {before.short}
            </a>
          )}{" "}
          {after !== undefined && (
            <a class="button" href={href(after)} rel="next">
              {after.short} →
            </a>
          )}
        </span>
      </LayerHead>
      <div class="layer-top">
        <div>
          <SpectrumBox layer={layer} model={model} detail={detail} xmin={xmin} setXmin={setXmin} axes={axes} />
          {detail !== "loading" && detail?.curve != null && (
            <div class="pair">
              <XminBox title="Where does the tail begin?" detail={detail} value="D" xmin={xmin} setXmin={setXmin} />
              <XminBox title="What would alpha be then?" detail={detail} value="alpha" xmin={xmin} setXmin={setXmin} />
            </div>
          )}
        </div>
        {record?.phase_path != null && record.phase_path.length > 0 && (
          <aside class="box" aria-labelledby="why">
            <h2 id="why">Why {record.phase ?? "no phase"}?</h2>
            <p class="quiet smaller">Dot right of the line: speaks for yes. Scale: certainty, not size.</p>
            <Drawing
              svg={decisionChart(record.phase_path, {
                width: 350,
                decided: {
                  phase: record.phase,
                  confidence: record.phase_confidence ?? 0,
                  alternatives: alternativesOf(record),
                },
              })}
            />
          </aside>
        )}
      </div>
      <Beside title="Neighbours in depth" layers={neighboursOf(layers, layer.index)} href={href} on={layer} />
      <Beside
        title="Siblings"
        about="same role, or same kind and size"
        layers={siblingsOf(layers, layer)}
        href={href}
      />
      <Section
        id="numbers"
        title="Numbers"
        about="each with what it says here"
        controls={
          <button type="button" class="button" onClick={() => void copyText(JSON.stringify(record, null, 2))}>
            Copy as JSON
          </button>
        }
      >
        <MainNumbers layer={layer} />
        <AllNumbers layer={layer} />
      </Section>
      <LayerTip layers={layers} />
    </main>
  );
}

/** What stays in the address from layer to layer: the axes. */
function addressQuery(): string {
  const axes = query.value.get("axes");
  return axes === null ? "" : `?axes=${axes}`;
}

const AXES: readonly (readonly [SpectrumAxes, string])[] = [
  ["log", "log λ"],
  ["linear", "linear"],
  ["loglog", "log–log"],
  ["rank", "rank"],
  ["ccdf", "CCDF"],
  ["qq", "QQ"],
];

function axesOf(name: string | null): SpectrumAxes {
  return AXES.find(([axes]) => axes === name)?.[0] ?? "log";
}

/** The eigenvalues and fits of a layer, once they are there. */
function useDetail(model: OpenModel, layer: ViewLayer): LayerDetail | null | "loading" {
  const [detail, setDetail] = useState<LayerDetail | null | "loading">("loading");
  const done = layer.record !== null;
  useEffect(() => {
    let current = true;
    if (!done) model.source.prefer?.(layer.outline.layer_id);
    else
      void model.source.detail(layer.outline.layer_id).then(
        (found) => current && setDetail(found),
        () => current && setDetail(null),
      );
    return () => {
      current = false;
    };
  }, [done, layer.outline.layer_id]);
  return detail;
}

interface Tried {
  /** The start of the tail that the reader tries; undefined: the best. */
  readonly xmin: number | undefined;
  readonly setXmin: (xmin: number | undefined) => void;
}

function SpectrumBox({
  model,
  layer,
  detail,
  xmin,
  setXmin,
  axes,
}: Tried & {
  model: OpenModel;
  layer: ViewLayer;
  detail: LayerDetail | null | "loading";
  axes: SpectrumAxes;
}): JSX.Element {
  const [show, setShow] = useState({ bulk: true, tail: true, shuffled: false });
  const [shuffled, setShuffled] = useState<Float64Array | null>(null);
  const toggleShuffled = async (): Promise<void> => {
    if (show.shuffled || shuffled !== null) return setShow({ ...show, shuffled: !show.shuffled });
    const found = await model.source.shuffled?.(layer.outline.layer_id).catch((error: Error) => say(error.message));
    if (found === undefined) return;
    if (found.eigenvalues === null) return say(found.reason ?? "The weights cannot be shuffled");
    setShuffled(found.eigenvalues);
    setShow({ ...show, shuffled: true });
  };
  const [view, setView] = useState<{ axes: SpectrumAxes; x: Range } | null>(null);
  const zoomed = view?.axes === axes ? view : null;
  const chart = (width: number): Chart | null =>
    detail === "loading" || detail === null
      ? null
      : spectrumChart(detail, {
          width,
          axes,
          show,
          shuffled,
          xmin,
          view: zoomed === null ? undefined : { x: zoomed.x },
        });
  return (
    <section class="box" aria-labelledby="spectrum">
      <header>
        <h2 id="spectrum">Spectrum</h2>
        <span class="push" />
        <span class="switch" role="group" aria-label="Axes">
          {AXES.map(([name, title]) => (
            <button
              key={name}
              type="button"
              aria-pressed={axes === name}
              onClick={() => setQuery({ axes: name === "log" ? null : name })}
            >
              {title}
            </button>
          ))}
        </span>
        <span class="switch" role="group" aria-label="Layers of the chart">
          {(["bulk", "tail"] as const).map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={show[name]}
              onClick={() => setShow({ ...show, [name]: !show[name] })}
            >
              {name}
            </button>
          ))}
          {model.source.shuffled !== undefined && (
            <button
              type="button"
              aria-pressed={show.shuffled}
              title="The same weights in random order: what is left is not the layer's structure"
              onClick={() => void toggleShuffled()}
            >
              shuffled
            </button>
          )}
        </span>
        {detail !== "loading" && detail !== null && (
          <ExportMenu exports={exportsOf(detail, { chart, name: fileName(model.source.label, layer.outline.name) })} />
        )}
      </header>
      {detail === "loading" && (
        <p class="quiet">{layer.record === null ? "This layer is still to come." : "Reading …"}</p>
      )}
      {detail === null && <NoSpectrum layer={layer} model={model} />}
      {detail !== "loading" && detail !== null && (
        <>
          <ChartBox name="Spectrum" draw={chart} onZoom={(x) => setView(x === null ? null : { axes, x })} />
          <TailLine detail={detail} xmin={xmin} setXmin={setXmin}>
            {zoomed !== null && (
              <button type="button" class="button" onClick={() => setView(null)}>
                Show all
              </button>
            )}
          </TailLine>
        </>
      )}
    </section>
  );
}

function NoSpectrum({ layer, model }: { layer: ViewLayer; model: OpenModel }): JSX.Element {
  const why =
    layer.record?.reason ??
    (model.source.kind === "file"
      ? "A JSON report has the numbers of a layer but not its eigenvalues. Open the weights, or the run folder, to " +
        "see them."
      : "Its eigenvalues are not known here.");
  return (
    <p class="message">
      <b>No spectrum is drawn.</b> {why}
    </p>
  );
}

function TailLine({
  detail,
  xmin,
  setXmin,
  children,
}: Tried & { detail: LayerDetail; children?: JSX.Element | false }): JSX.Element | null {
  const { tail, curve } = detail;
  const place = xmin === undefined || curve === null ? null : nearestStart(curve.xmin, xmin);
  const tried =
    place === null || curve === null ? null : { xmin: curve.xmin[place], alpha: curve.alpha[place], D: curve.D[place] };
  return (
    <p class="small" style="margin-top:8px;display:flex;gap:6px 16px;flex-wrap:wrap;align-items:center">
      {tail !== null && tried === null && (
        <span>
          Tail from <b>xmin {tail.xmin.toPrecision(3)}</b>: {tail.nTail} eigenvalues, alpha {tail.alpha.toPrecision(3)},
          D {tail.D.toPrecision(3)}
          {!tail.valid && <span class="quiet"> (no power law describes it)</span>}
        </span>
      )}
      {tail !== null && tried !== null && (
        <>
          <span>
            Your start <b>{tried.xmin.toPrecision(3)}</b>: {countFrom(detail.eigenvalues, tried.xmin)} eigenvalues,
            alpha {tried.alpha.toPrecision(3)}, D {tried.D.toPrecision(3)}
          </span>
          <button type="button" class="button" onClick={() => setXmin(undefined)}>
            Back to the best, {tail.xmin.toPrecision(3)}
          </button>
        </>
      )}
      {children}
    </p>
  );
}

function XminBox({
  title,
  detail,
  value,
  xmin,
  setXmin,
}: Tried & { title: string; detail: LayerDetail; value: "D" | "alpha" }): JSX.Element {
  const about =
    value === "D"
      ? "Distance D for every possible start. Drag, or use ← →, to try another."
      : "A flat stretch means that alpha does not depend on the choice.";
  return (
    <section>
      <h2>{title}</h2>
      <p class="quiet smaller">{about}</p>
      <ChartBox
        name={title}
        draw={(width) => xminChart(detail, { width, value, xmin })}
        onDrag={(x) => setXmin(x > 0 ? x : undefined)}
      />
    </section>
  );
}

function Beside({
  title,
  about,
  layers,
  href,
  on,
}: {
  title: string;
  about?: string;
  layers: readonly ViewLayer[];
  href: (layer: ViewLayer) => string;
  on?: ViewLayer;
}): JSX.Element | null {
  if (layers.length < 2 && on !== undefined) return null;
  if (layers.length === 0) return null;
  return (
    <Section id={title.split(" ")[0].toLowerCase()} title={title} about={about}>
      <div class="strip" tabIndex={0} role="group" aria-label={title}>
        {layers.map((layer) => (
          <SpectrumCell key={layer.index} layer={layer} href={href(layer)} on={layer.index === on?.index} />
        ))}
      </div>
    </Section>
  );
}

/** Width of an exported picture, in pixels of the page. */
const PICTURE_WIDTH = 900;

function exportsOf(
  detail: LayerDetail,
  { chart, name }: { readonly chart: (width: number) => Chart | null; readonly name: string },
): readonly Export[] {
  return [
    ...chartExports(name, chart, { width: PICTURE_WIDTH }),
    {
      name: "Eigenvalues as CSV",
      run: () => save(`${name}.csv`, `eigenvalue\n${[...detail.eigenvalues].join("\n")}\n`, "text/csv"),
    },
    {
      name: "Eigenvalues as .npy",
      run: () => save(`${name}.npy`, npyVector(detail.eigenvalues) as BlobPart, "application/octet-stream"),
    },
  ];
}
