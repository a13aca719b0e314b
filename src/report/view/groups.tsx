import type { JSX } from "preact";
import type { GroupOutlier, LayerGroup, Spread } from "../../analysis/groups/layer-group.js";
import { groupGrid } from "../charts/group-grid.js";
import { blockWord, memberWord, shownStatistic } from "../group-cells.js";
import { countText, numberText, plural } from "../number-text.js";
import { PHASE_LABELS, type PhaseLabel } from "../phase-style.js";
import { breakable } from "./breakable.js";
import { Drawing } from "./drawing.js";
import { PhaseName } from "./phase-mark.js";
import { Section } from "./sections.js";

/** Width of one grid; two stand beside each other where there is room. */
const NARROW = 620;
/** Grids of more cells across have a line of their own. */
const MAX_NARROW = 64;
const WIDE = 1240;
/** Most outliers in the list of a group. */
const MAX_LISTED = 8;

/** The groups of a model: experts and heads, each with its grids and its outliers. Nothing without groups. */
export function Groups({
  groups,
  href,
}: {
  groups: readonly LayerGroup[];
  /** The address of a layer, by its number. */
  href: (layer_id: number) => string;
}): JSX.Element | null {
  if (groups.length === 0) return null;
  return (
    <Section
      id="groups"
      title="Groups"
      about="layers that play one part many times: a cell is one expert or one head, a row or a column one block"
    >
      {groups.map((group) => (
        <Group key={`${group.kind} ${group.name}`} {...{ group, href }} />
      ))}
    </Section>
  );
}

function Group({ group, href }: { group: LayerGroup; href: (layer_id: number) => string }): JSX.Element {
  const { name, grid, members, blocks, N, M } = group;
  const word = memberWord(group);
  const across = Math.max(grid.blocks.length, grid.members.length);
  const width = across > MAX_NARROW ? WIDE : NARROW;
  const statistic = shownStatistic(group);
  return (
    <article class="group" aria-label={`${group.kind} ${name}`}>
      <h3>
        <span class="mono">{breakable(name)}</span>
      </h3>
      <p class="small quiet">
        {plural(members, "matrix", "matrices")} of {N} × {M}: {plural(grid.members.length, word)} in{" "}
        {blocks === 1 ? "one block" : `each of ${countText(blocks)} blocks`}
      </p>
      <Counts group={group} />
      <p class="small">
        <Numbers name="alpha" spread={group.alpha} of={members} /> · <Numbers name="norm" spread={group.norm} />
        {" · "}
        <Numbers name="λmax" spread={group.lambda_max} /> · <Numbers name="stable rank" spread={group.stable_rank} />
        <span class="quiet"> (median, quartiles)</span>
      </p>
      <div class={across > MAX_NARROW ? "group-grids wide" : "group-grids"}>
        <Grid caption="phase" svg={groupGrid(group, { quantity: "phase", width })} />
        <Grid
          caption={`${statistic.replace("_", " ")}: the stronger the tint, the larger; empty: none`}
          svg={groupGrid(group, { quantity: statistic, width })}
        />
      </div>
      <Outliers {...{ group, href }} />
    </article>
  );
}

function Grid({ caption, svg }: { caption: string; svg: string }): JSX.Element {
  return (
    <figure class="group-grid" tabIndex={0} role="group" aria-label={caption}>
      <figcaption>{caption}</figcaption>
      <Drawing svg={svg} />
    </figure>
  );
}

function Counts({ group: { phases, undecided, failed } }: { group: LayerGroup }): JSX.Element {
  const count = (label: PhaseLabel): number =>
    label === "undecided" ? undecided : label === "failed" ? failed : phases[label];
  return (
    <p class="key small">
      {PHASE_LABELS.filter((label) => count(label) > 0).map((label) => (
        <span key={label}>
          <PhaseName label={label} size={12} /> <b>{countText(count(label))}</b>
        </span>
      ))}
    </p>
  );
}

function Numbers({ name, spread, of }: { name: string; spread: Spread; of?: number }): JSX.Element {
  const { median, lower_quartile, upper_quartile, members } = spread;
  if (median === null) return <span class="quiet">{name} n/a</span>;
  return (
    <span class="num">
      {name} <b>{numberText(median)}</b> ({numberText(lower_quartile)} to {numberText(upper_quartile)}
      {of !== undefined && members < of && `, ${countText(members)} of ${countText(of)} valid`})
    </span>
  );
}

function Outliers({ group, href }: { group: LayerGroup; href: (layer_id: number) => string }): JSX.Element {
  const { outliers, blocks } = group;
  const word = memberWord(group);
  if (outliers.length === 0)
    return (
      <p class="note">
        No {word} differs from its block by more than {numberText(group.outlier_score)} robust deviations.
      </p>
    );
  return (
    <>
      <p class="small">
        <b>{plural(new Set(outliers.map(({ name }) => name)).size, "outlier")}</b>, framed: beyond{" "}
        {numberText(group.outlier_score)} robust deviations from the other {word}s of the block.
      </p>
      <ul class="outliers small">
        {outliers.slice(0, MAX_LISTED).map((outlier) => (
          <li key={`${outlier.name} ${outlier.statistic}`}>
            <a href={href(outlier.layer_id)}>
              {blocks > 1 && `${blockWord(outlier.block)}, `}
              {word} {outlier.member}
            </a>
            : {outlierText(outlier)}
          </li>
        ))}
        {outliers.length > MAX_LISTED && (
          <li class="quiet">{countText(outliers.length - MAX_LISTED)} more in the JSON report</li>
        )}
      </ul>
    </>
  );
}

function outlierText({ statistic, value, median, score }: GroupOutlier): string {
  const side = score > 0 ? "above" : "below";
  return (
    `${statistic.replace("_", " ")} ${numberText(value)}, its block ${numberText(median)} ` +
    `(${numberText(Math.abs(score))} deviations ${side})`
  );
}
