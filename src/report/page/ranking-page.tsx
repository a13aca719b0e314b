import type { JSX } from "preact";
import { renderToString } from "preact-render-to-string";
import type { Ranking } from "../../rank/index.js";
import { plural } from "../number-text.js";
import { AlphaAgainstScore, RankCorrelations, RankingHeadline, RankingTable } from "../view/ranking.js";
import { Section } from "../view/sections.js";
import { trusted } from "./markup.js";
import { PhaseGuide } from "./reading-guide.js";
import { pageShell } from "./shell.js";

/** Width of the chart of scores. */
const SCATTER_WIDTH = 860;

/** The whole page of a ranking. */
export function renderRankingPage(ranking: Ranking): string {
  const { tool, models } = ranking;
  return pageShell(
    {
      generator: `${tool.name} ${tool.version}`,
      title: `${plural(models.length, "model")} ranked · eigenscope`,
      kind: "ranking",
      skipTo: { id: "models", name: "the models" },
    },
    trusted(renderToString(<RankingPage ranking={ranking} />)),
  );
}

function RankingPage({ ranking }: { ranking: Ranking }): JSX.Element {
  const { models } = ranking;
  const scored = models.some(({ score, status }) => score !== null && status === "success");
  const warnings = models.flatMap((model) => model.warnings.map((warning) => ({ model: model.name, warning })));
  return (
    <main id="main" tabIndex={-1}>
      <div class="file-line">
        <span class="file">{plural(models.length, "model")}</span>
      </div>
      {scored ? (
        <div class="top">
          <RankingHeadline ranking={ranking} />
          <aside aria-label="Scores">
            <RankCorrelations ranking={ranking} />
          </aside>
        </div>
      ) : (
        <RankingHeadline ranking={ranking} />
      )}
      <Section id="models" title="Models" about="in groups, best standing first">
        <div class="table" tabIndex={0} role="region" aria-label="Table of models">
          <RankingTable ranking={ranking} />
        </div>
      </Section>
      {scored && (
        <Section id="scatter" title="Mean alpha against the score">
          <figure class="wide" role="group" tabIndex={0} aria-label="Chart of mean alpha against the score">
            <AlphaAgainstScore ranking={ranking} width={SCATTER_WIDTH} />
          </figure>
        </Section>
      )}
      {warnings.length > 0 && (
        <details class="section">
          <summary>{plural(warnings.length, "remark")} on how the models were read</summary>
          <ul class="checks">
            {warnings.map(({ model, warning }) => (
              <li key={`${model} ${warning}`}>
                <b class="mono">{model}</b> {warning}
              </li>
            ))}
          </ul>
        </details>
      )}
      <PhaseGuide />
    </main>
  );
}
