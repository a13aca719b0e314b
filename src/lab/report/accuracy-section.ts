import { html, type Markup } from "../../report/page-parts.js";
import { phaseLabelOf } from "../../report/text-parts.js";
import { epochChart } from "./epoch-chart.js";
import { epochLines } from "./epoch-lines.js";
import { figure } from "./figure.js";
import { type PointLine, pointChart, type SeedValue } from "./point-chart.js";
import type { RunRow } from "./run-row.js";
import type { SweepPoint } from "./sweep-points.js";

/** Train and test accuracy and their gap, against the points of the sweep and against the epochs. */
export function accuracySection(points: readonly SweepPoint[], axis: string): Markup {
  return html`<section class="section" aria-labelledby="accuracy"><h2 id="accuracy">Accuracy</h2>
<div class="charts">
${points.length > 1 && againstSweep(points, axis)}
${figure(
  epochChart(
    "train accuracy",
    epochLines(points, ({ train }) => train?.accuracy),
  ),
  "Train accuracy by epoch; mean over seeds, in the colour of the phase of the first dense layer at the end.",
)}
${figure(
  epochChart(
    "test accuracy",
    epochLines(points, ({ test }) => test?.accuracy),
  ),
  "Test accuracy by epoch.",
)}
</div></section>`;
}

function againstSweep(points: readonly SweepPoint[], axis: string): (Markup | null)[] {
  const ticks = points.map(({ tick }) => tick);
  const accuracy = {
    title: "accuracy",
    axis,
    ticks,
    seeds: [...seedValues(points, "train", accuracyOf("train")), ...seedValues(points, "test", accuracyOf("test"))],
    lines: [
      line(points, "train", ({ train }) => train?.mean),
      line(points, "test", ({ test }) => test?.mean),
      ...(["train", "test"] as const).map((half) => ({
        ...line(points, `published ${half}`, ({ published }) => published?.[half]),
        dashed: true,
      })),
    ],
  };
  const gap = {
    title: "generalisation gap (train − test)",
    axis,
    ticks,
    seeds: seedValues(points, "gap", gapOf),
    lines: [
      line(points, "mean gap", ({ train, test }) => (train === null || test === null ? null : train.mean - test.mean)),
    ],
  };
  return [
    figure(
      pointChart(accuracy),
      "Train (above) and test accuracy at the end. Each marker is a seed, in the colour of the phase of its " +
        "first dense layer. Lines are means; dashed lines are published values.",
    ),
    figure(pointChart(gap), "Train minus test accuracy."),
  ];
}

function line(
  points: readonly SweepPoint[],
  name: string,
  value: (point: SweepPoint) => number | null | undefined,
): PointLine {
  const values = points.flatMap((point) => {
    const found = value(point);
    return typeof found === "number" ? [{ tick: point.tick, value: found }] : [];
  });
  return { name, values };
}

function seedValues(points: readonly SweepPoint[], name: string, value: (row: RunRow) => number | null): SeedValue[] {
  return points.flatMap(({ rows, tick }) =>
    rows.flatMap((row) => {
      const found = value(row);
      if (found === null) return [];
      return [
        { tick, value: found, phaseLabel: phaseLabelOf(row.fc1), title: `${row.run.id}: ${name} ${found.toFixed(3)}` },
      ];
    }),
  );
}

const accuracyOf =
  (half: "train" | "test") =>
  ({ epoch }: RunRow): number | null =>
    epoch[half]?.accuracy ?? null;

function gapOf({ epoch: { train, test } }: RunRow): number | null {
  return train === null || test === null ? null : train.accuracy - test.accuracy;
}
