import type { LayerResult } from "../../analysis/index.js";
import { poolSeeds, type SeedSpectrum } from "../experiments/pool-seeds.js";
import type { Run } from "../experiments/run-record.js";
import { type Statistic, statistic } from "../experiments/statistic.js";
import { type PublishedLayer, type PublishedPoint, publishedPoint } from "./published.js";
import { edgeRatioOf, type RunRow, runRow } from "./run-row.js";
import { axisName, axisValue, compareSettings, variedAxes } from "./sort-runs.js";

/** The data of a page. */
export interface SweepResults {
  readonly name: string;
  readonly description: string;
  readonly runs: readonly Run[];
  /** Eigenvalues by run and layer, at the last recorded epoch. */
  readonly eigenvalues: ReadonlyMap<string, ReadonlyMap<string, Float64Array>>;
}

/** One point of the sweep: the runs that differ only in their seeds. */
export interface SweepPoint {
  /** Its settings that differ from other points: "b = 32". */
  readonly label: string;
  /** The same without names, for an axis: "32". */
  readonly tick: string;
  readonly rows: readonly RunRow[];
  readonly train: Statistic | null;
  readonly test: Statistic | null;
  readonly published: PublishedPoint | null;
}

/** One layer at one point: the pooled analysis, and the numbers of each seed. */
export interface LayerPoint {
  readonly point: SweepPoint;
  readonly pooled: LayerResult;
  readonly seeds: readonly SeedSpectrum[];
  readonly softRank: Statistic | null;
  readonly stableRank: Statistic | null;
  readonly entropy: Statistic | null;
  readonly tailIndex: Statistic | null;
  readonly spikes: Statistic | null;
  readonly edgeRatio: Statistic | null;
  readonly published: PublishedLayer | null;
}

/** The points of a sweep in order. Runs without a recorded epoch are skipped. */
export function sweepPoints(runs: readonly Run[]): SweepPoint[] {
  const axes = variedAxes(runs);
  const groups = new Map<string, RunRow[]>();
  for (const run of runs.slice().sort((a, b) => compareSettings(a.settings, b.settings))) {
    const row = runRow(run);
    if (row === undefined) continue;
    const key = axes.map((axis) => String(run.settings[axis])).join();
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((rows) => {
    const { settings } = rows[0].run;
    return {
      label: axes.map((axis) => `${axisName(axis)} = ${axisValue(settings, axis)}`).join(", "),
      tick: axes.map((axis) => axisValue(settings, axis)).join(", "),
      rows,
      train: statistic(rows.map(({ epoch }) => epoch.train?.accuracy)),
      test: statistic(rows.map(({ epoch }) => epoch.test?.accuracy)),
      published: publishedPoint(settings),
    };
  });
}

/** One layer at all points that have it. */
export function layerPoints(
  points: readonly SweepPoint[],
  name: string,
  eigenvalues: SweepResults["eigenvalues"],
): LayerPoint[] {
  return points.flatMap((point) => {
    const seeds = point.rows.flatMap(({ run, epoch }): SeedSpectrum[] => {
      const record = epoch.layers?.find((layer) => layer.name === name);
      const own = eigenvalues.get(run.id)?.get(name);
      return record === undefined || own === undefined ? [] : [{ record, eigenvalues: own }];
    });
    if (seeds.length === 0) return [];
    const over = (value: (record: SeedSpectrum["record"]) => number | null): Statistic | null =>
      statistic(seeds.map(({ record }) => value(record)));
    return [
      {
        point,
        pooled: poolSeeds(seeds),
        seeds,
        softRank: over(({ mp_soft_rank }) => mp_soft_rank),
        stableRank: over(({ stable_rank }) => stable_rank),
        entropy: over(({ matrix_entropy }) => matrix_entropy),
        tailIndex: over(({ tail_index }) => tail_index ?? null),
        spikes: over(({ spikes }) => spikes),
        edgeRatio: over(edgeRatioOf),
        published: point.published?.layers[name] ?? null,
      },
    ];
  });
}

/** Names of the layers that at least one run analysed, in the order of the network. */
export function analysedLayers(points: readonly SweepPoint[]): string[] {
  return [
    ...new Set(points.flatMap(({ rows }) => rows.flatMap(({ epoch }) => (epoch.layers ?? []).map(({ name }) => name)))),
  ];
}
