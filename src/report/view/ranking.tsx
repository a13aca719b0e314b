import type { JSX } from "preact";
import { OVER_TRAINED_BELOW, UNDER_TRAINED_ABOVE } from "../../analysis/verdict.js";
import type { Correlation, RankedModel, Ranking } from "../../rank/index.js";
import { rankScatter } from "../charts/rank-scatter.js";
import { numberText, plural } from "../number-text.js";
import { PHASE_LABELS, type PhaseLabel, STYLE } from "../phase-style.js";
import { Drawing } from "./drawing.js";
import { LIMITS } from "./sections.js";

/** The answer of a ranking: which models to keep, which went too far, which have hardly begun. */
export function RankingHeadline({ ranking }: { ranking: Ranking }): JSX.Element {
  return (
    <div class="headline">
      <h1>{rankingSentence(ranking)}</h1>
      <p>
        The spectra sort models into groups; inside a group let a test decide. <span class="quiet">{LIMITS}</span>
      </p>
      <ul class="checks">
        {ranking.comparable.statements.map(({ columns, comparable, reason }) => (
          <li key={columns.join()}>
            <b>
              {columns.join(", ")}: {comparable ? "comparable here" : "not comparable here"}.
            </b>{" "}
            {reason}
          </li>
        ))}
        {ranking.warnings.map((warning) => (
          <li key={warning}>
            <b>Note.</b> {warning}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Most models that a heading names. */
const MAX_NAMES = 3;

/** "Look first at a, b. c went too far. d has hardly begun." */
export function rankingSentence({ groups }: Pick<Ranking, "groups">): string {
  const of = (group: string): readonly string[] => groups.find((one) => one.group === group)?.models ?? [];
  const named = (models: readonly string[]): string =>
    models.slice(0, MAX_NAMES).join(", ") + (models.length > MAX_NAMES ? ` and ${models.length - MAX_NAMES} more` : "");
  const best = ["usual", "structure", "border"].map(of).find((models) => models.length > 0) ?? [];
  const [far, begun] = [of("too-far"), of("hardly-begun")];
  const verb = (models: readonly string[], one: string, many: string): string => (models.length === 1 ? one : many);
  const parts = [
    best.length > 0 ? `Look first at ${named(best)}.` : "No model is in the usual range.",
    far.length > 0 ? `${named(far)} ${verb(far, "has", "have")} gone too far.` : "",
    begun.length > 0 ? `${named(begun)} ${verb(begun, "has", "have")} hardly begun.` : "",
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** Columns of the table of models. */
const COLUMNS: readonly {
  readonly title: string;
  readonly about: string;
  readonly value: (model: RankedModel) => number | null;
}[] = [
  { title: "alpha", about: "mean over layers with a valid alpha", value: ({ valid_means }) => valid_means.alpha },
  { title: "layers with alpha", about: "layers whose alpha is valid", value: ({ valid_layers }) => valid_layers },
  { title: "soft rank", about: "mean over all layers", value: ({ means }) => means.mp_soft_rank },
  { title: "stable rank", about: "mean over all layers", value: ({ means }) => means.stable_rank },
  { title: "log norm", about: "mean over all layers", value: ({ means }) => means.log_norm },
  { title: "alpha weighted", about: "mean over all layers", value: ({ means }) => means.alpha_weighted },
  { title: "score", about: "yours", value: ({ score }) => score },
];

/** The models by group, the groups best standing first. `href` opens a model. */
export function RankingTable({
  ranking: { models, groups },
  href,
}: {
  ranking: Ranking;
  href?: (model: RankedModel) => string | undefined;
}): JSX.Element {
  const columns = COLUMNS.filter(
    ({ title, value }) => title !== "score" || models.some((model) => value(model) !== null),
  );
  const failed = models.filter(({ group }) => group === null);
  const rows = (members: readonly RankedModel[]): JSX.Element[] =>
    members.map((model) => <ModelRow key={model.path} {...{ model, columns }} href={href?.(model)} />);
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">model</th>
          <th scope="col" class="left">
            phases
          </th>
          {columns.map(({ title, about }) => (
            <th key={title} scope="col" title={about}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      {groups.map(({ group, meaning }) => (
        <tbody key={group}>
          <tr class="group">
            <th scope="rowgroup" colSpan={columns.length + 2}>
              {meaning}
            </th>
          </tr>
          {rows(models.filter((model) => model.group === group))}
        </tbody>
      ))}
      {failed.length > 0 && (
        <tbody>
          <tr class="group">
            <th scope="rowgroup" colSpan={columns.length + 2}>
              Could not be read
            </th>
          </tr>
          {rows(failed)}
        </tbody>
      )}
    </table>
  );
}

function ModelRow({
  model,
  columns,
  href,
}: {
  model: RankedModel;
  columns: typeof COLUMNS;
  href: string | undefined;
}): JSX.Element {
  const name = <span class="mono">{model.name}</span>;
  return (
    <tr>
      <th scope="row" title={model.path}>
        {href === undefined ? name : <a href={href}>{name}</a>}
      </th>
      {model.status === "failed" ? (
        <td class="left" colSpan={columns.length + 1}>
          {model.reason}
        </td>
      ) : (
        <>
          <td class="left">
            <PhaseShares model={model} />
          </td>
          {columns.map(({ title, value }) => (
            <td key={title}>{numberText(value(model))}</td>
          ))}
        </>
      )}
    </tr>
  );
}

/** The phases of a model as one bar: each as wide as its share of the layers. */
export function PhaseShares({ model: { phases } }: { model: Pick<RankedModel, "phases"> }): JSX.Element {
  const counts = PHASE_LABELS.flatMap((label) => {
    const count = label === "failed" ? 0 : phases[label];
    return count > 0 ? [{ label, count }] : [];
  });
  const words = counts.map(({ label, count }) => `${count} ${label}`).join(", ");
  return (
    <span class="phase-shares" role="img" aria-label={words} title={words}>
      {counts.map(({ label, count }) => (
        <i key={label} style={{ flexGrow: count, background: STYLE[label].colour }} />
      ))}
    </span>
  );
}

/** Most numbers that are compared with the score. */
const MAX_CORRELATIONS = 8;

/** Which number orders the models as the score does, with the bound below which it may be chance. */
export function RankCorrelations({ ranking }: { ranking: Ranking }): JSX.Element | null {
  const rows = ranking.correlations
    .filter(({ spearman, statistic }) => spearman !== null && statistic === "mean")
    .sort((a, b) => Math.abs(b.spearman ?? 0) - Math.abs(a.spearman ?? 0))
    .slice(0, MAX_CORRELATIONS);
  if (rows.length === 0) return null;
  const bound = ranking.chance_bound;
  return (
    <section aria-labelledby="correlations">
      <h2 id="correlations">Which number orders them as the score does?</h2>
      <p class="quiet small">Rank correlation over {plural(rows[0].n, "model")}. 1: same order, −1: reversed.</p>
      <ul class="correlations">
        {rows.map((row) => (
          <li key={`${row.column} ${row.over}`}>
            <span>
              {row.column} <span class="quiet smaller">{row.over === "valid" ? "where valid" : ""}</span>
            </span>
            <CorrelationGauge {...row} />
            <b class="num">{numberText(row.spearman, 2)}</b>
          </li>
        ))}
      </ul>
      {bound !== null && (
        <p class="note">
          With so few models, the best of all numbers reaches {numberText(bound, 2)} by chance in 1 of 20 random orders.
        </p>
      )}
    </section>
  );
}

function CorrelationGauge({ spearman, spearman_low, spearman_high }: Correlation): JSX.Element {
  const place = (value: number): number => 75 + 70 * value;
  const value = spearman ?? 0;
  return (
    <svg width="150" height="16" aria-hidden="true">
      <path d="M5 8H145" stroke="var(--line)" />
      <path d="M75 1V15" stroke="var(--quiet)" />
      {spearman_low !== null && spearman_high !== null && (
        <path
          d={`M${place(spearman_low)} 8H${place(spearman_high)}`}
          stroke="var(--quiet)"
          stroke-width="3"
          opacity=".5"
        />
      )}
      <circle cx={place(value)} cy="8" r="5" fill="var(--ink)" />
    </svg>
  );
}

/** alpha against the score, where there is one; null without scores. */
export function alphaAgainstScore(ranking: Ranking, width: number): { readonly svg: string } | null {
  const scored = ranking.models.filter(({ score, status }) => score !== null && status === "success");
  const row = ranking.correlations.find(
    ({ column, statistic, over }) => column === "alpha" && statistic === "mean" && over === "valid",
  );
  return rankScatter(
    scored.map((model) => ({
      name: model.name,
      x: model.valid_means.alpha,
      interval: null,
      y: model.score as number,
      phase: mostFrequent(model),
    })),
    {
      width,
      xTitle: "mean alpha",
      yTitle: "score",
      usual: [OVER_TRAINED_BELOW, UNDER_TRAINED_ABOVE],
      ...(row?.spearman != null && {
        correlation: {
          name: "Spearman",
          value: row.spearman,
          interval:
            row.spearman_low === null || row.spearman_high === null ? null : [row.spearman_low, row.spearman_high],
        },
      }),
    },
  );
}

/** The same as a component. */
export function AlphaAgainstScore({ ranking, width }: { ranking: Ranking; width: number }): JSX.Element | null {
  const chart = alphaAgainstScore(ranking, width);
  return chart === null ? null : <Drawing svg={chart.svg} />;
}

/** The phase that most layers of a model have. */
function mostFrequent({ phases }: RankedModel): PhaseLabel {
  const entries = Object.entries(phases) as [keyof typeof phases, number][];
  return entries.reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
}
