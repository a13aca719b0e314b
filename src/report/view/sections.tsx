import type { ComponentChildren, JSX } from "preact";
import type { Finding } from "../../analysis/findings/finding.js";
import { MAX_ATTENTION } from "../attention.js";
import { inBrackets } from "../certainty.js";
import { plural } from "../number-text.js";
import { PHASE_LABELS, type PhaseLabel, STYLE } from "../phase-style.js";
import { breakable } from "./breakable.js";
import { LayerPhase, PhaseName } from "./phase-mark.js";
import { SmallSpectrum } from "./small-spectrum.js";
import type { ViewLayer } from "./view-layer.js";

/** A section of a page with its heading; `controls` stand on the right. */
export function Section({
  id,
  title,
  about,
  controls,
  children,
}: {
  id: string;
  title: ComponentChildren;
  about?: ComponentChildren;
  controls?: ComponentChildren;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <section class="section" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {about !== undefined && <span class="quiet small">{about}</span>}
        {controls !== undefined && <span class="push">{controls}</span>}
      </header>
      {children}
    </section>
  );
}

/** Said with every verdict: what weights alone cannot tell. */
export const LIMITS = "Read off the weights alone: it says how they are shaped, not how accurate the model is.";

/**
 * The answer: the first sentence of the headline as heading, the others below it. While layers are still to come it
 * begins with "So far".
 */
export function Headline({ headline, pending }: { headline: string; pending: number }): JSX.Element {
  const [, first = headline, rest = ""] = /^(.*?[.!?])(?:\s+(.*))?$/s.exec(headline) ?? [];
  const opening = pending === 0 ? first : `So far: ${first[0].toLowerCase()}${first.slice(1)}`;
  return (
    <div class="headline">
      <h1>{breakable(opening)}</h1>
      <p>
        {rest}{" "}
        {pending > 0 &&
          `${plural(pending, "layer is", "layers are")} still to come; they can add to this, not take from it. `}
        <span class="quiet">{LIMITS}</span>
      </p>
    </div>
  );
}

/** The layers that are worth a look, worst first: each with its spectrum, what is wrong, how sure, what to do. */
export function AttentionList({
  layers,
  href,
  more,
}: {
  layers: readonly ViewLayer[];
  href: (layer: ViewLayer) => string;
  more?: ComponentChildren;
}): JSX.Element | null {
  const listed = worthALook(layers);
  if (listed.length === 0) return null;
  return (
    <nav aria-label="Layers worth a look">
      <ul class="attention">
        {listed.slice(0, MAX_ATTENTION).map((layer) => (
          <AttentionRow key={layer.index} layer={layer} href={href(layer)} />
        ))}
      </ul>
      {listed.length > MAX_ATTENTION &&
        (more ?? <p class="note">{plural(listed.length - MAX_ATTENTION, "more layer")} in the table below.</p>)}
    </nav>
  );
}

/** Layers with an error or a warning, in the order of the findings. */
export function worthALook(layers: readonly ViewLayer[]): ViewLayer[] {
  const rank = ({ findings }: ViewLayer): number => SEVERITY[findings[0].severity];
  return layers
    .filter(({ findings }) => findings.some(({ severity }) => severity !== "note"))
    .sort((a, b) => rank(a) - rank(b) || sureness(b.findings[0]) - sureness(a.findings[0]));
}

const SEVERITY: Readonly<Record<Finding["severity"], number>> = { error: 0, warning: 1, note: 2 };
const sureness = ({ certainty }: Finding): number => certainty ?? 0;

function AttentionRow({ layer, href }: { layer: ViewLayer; href: string }): JSX.Element {
  const [{ what, advice, certainty }] = layer.findings;
  return (
    <li>
      <a href={href} data-layer={layer.index}>
        <SmallSpectrum layer={layer} width={96} height={44} />
        <span>
          <span class="mono">{layer.short}</span> <span class="quiet small">{layer.block}</span>{" "}
          {layer.record !== null && <LayerPhase record={layer.record} size={12} />}
          <br />
          <b>{what}</b>
          <span class="quiet small">{inBrackets(certainty)}</span>
          <br />
          <span class="advice">{advice}</span>
        </span>
        <span class="go">Open →</span>
      </a>
    </li>
  );
}

/** How many layers each phase has; a phase without layers is faint, not hidden. Buttons where `onPress` is given. */
export function PhaseCounts({
  layers,
  pressed,
  onPress,
}: {
  layers: readonly ViewLayer[];
  pressed?: PhaseLabel | null;
  onPress?: (label: PhaseLabel) => void;
}): JSX.Element {
  const count = (label: PhaseLabel | null): number => layers.filter((layer) => layer.label === label).length;
  const most = Math.max(1, ...PHASE_LABELS.map(count));
  const pending = count(null);
  return (
    <section class="phases" aria-labelledby="phases">
      <h2 id="phases">
        Phases <span class="quiet small">random to strongly structured</span>
      </h2>
      <ul>
        {PHASE_LABELS.filter((label) => label !== "failed" || count(label) > 0).map((label) => {
          const n = count(label);
          const row = (
            <>
              <PhaseName label={label} />
              <span
                class="amount"
                style={{ width: `${n === 0 ? 0 : Math.max(2, (100 * n) / most)}%`, background: STYLE[label].colour }}
              />
              <span class="count">{n}</span>
            </>
          );
          return (
            <li key={label} title={STYLE[label].meaning} class={n === 0 ? "none" : ""}>
              {onPress === undefined ? (
                <span>{row}</span>
              ) : (
                <button type="button" aria-pressed={pressed === label} onClick={() => onPress(label)}>
                  {row}
                </button>
              )}
            </li>
          );
        })}
        {pending > 0 && (
          <li>
            <span class="quiet">
              <span>still to come</span>
              <span class="amount" style={{ width: `${(100 * pending) / layers.length}%`, outline: "1px dashed" }} />
              <span class="count">{pending}</span>
            </span>
          </li>
        )}
      </ul>
    </section>
  );
}
