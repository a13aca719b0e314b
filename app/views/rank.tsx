import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { type Ranking, rankReports } from "#eigenscope/rank/index.js";
import { rankingParquet, renderRankingCsv, renderRankingJson } from "#eigenscope/report/index.js";
import {
  AlphaAgainstScore,
  alphaAgainstScore,
  plural,
  RankCorrelations,
  RankingHeadline,
  RankingTable,
  Section,
} from "#eigenscope/report/view/index.js";
import { useWidth } from "../components/chart-box.js";
import { chartExports } from "../components/chart-exports.js";
import { ExportMenu } from "../components/export-menu.js";
import { save } from "../components/save.js";
import { say } from "../components/toast.js";
import { modelOf } from "../state/models.js";
import { modelAddress, type Route } from "../state/route.js";
import { scores, takeScores } from "../state/scores.js";
import { viewModelOf } from "../state/view-model.js";

/** Many models: groups, a table, and which number goes with the reader's own score. */
export function RankView({ route }: { route: Route }): JSX.Element {
  const ids = route.view === "rank" ? route.ids : [];
  const open = ids.flatMap((id) => modelOf(id) ?? []);
  const missing = ids.length - open.length;
  const done = open.flatMap((model) => {
    const { source, progress, report } = model;
    if (progress.value.state !== "done") return [];
    // A training has no report: its last state is ranked.
    const layers = viewModelOf(model).layers.value.flatMap(({ record }) => (record === null ? [] : [record]));
    return [{ source, report: report.value ?? { ...NO_INPUT, layers } }];
  });
  const refused = open.filter(({ progress }) => progress.value.state === "refused");
  const waiting = open.length - done.length - refused.length;
  const known = scores.value;
  const ranking =
    done.length === 0
      ? null
      : rankReports(
          done.map(({ source, report }) => ({ path: source.label, report, score: known?.get(source.label) })),
        );
  const idOf = new Map(done.map(({ source }) => [source.label, source.id]));
  return (
    <main id="main" tabIndex={-1}>
      <div class="file-line">
        <span class="file">{plural(ids.length, "model")}</span>
        <span class="quiet small" role="status">
          {done.length} done{waiting > 0 && `, ${waiting} still to come`}
          {refused.length > 0 && `, ${refused.length} cannot be read`}
        </span>
      </div>
      {missing > 0 && (
        <p class="message">
          {plural(missing, "model is", "models are")} not open in this window any more. Drop them together to rank them
          again.
        </p>
      )}
      {refused.map(({ source, progress }) => (
        <p key={source.id} class="message bad">
          <b>{source.label}</b> {progress.value.state === "refused" && progress.value.message}
        </p>
      ))}
      {ranking === null ? (
        <p class="quiet">The first model is being read …</p>
      ) : (
        <>
          <div class="top">
            <RankingHeadline ranking={ranking} />
            <aside aria-label="Scores">
              <RankCorrelations ranking={ranking} />
              <ScoresForm />
            </aside>
          </div>
          <Section
            id="models"
            title="Models"
            about="in groups, best standing first"
            controls={
              <ExportMenu
                exports={[
                  { name: "The ranking as CSV", run: () => save("ranking.csv", renderRankingCsv(ranking), "text/csv") },
                  {
                    name: "The ranking as JSON",
                    run: () => save("ranking.json", renderRankingJson(ranking), "application/json"),
                  },
                  {
                    name: "The ranking as Parquet",
                    run: async () =>
                      save(
                        "ranking.parquet",
                        (await rankingParquet(ranking)) as BlobPart,
                        "application/vnd.apache.parquet",
                      ),
                  },
                ]}
              />
            }
          >
            <div class="table" tabIndex={0} role="region" aria-label="Table of models">
              <RankingTable
                ranking={ranking}
                href={({ path }) => (idOf.has(path) ? modelAddress(idOf.get(path) as string) : undefined)}
              />
            </div>
          </Section>
          {known !== null && (
            <Section
              id="scatter"
              title="Mean alpha against the score"
              controls={
                <ExportMenu
                  exports={chartExports("ranking", (width) => alphaAgainstScore(ranking, width), {
                    width: MAX_SCATTER_WIDTH,
                  })}
                />
              }
            >
              <Scatter ranking={ranking} />
            </Section>
          )}
        </>
      )}
    </main>
  );
}

/** Drawn as wide as its place, which is there only with scores. */
function Scatter({ ranking }: { ranking: Ranking }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  return (
    <div ref={box}>
      {width > 0 && <AlphaAgainstScore ranking={ranking} width={Math.min(width, MAX_SCATTER_WIDTH)} />}
    </div>
  );
}

/** A wider one says no more. */
const MAX_SCATTER_WIDTH = 900;

/** What a ranking asks of a report beside its layers. */
const NO_INPUT = {
  options: {},
  input: { label: "", format: "", order: "file", files: [], warnings: [] },
} as const;

function ScoresForm(): JSX.Element {
  return (
    <p class="note" style="margin-top:12px">
      <label>
        Scores of your own (CSV with the columns name and score):{" "}
        <input
          type="file"
          accept=".csv,text/csv"
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0];
            if (file !== undefined) takeScores(file).catch((error: Error) => say(error.message));
          }}
        />
      </label>
    </p>
  );
}
