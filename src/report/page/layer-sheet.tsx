import type { JSX } from "preact";
import type { LayerRecord } from "../../analysis/report.js";
import type { SmallPicture } from "../../analysis/small-picture.js";
import { decisionChart } from "../charts/decision-chart.js";
import { pictureChart } from "../charts/spectrum/spectrum-chart.js";
import { xminChart } from "../charts/xmin-chart.js";
import { numberText, plural, plusMinus } from "../number-text.js";
import type { LayerPicture } from "../picture.js";
import { Drawing } from "../view/drawing.js";
import { alternativesOf, LayerHead, MainNumbers } from "../view/layer-parts.js";
import type { ViewLayer } from "../view/view-layer.js";
import { layerId } from "./anchors.js";
import { RowNumbers } from "./row-numbers.js";

/** Size of a chart: shrunk to a phone's width its text still has ten pixels. */
const SIZE = { width: 440, height: 280 } as const;
/** Width of the decision path: that of its column less the margins of its box. */
const DECISION_WIDTH = 350;

/** One layer as charts: its spectrum on three kinds of axes, alpha against the start of the tail, why this phase. */
export function LayerSheet({
  layer,
  picture,
  of,
  places,
}: {
  layer: ViewLayer;
  picture: LayerPicture | SmallPicture | null;
  /** How many layers the model has. */
  of: number;
  /** Where the layer lies among those of known networks, in words; "" if that is not known. */
  places: string;
}): JSX.Element | null {
  const { record } = layer;
  if (record === null) return null;
  const id = layerId(layer);
  return (
    <article class="sheet" id={id} aria-labelledby={`${id}-name`} data-layer={layer.index}>
      <LayerHead layer={layer} of={of} heading="h3" id={`${id}-name`} />
      {record.lambda_max === null ? (
        <p class="message bad">
          <b>No spectrum.</b> {record.reason ?? "No reason was given."}
        </p>
      ) : (
        <p class="note">{record.phase_reason}</p>
      )}
      {places !== "" && <p class="note">{places}.</p>}
      <div class={hasPath(record) ? "layer-top" : ""}>
        <div>{picture !== null && !("histogram" in picture) && <Charts picture={picture} />}</div>
        <DecisionPath record={record} />
      </div>
      {record.lambda_max !== null && <MainNumbers layer={layer} />}
      {remarksOf(record).map((remark) => (
        <p key={remark} class="note">
          {remark}
        </p>
      ))}
      <RowNumbers record={record} />
    </article>
  );
}

const hasPath = ({ phase_path }: LayerRecord): boolean => phase_path !== null && phase_path.length > 0;

function DecisionPath({ record }: { record: LayerRecord }): JSX.Element | null {
  const { phase, phase_confidence, phase_path } = record;
  if (phase_path === null || !hasPath(record)) return null;
  const decided = { phase, confidence: phase_confidence ?? 0, alternatives: alternativesOf(record) };
  const chart = decisionChart(phase_path, { width: DECISION_WIDTH, decided });
  return chart === "" ? null : (
    <aside class="box" aria-label={`Why ${phase ?? "no phase"}`}>
      <h4>Why {phase ?? "no phase"}?</h4>
      <p class="quiet smaller">Dot right of the line: speaks for yes. Scale: certainty, not size.</p>
      <Drawing svg={chart} />
    </aside>
  );
}

function Charts({ picture }: { picture: LayerPicture }): JSX.Element {
  const { below, beyond, zeros, lambdaMax, starts } = picture;
  const [log, loglog, linear] = (["log", "loglog", "linear"] as const).map(
    (axes) => pictureChart(picture, { ...SIZE, axes })?.svg ?? null,
  );
  // Where no power law describes the tail, no alpha is shown.
  const start = starts == null || !starts.tail.valid ? null : xminChart(starts, { ...SIZE, value: "alpha" });
  if (log === null || loglog === null || linear === null)
    return <p class="note">No eigenvalue is above the rounding floor: there is nothing to draw.</p>;
  const left = below > 0 ? `; ${plural(below, "smaller eigenvalue")} left of the view` : "";
  const right = beyond > 0 ? `; ${plural(beyond, "eigenvalue")} right of the view, up to ${numberText(lambdaMax)}` : "";
  return (
    <>
      <div class="charts">
        <Figure svg={log} caption={`Share of the eigenvalues against log λ${left}`} />
        <Figure svg={loglog} caption={`Logarithmic axes: a power law is a straight line${left}`} />
        <Figure svg={linear} caption={`Linear axes: the random bulk${right}`} />
        {start !== null && <Figure svg={start.svg} caption="What alpha would be if the tail began elsewhere" />}
      </div>
      <Legend picture={picture} />
      {zeros > 0 && (
        <p class="note">
          {plural(zeros, "eigenvalue is", "eigenvalues are")} zero to working precision: the bar at the left.
        </p>
      )}
    </>
  );
}

function Figure({ svg, caption }: { svg: string; caption: string }): JSX.Element {
  return (
    <figure>
      <Drawing svg={svg} />
      <figcaption>{caption}</figcaption>
    </figure>
  );
}

/** What the lines and colours of the charts are, with their numbers. */
function Legend({ picture: { bulk, spikes, spikeCount, tail } }: { picture: LayerPicture }): JSX.Element {
  const drawn = spikes.length < spikeCount ? ` (the ${spikes.length} largest are marked)` : "";
  return (
    <ul class="key small">
      <Swatch colour="--phase-random-like">eigenvalues of W′W</Swatch>
      {bulk !== null && (
        <>
          <Swatch colour="--ink">Marchenko–Pastur bulk ({(100 * bulk.share).toFixed(0)} % of the eigenvalues)</Swatch>
          <Swatch colour="--ink" line="dotted">
            bulk edge λ+ {numberText(bulk.lambdaPlus)}
          </Swatch>
        </>
      )}
      {spikeCount > 0 && (
        <Swatch colour="--phase-bulk-spikes">
          {plural(spikeCount, "spike")}
          {drawn}
        </Swatch>
      )}
      {tail !== null && (
        <Swatch colour="--phase-heavy-tailed" line="dashed">
          power law λ<sup>−{numberText(tail.alpha)}</sup> from {numberText(tail.xmin)} up
        </Swatch>
      )}
    </ul>
  );
}

function Swatch({
  colour,
  line = "solid",
  children,
}: {
  colour: string;
  line?: "solid" | "dotted" | "dashed";
  children: JSX.Element["props"]["children"];
}): JSX.Element {
  return (
    <li>
      <span class="swatch" style={{ borderColor: `var(${colour})`, borderTopStyle: line }} />
      {children}
    </li>
  );
}

function remarksOf({ alpha_valid, alpha, sigma, lambda_max, reason, warning, notes }: LayerRecord) {
  if (lambda_max === null) return notes;
  const labelled = warning === "" ? "" : `: WeightWatcher labels it "${warning}"`;
  return [
    alpha_valid && alpha !== null ? `alpha ${plusMinus(alpha, sigma, " ")}${labelled}.` : null,
    reason,
    ...notes,
  ].filter((remark) => remark !== null);
}
