import type { JSX } from "preact";
import { renderToString } from "preact-render-to-string";
import type { Comparison } from "../../analysis/compare/comparison.js";
import { dumbbellChart } from "../charts/dumbbell-chart.js";
import { plural, shapeText } from "../number-text.js";
import {
  ChangedList,
  ComparisonHeadline,
  comparedLayers,
  mostChanged,
  PairLine,
  PairNumbers,
  PairTable,
  PhaseTransitions,
  type ViewPair,
  viewPairs,
} from "../view/comparison.js";
import { Drawing } from "../view/drawing.js";
import { Section } from "../view/sections.js";
import { trusted } from "./markup.js";
import { PhaseGuide } from "./reading-guide.js";
import { pageShell } from "./shell.js";
import { shortLabel } from "./short-label.js";

/** Width of the chart along the depth. A narrower screen scrolls it sideways. */
const WIDTH = 1200;
/** Most layers whose numbers are listed: those that changed most. The table has all. */
const MAX_LISTED = 12;

/** The whole page of a comparison. */
export function renderComparisonPage(comparison: Comparison): string {
  const { tool, a, b } = comparison;
  return pageShell(
    {
      generator: `${tool.name} ${tool.version}`,
      title: `${shortLabel(a.label)} and ${shortLabel(b.label)} · eigenscope`,
      kind: "comparison",
      ...(comparison.layers.length > 0 && { skipTo: { id: "layers", name: "the layers" } }),
    },
    trusted(renderToString(<ComparisonPage comparison={comparison} />)),
  );
}

const pairId = ({ index }: ViewPair): string => `pair-${index}`;

function ComparisonPage({ comparison }: { comparison: Comparison }): JSX.Element {
  const { a, b } = comparison;
  const pairs = viewPairs(comparison);
  const changed = mostChanged(pairs);
  return (
    <main id="main" tabIndex={-1}>
      <PairLine
        a={<span class="mono">{shortLabel(a.label)}</span>}
        b={<span class="mono">{shortLabel(b.label)}</span>}
      />
      {[...new Set([...a.warnings, ...b.warnings, ...comparison.warnings])].map((warning) => (
        <p key={warning} class="message">
          <b>Warning.</b> {warning}
        </p>
      ))}
      <div class="top">
        <div>
          <ComparisonHeadline comparison={comparison} />
          <ChangedList pairs={pairs} href={(pair) => `#${pairId(pair)}`} />
        </div>
        {pairs.length > 0 && (
          <aside aria-label="Phases before and after">
            <PhaseTransitions pairs={pairs} />
          </aside>
        )}
      </div>
      {pairs.length > 0 && (
        <>
          <Section
            id="depth"
            title="Along the depth"
            about="open mark: before; filled: after. Changes of alpha within its interval are faint"
          >
            <figure class="wide" role="group" tabIndex={0} aria-label="Chart of alpha before and after">
              <div class="drawn">
                <Drawing svg={dumbbellChart(comparedLayers(pairs), { width: WIDTH }).svg} />
              </div>
            </figure>
          </Section>
          <Section id="layers" title="Layers" about={`${plural(pairs.length, "layer")}, in order of depth`}>
            <div class="table layers-table" tabIndex={0} role="region" aria-label="Table of layers">
              <PairTable pairs={pairs} idOf={pairId} />
            </div>
          </Section>
        </>
      )}
      {changed.length > 0 && <ChangedNumbers pairs={changed.slice(0, MAX_LISTED)} />}
      <Unpaired comparison={comparison} />
      <PhaseGuide />
    </main>
  );
}

/** The numbers of the layers that changed most, before and after. */
function ChangedNumbers({ pairs }: { pairs: readonly ViewPair[] }): JSX.Element {
  return (
    <Section id="changed" title="Before and after" about="the layers that changed most">
      <div class="charts">
        {pairs.map((pair) => (
          <article key={pair.index} class="box" aria-label={pair.short}>
            <h3 class="mono">{pair.short}</h3>
            <PairNumbers pair={pair} />
          </article>
        ))}
      </div>
    </Section>
  );
}

/** What could not be compared, and what was assumed. */
function Unpaired({ comparison }: { comparison: Comparison }): JSX.Element | null {
  const { only_in_a, only_in_b, mismatched, assumed } = comparison;
  const alone = [
    ...only_in_a.map((layer) => ["A", layer] as const),
    ...only_in_b.map((layer) => ["B", layer] as const),
  ];
  if (alone.length + mismatched.length + assumed.length === 0) return null;
  return (
    <section class="section" aria-labelledby="unpaired">
      <h2 id="unpaired">Left out, and assumed</h2>
      <details>
        <summary>
          {plural(alone.length + mismatched.length, "layer has no partner", "layers have no partner")},{" "}
          {plural(assumed.length, "assumption")}
        </summary>
        <ul class="checks">
          {alone.map(([model, layer]) => (
            <li key={`${model} ${layer.name}`}>
              <b class="mono">{layer.name}</b> is only in {model}.
            </li>
          ))}
          {mismatched.map(({ name, shape_a, shape_b }) => (
            <li key={name}>
              <b class="mono">{name}</b> is {shapeText(shape_a, "×")} in A and {shapeText(shape_b, "×")} in B.
            </li>
          ))}
          {assumed.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </details>
    </section>
  );
}
