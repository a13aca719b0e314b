import type { LayerRecord } from "../../analysis/report.js";
import type { Markup } from "../../report/page-parts.js";
import { numberText, phaseLabelOf } from "../../report/text-parts.js";
import type { EpochRecord } from "../experiments/run-record.js";
import type { Statistic } from "../experiments/statistic.js";
import { epochChart } from "./epoch-chart.js";
import { epochLines } from "./epoch-lines.js";
import { figure } from "./figure.js";
import { type PointLine, pointChart, type SeedValue } from "./point-chart.js";
import type { PublishedLayer } from "./published.js";
import { edgeRatioOf } from "./run-row.js";
import type { LayerPoint } from "./sweep-points.js";

/** 1.96 standard errors hold 95 % if the estimate is normal, as alpha is for many eigenvalues [CSN09]. */
const INTERVAL = 1.96;

/** The numbers of a layer against the points of the sweep: every seed, means, and published values. */
export function numberCharts(points: readonly LayerPoint[], axis: string): (Markup | null)[] {
  const ticks = points.map(({ point }) => point.tick);
  const seeds = (value: (record: LayerRecord) => number | null, name: string): SeedValue[] =>
    points.flatMap(({ point, seeds }) =>
      seeds.flatMap(({ record }, k) => {
        const found = value(record);
        return found === null
          ? []
          : [
              {
                tick: point.tick,
                value: found,
                phaseLabel: phaseLabelOf(record),
                title: `${point.rows[k].run.id}: ${name} ${numberText(found)}`,
              },
            ];
      }),
    );
  const means = (statistic: (point: LayerPoint) => Statistic | null): PointLine => ({
    name: "mean",
    values: points.flatMap((point) => {
      const found = statistic(point);
      return found === null ? [] : [{ tick: point.point.tick, value: found.mean }];
    }),
  });
  const published = (value: (layer: PublishedLayer) => number | null): PointLine[] => {
    const values = points.flatMap(({ point, published: layer }) => {
      const found = layer === null ? null : value(layer);
      return found === null ? [] : [{ tick: point.tick, value: found }];
    });
    return values.length > 0 ? [{ name: "published", values, dashed: true }] : [];
  };
  const draw = (
    title: string,
    caption: string,
    chart: { seeds: SeedValue[]; lines: PointLine[]; log?: boolean; include?: number[] },
  ) => figure(pointChart({ title, axis, ticks, ...chart }), caption);
  return [
    draw("MP soft rank", "λ+ / λmax: 1 for a random matrix, towards 0 for a heavy tail.", {
      seeds: seeds(({ mp_soft_rank }) => mp_soft_rank, "soft rank"),
      lines: [means(({ softRank }) => softRank), ...published(({ softRank }) => softRank)],
      include: [0, 1],
    }),
    draw("stable rank", "‖W‖F² / ‖W‖₂²", {
      seeds: seeds(({ stable_rank }) => stable_rank, "stable rank"),
      lines: [means(({ stableRank }) => stableRank), ...published(({ stableRank }) => stableRank)],
      include: [0],
    }),
    draw(
      "alpha",
      "Exponent of the tail if a power law describes it: of each seed, and of all seeds pooled with its 95 % interval.",
      {
        seeds: seeds(({ alpha, alpha_valid }) => (alpha_valid ? alpha : null), "alpha"),
        lines: [pooledAlpha(points)],
      },
    ),
    draw(
      "tail index",
      "Extreme-value index of the upper tail: −2/3 at the edge of a random bulk, 0 for an exponential decay, " +
        "above 0.2 a power law.",
      {
        seeds: seeds(({ tail_index }) => tail_index ?? null, "tail index"),
        lines: [means(({ tailIndex }) => tailIndex)],
        include: [-2 / 3, 0.2],
      },
    ),
    draw("spikes", "Eigenvalues beyond the Tracy–Widom edge of the bulk, per run.", {
      seeds: seeds(({ spikes }) => spikes, "spikes"),
      lines: [means(({ spikes }) => spikes)],
      include: [0],
    }),
    draw("λmax / λ+", "The largest eigenvalue over the edge of the bulk.", {
      seeds: seeds(edgeRatioOf, "λmax / λ+"),
      lines: [means(({ edgeRatio }) => edgeRatio)],
      log: true,
    }),
    draw("matrix entropy", "1 if all eigenvalues are equal.", {
      seeds: seeds(({ matrix_entropy }) => matrix_entropy, "entropy"),
      lines: [means(({ entropy }) => entropy), ...published(({ entropy }) => entropy)],
    }),
  ];
}

function pooledAlpha(points: readonly LayerPoint[]): PointLine {
  const values = points.flatMap(({ point, pooled: { record } }) => {
    if (!record.alpha_valid || record.alpha === null) return [];
    const half = INTERVAL * (record.sigma ?? 0);
    return [{ tick: point.tick, value: record.alpha, interval: [record.alpha - half, record.alpha + half] as const }];
  });
  return { name: "pooled", values };
}

/** The same numbers against the epochs, means over seeds. */
export function epochCharts(name: string, points: readonly LayerPoint[]): (Markup | null)[] {
  const sweep = points.map(({ point }) => point);
  const of = (value: (record: LayerRecord) => number | null) => (epoch: EpochRecord) => {
    const record = epoch.layers?.find((layer) => layer.name === name);
    return record === undefined ? null : value(record);
  };
  const chart = (title: string, value: (record: LayerRecord) => number | null): Markup | null =>
    figure(epochChart(title, epochLines(sweep, of(value))), `${title} of ${name} by epoch; mean over seeds.`);
  return [
    chart("MP soft rank", ({ mp_soft_rank }) => mp_soft_rank),
    chart("stable rank", ({ stable_rank }) => stable_rank),
    chart("tail index", ({ tail_index }) => tail_index ?? null),
    chart("matrix entropy", ({ matrix_entropy }) => matrix_entropy),
    chart("log10 norm", ({ log_norm }) => log_norm),
  ];
}
