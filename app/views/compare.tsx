import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { Comparison, SmallPicture } from "#eigenscope/analysis/index.js";
import { renderComparisonJson } from "#eigenscope/report/index.js";
import {
  ChangedList,
  ComparisonHeadline,
  comparedLayers,
  dumbbellChart,
  mostChanged,
  PairLine,
  PairNumbers,
  type PairPictures,
  PairSpectrum,
  PairTable,
  PhaseTransitions,
  plural,
  Section,
  type ViewLayer,
  viewPairs,
} from "#eigenscope/report/view/index.js";
import { ChartBox } from "../components/chart-box.js";
import { chartExports } from "../components/chart-exports.js";
import { ExportMenu } from "../components/export-menu.js";
import { fileName, save } from "../components/save.js";
import { WithModel } from "../components/use-model.js";
import { comparisonOf } from "../state/comparisons.js";
import type { OpenModel } from "../state/models.js";
import { compareAddress, goTo, modelAddress, type Route } from "../state/route.js";
import { type ViewModel, viewModelOf } from "../state/view-model.js";

/** Two models, layer by layer: what became of A in B. */
export function CompareView({ route }: { route: Route }): JSX.Element {
  const { a, b } = route.view === "compare" ? route : { a: "", b: "" };
  return (
    <WithModel id={a}>
      {(first) => (
        <WithModel id={b}>{(second) => <Compare key={`${a}..${b}`} first={first} second={second} />}</WithModel>
      )}
    </WithModel>
  );
}

function Compare({ first, second }: { first: OpenModel; second: OpenModel }): JSX.Element {
  const { result, control } = comparisonOf(first, second);
  const state = result.value;
  const label = ({ source: { id, label } }: OpenModel): JSX.Element => (
    <a class="mono" href={modelAddress(id)}>
      {label}
    </a>
  );
  const swap = (
    <button
      type="button"
      class="button icon"
      aria-label="Swap A and B"
      title="Swap A and B"
      onClick={() => goTo(compareAddress(second.source.id, first.source.id))}
    >
      ⇄
    </button>
  );
  return (
    <main id="main" tabIndex={-1}>
      <PairLine a={label(first)} b={label(second)} between={swap} />
      {state.state === "working" && (
        <div class="progress">
          <span class="num" role="status">
            Comparing the weights: {state.done} of {state.of === 0 ? "all" : state.of} layers
          </span>
          <span class="track">
            <i style={{ width: `${state.of === 0 ? 0 : (100 * state.done) / state.of}%` }} />
          </span>
          <button type="button" class="button" onClick={() => control.abort(new DOMException("stopped", "AbortError"))}>
            Stop
          </button>
        </div>
      )}
      {state.state === "refused" && (
        <div class="message bad" role="alert">
          <h1>These two cannot be compared</h1>
          <p>{state.message}</p>
        </div>
      )}
      {state.state === "done" && (
        <Compared comparison={state.comparison} pictures={picturesOf(viewModelOf(first), viewModelOf(second))} />
      )}
    </main>
  );
}

/** The spectra of both models by the names that a comparison may use. */
function picturesOf(a: ViewModel, b: ViewModel): PairPictures {
  const entries = (layers: readonly ViewLayer[]): [string, SmallPicture][] =>
    layers.flatMap(({ picture, record }) =>
      picture === null || record === null
        ? []
        : ([
            [record.name, picture],
            [record.longname, picture],
          ] as [string, SmallPicture][]),
    );
  const blocks = a.layers.value.flatMap(({ outline, record, block }) =>
    [outline.name, record?.longname ?? outline.name].map((name): [string, string] => [name, block]),
  );
  return { a: new Map(entries(a.layers.value)), b: new Map(entries(b.layers.value)), blocks: new Map(blocks) };
}

/** What is shown of a finished comparison. */
export function Compared({ comparison, pictures }: { comparison: Comparison; pictures?: PairPictures }): JSX.Element {
  const pairs = useMemo(() => viewPairs(comparison, pictures), [comparison, pictures]);
  const changed = mostChanged(pairs);
  const [selected, setSelected] = useState(changed[0]?.index ?? 0);
  const [all, setAll] = useState(changed.length === 0);
  const layers = comparedLayers(pairs);
  const name = fileName(comparison.a.label, comparison.b.label);
  const draw = (width: number): ReturnType<typeof dumbbellChart> => dumbbellChart(layers, { width, selected });
  const shown = all ? pairs : changed;
  const pair = pairs[selected];
  return (
    <>
      <div class="top">
        <div>
          <ComparisonHeadline comparison={comparison} />
          <ChangedList pairs={pairs} selected={selected} onSelect={setSelected} />
        </div>
        <aside aria-label="Phases before and after">
          <PhaseTransitions pairs={pairs} />
        </aside>
      </div>
      <Section
        id="depth"
        title="Along the depth"
        about="open mark: before; filled: after. Changes of alpha within its interval are faint"
        controls={
          <ExportMenu
            exports={[
              ...chartExports(name, draw),
              {
                name: "The comparison as JSON",
                run: () => save(`${name}.json`, renderComparisonJson(comparison), "application/json"),
              },
            ]}
          />
        }
      >
        <ChartBox
          name="Before and after along the depth"
          draw={draw}
          onOpen={({ x }) => setSelected(Math.round(x) - 1)}
        />
      </Section>
      {pair !== undefined && (
        <Section
          id="pair"
          title={
            <>
              Before and after: <span class="mono">{pair.short}</span>
            </>
          }
          about="filled: before; line: after. Counts (square-root height) against log λ"
        >
          <div class="focus">
            <PairSpectrum pair={pair} width={760} height={200} />
            <PairNumbers pair={pair} />
          </div>
        </Section>
      )}
      <Section
        id="layers"
        title="Layers"
        about={plural(shown.length, "layer")}
        controls={
          <>
            <button
              type="button"
              class="chip"
              aria-pressed={!all}
              disabled={changed.length === 0}
              onClick={() => setAll(false)}
            >
              changed <b>{changed.length}</b>
            </button>{" "}
            <button type="button" class="chip" aria-pressed={all} onClick={() => setAll(true)}>
              all <b>{pairs.length}</b>
            </button>
          </>
        }
      >
        <div class="table layers-table" tabIndex={0} role="region" aria-label="Table of layers">
          <PairTable pairs={shown} selected={selected} onSelect={setSelected} />
        </div>
      </Section>
    </>
  );
}
