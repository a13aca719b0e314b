import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { LayerRecord } from "#eigenscope/analysis/index.js";
import {
  ALL_LAYERS,
  type Alarm,
  alarmsOf,
  type TrainingReading,
  toldAlarms,
  trainingReadings,
} from "#eigenscope/report/index.js";
import {
  type Chart,
  type ChartLine,
  countByPhaseLabel,
  countText,
  type HeatReading,
  heatMap,
  LIMITS,
  linesChart,
  MAX_SVG_LAYERS,
  PHASE_LABELS,
  PhaseName,
  phaseLabelOf,
  plural,
  Section,
  shortNames,
} from "#eigenscope/report/view/index.js";
import { ChartBox } from "../components/chart-box.js";
import { chartExports } from "../components/chart-exports.js";
import { ExportMenu } from "../components/export-menu.js";
import { fileName } from "../components/save.js";
import { WithModel } from "../components/use-model.js";
import type { TrainingScore } from "../sources/source.js";
import type { OpenModel } from "../state/models.js";
import type { Route } from "../state/route.js";

/** A training: the phase of every layer at every reading, alarms, and the layers that the reader follows. */
export function WatchView({ route }: { route: Route }): JSX.Element {
  const id = route.view === "watch" ? route.id : "";
  return <WithModel id={id}>{(model) => <Watch key={id} model={model} />}</WithModel>;
}

function Watch({ model }: { model: OpenModel }): JSX.Element {
  const run = model.run.value;
  const readings = useMemo(() => trainingReadings(run), [run]);
  // A watch has its own rules, and has asked them.
  const isTold = model.source.hasAlarms === true;
  const alarms = useMemo(() => (isTold ? toldAlarms(readings, run.alarms) : alarmsOf(readings)), [readings]);
  const names = useMemo(() => [...new Set(readings.flatMap(({ layers }) => [...layers.keys()]))], [readings]);
  const [followed, setFollowed] = useState<readonly string[] | null>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const alarmed = alarms.map(({ layer }) => layer).filter((layer) => layer !== ALL_LAYERS);
  const shown = followed ?? [...new Set([...alarmed, ...names])].slice(0, 3);
  const last = readings.at(-1);
  if (model.source.isTraining && last === undefined) return <NoReadingYet model={model} />;
  if (last === undefined || (readings.length < 2 && !model.source.isTraining))
    return <NotATraining model={model} readings={readings.length} />;
  const step = cursor ?? last.step;
  const follow = (name: string): void =>
    setFollowed(shown.includes(name) ? shown.filter((one) => one !== name) : [...shown, name].slice(-5));
  return (
    <main id="main" tabIndex={-1}>
      <div class="file-line">
        <span class="file">{model.source.label}</span>
        <span class="quiet small">
          {plural(names.length, "layer")}, {plural(readings.length, "reading")}, up to step {countText(last.step)}
        </span>
      </div>
      <div class="top">
        <div class="headline">
          <h1>{headlineOf(readings, alarms)}</h1>
          <p>
            At step {countText(last.step)}: {phaseCounts(last)}. <span class="quiet">{LIMITS}</span>
          </p>
          <p class="small">
            {PHASE_LABELS.filter((label) => label !== "failed").map((label) => (
              <span key={label} style="margin-right:16px">
                <PhaseName label={label} size={12} />
              </span>
            ))}
          </p>
        </div>
        <Alarms alarms={alarms} follow={follow} />
      </div>
      <HeatSection {...{ model, readings, names, alarms, step, setCursor, follow }} followed={shown} />
      <Followed readings={readings} names={shown} all={names} step={step} scores={model.source.scores ?? []} />
    </main>
  );
}

/** What changed since when. */
function headlineOf(readings: readonly TrainingReading[], alarms: readonly Alarm[]): string {
  const layers = new Set(alarms.map(({ layer }) => layer).filter((layer) => layer !== ALL_LAYERS));
  const model = alarms.find(({ layer }) => layer === ALL_LAYERS);
  if (layers.size === 0 && model !== undefined) return model.rule.meaning;
  if (layers.size > 0) {
    const first = Math.min(...alarms.map(({ step }) => step));
    return `${plural(layers.size, "layer needs", "layers need")} a look, the first since step ${countText(first)}.`;
  }
  const [before, after] = [readings[0], readings[readings.length - 1]];
  const random = ({ layers }: TrainingReading): number =>
    [...layers.values()].filter(({ phase }) => phase === "random-like").length;
  if (random(after) === after.layers.size) return "The weights still look random.";
  return random(before) > random(after)
    ? `No alarm. ${plural(random(before) - random(after), "layer has", "layers have")} left the random phase.`
    : "No alarm.";
}

function phaseCounts({ layers }: TrainingReading): string {
  return countByPhaseLabel([...layers.values()])
    .map(({ phaseLabel, count }) => `${count} ${phaseLabel}`)
    .join(", ");
}

function Alarms({ alarms, follow }: { alarms: readonly Alarm[]; follow: (layer: string) => void }): JSX.Element {
  const [muted, setMuted] = useState<ReadonlySet<string>>(new Set());
  const heard = alarms.filter(({ layer }) => !muted.has(layer));
  return (
    <aside class="box" aria-labelledby="alarms">
      <header>
        <h2 id="alarms">Alarms</h2>
        <span class="push quiet small">
          {heard.length === 0 ? "none" : heard.length}
          {muted.size > 0 && `, ${muted.size} muted`}
        </span>
      </header>
      <ul aria-live="polite">
        {heard.map(({ rule, layer, step, sentence }) => (
          <li key={`${rule.name} ${layer}`} class="alarm">
            {layer === ALL_LAYERS ? (
              layer
            ) : (
              <button type="button" class="button" onClick={() => follow(layer)}>
                <span class="mono">{layer}</span>
              </button>
            )}{" "}
            <span class="quiet small">step {countText(step)}</span>
            <button
              type="button"
              class="button icon"
              aria-label={`Mute ${layer}`}
              onClick={() => setMuted(new Set([...muted, layer]))}
            >
              ×
            </button>
            <p class="small">{sentence}</p>
          </li>
        ))}
      </ul>
      {heard.length === 0 && <p class="quiet small">No rule holds for any layer.</p>}
    </aside>
  );
}

interface HeatProps {
  readonly model: OpenModel;
  readonly readings: readonly TrainingReading[];
  readonly names: readonly string[];
  readonly alarms: readonly Alarm[];
  readonly step: number;
  readonly followed: readonly string[];
  readonly setCursor: (step: number) => void;
  readonly follow: (layer: string) => void;
}

function HeatSection({ model, readings, names, alarms, step, followed, setCursor, follow }: HeatProps): JSX.Element {
  const drawn = names.slice(0, MAX_SVG_LAYERS);
  const short = shortNames(drawn);
  const cells: HeatReading[] = readings.map(({ step: at, layers }) => ({
    step: at,
    cells: drawn.map((name) => {
      const record = layers.get(name);
      return record === undefined ? null : { phase: phaseLabelOf(record), confidence: record.phase_confidence };
    }),
  }));
  const draw = (width: number): Chart =>
    heatMap(short, cells, {
      width,
      cursor: step,
      followed: followed.map((name) => drawn.indexOf(name)).filter((k) => k >= 0),
      alarms: alarms.flatMap(({ layer, step: at }) => {
        const k = drawn.indexOf(layer);
        return k < 0 ? [] : [{ layer: k, step: at }];
      }),
    });
  return (
    <Section
      id="readings"
      title="Every layer, every reading"
      about="colour: phase; faint: less sure; a mark: the phase changes. Click a cell to follow its layer"
      controls={<ExportMenu exports={chartExports(fileName(model.source.label), draw)} />}
    >
      <ChartBox
        name="Phase of every layer at every reading"
        draw={draw}
        onRead={(point) => {
          const reading = point === null ? undefined : readings[Math.round(point.x)];
          if (reading !== undefined) setCursor(reading.step);
        }}
        onOpen={({ y }) => {
          const name = drawn[Math.round(y)];
          if (name !== undefined) follow(name);
        }}
      />
      {names.length > drawn.length && (
        <p class="note">
          {plural(names.length - drawn.length, "more layer")} not drawn; alarms are asked of all of them.
        </p>
      )}
      <AsTable readings={readings} names={drawn} />
    </Section>
  );
}

function AsTable({ readings, names }: { readings: readonly TrainingReading[]; names: readonly string[] }): JSX.Element {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary class="small">As a table</summary>
      {open && (
        <div class="table" tabIndex={0} role="region" aria-label="Phases by layer and step" style="max-height:400px">
          <table>
            <thead>
              <tr>
                <th scope="col">layer</th>
                {readings.map(({ step }) => (
                  <th key={step} scope="col">
                    {countText(step)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {names.map((name) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  {readings.map(({ step, layers }) => {
                    const record = layers.get(name);
                    return <td key={step}>{record === undefined ? "" : phaseLabelOf(record)}</td>;
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}

/** The numbers of the followed layers against the step. */
const FOLLOWED: readonly {
  readonly title: string;
  readonly kind: "linear" | "log";
  readonly value: (record: LayerRecord) => number | null;
}[] = [
  { title: "alpha", kind: "linear", value: ({ alpha, alpha_valid }) => (alpha_valid ? alpha : null) },
  { title: "soft rank", kind: "linear", value: ({ mp_soft_rank }) => mp_soft_rank },
  { title: "stable rank", kind: "log", value: ({ stable_rank }) => stable_rank },
];

function Followed({
  readings,
  names,
  all,
  step,
  scores,
}: {
  readings: readonly TrainingReading[];
  names: readonly string[];
  /** All layers: what is common to their names is not written. */
  all: readonly string[];
  step: number;
  scores: readonly TrainingScore[];
}): JSX.Element {
  const [first, last] = [readings[0].step, readings[readings.length - 1].step];
  // An axis needs a width, which one reading does not have.
  const domainX = [first, Math.max(last, first + 1)] as const;
  const short = useMemo(() => new Map(shortNames(all).map((name, k) => [all[k], name])), [all]);
  const labels = [...names.map((name) => short.get(name) ?? name), "train"];
  const lines = (value: (record: LayerRecord) => number | null): ChartLine[] =>
    names.map((name) => ({
      name: short.get(name) ?? name,
      points: readings.map(({ step: x, layers }) => {
        const record = layers.get(name);
        return { x, y: record === undefined ? null : value(record), ...(record && { phase: phaseLabelOf(record) }) };
      }),
    }));
  const accuracy: ChartLine[] = (["train", "test"] as const).map((name) => ({
    name,
    points: scores.map((score) => ({ x: score.step, y: score[name] })),
    dashed: name === "train",
  }));
  return (
    <Section id="followed" title="Followed layers" about="the same steps as above; alarms and the map choose them">
      {FOLLOWED.map(({ title, kind, value }) => (
        <ChartBox
          key={title}
          name={`${title} of the followed layers`}
          draw={(width) =>
            linesChart(lines(value), { width, title, kind, labels, domainX, cursor: step, xTitle: "step" })
          }
        />
      ))}
      {scores.length > 0 && (
        <ChartBox
          name="Accuracy"
          draw={(width) =>
            linesChart(accuracy, {
              width,
              title: "accuracy",
              include: [0, 1],
              labels,
              domainX,
              cursor: step,
              xTitle: "step",
            })
          }
        />
      )}
    </Section>
  );
}

function NoReadingYet({ model }: { model: OpenModel }): JSX.Element {
  return (
    <main id="main" tabIndex={-1}>
      <div class="message" role="status">
        <h1>No checkpoint of {model.source.label} is read yet</h1>
        <p>Each one is shown here when it is complete and analysed. Nothing needs to be loaded again.</p>
      </div>
    </main>
  );
}

function NotATraining({ model, readings }: { model: OpenModel; readings: number }): JSX.Element {
  return (
    <main id="main" tabIndex={-1}>
      <div class="message">
        <h1>{model.source.label} is not a training</h1>
        <p>
          {readings === 0 ? "It is one state of a model" : "Only one step of it is known"}. To watch a training, drop
          the record of eigenscope watch, or the folder of a run of the lab.
        </p>
      </div>
    </main>
  );
}
