import { describe, expect, it } from "vitest";
import { type ComparedLayer, dumbbellChart, isTelling } from "#eigenscope/report/charts/dumbbell-chart.js";
import { type HeatAlarm, heatLayout, heatMap, MAX_SVG_LAYERS } from "#eigenscope/report/charts/heat-map.js";
import {
  confidenceOpacity,
  type HeatCell,
  type HeatReading,
  heatChanges,
  heatRects,
  MIN_WIDTH_FOR_MARKS,
  mergeReadings,
} from "#eigenscope/report/charts/heat-map-cells.js";
import { type ChartLine, linesChart } from "#eigenscope/report/charts/lines-chart.js";
import { phaseMatrix } from "#eigenscope/report/charts/phase-matrix.js";
import { rankScatter, type ScatterModel } from "#eigenscope/report/charts/rank-scatter.js";
import { at, isInside } from "#eigenscope/report/charts/scale.js";
import { stripPair } from "#eigenscope/report/charts/strip-pair.js";
import type { PhaseLabel } from "#eigenscope/report/phase-style.js";

const readable = (svg: string): string => `${svg.replaceAll("><", ">\n<")}\n`;
const HOSTILE = "</title><script>alert(1)</script>";

const cell = (phase: PhaseLabel, confidence: number | null = 0.95): HeatCell => ({ phase, confidence });
const READINGS: readonly HeatReading[] = [
  { step: 0, cells: [cell("random-like"), cell("random-like"), cell("undecided", null)] },
  { step: 600, cells: [cell("bulk+spikes", 0.5), cell("random-like"), null] },
  { step: 1200, cells: [cell("bulk+spikes"), cell("rank-collapse"), cell("failed", null)] },
];

describe("the heat map", () => {
  it("looks as it did", async () => {
    const alarms: HeatAlarm[] = [{ layer: 1, step: 1200 }];
    const { svg } = heatMap(["fc1", HOSTILE, "head"], READINGS, {
      ...{ width: 640, alarms, followed: [0], cursor: 600 },
      events: [{ step: 600, label: "rate halved" }],
    });
    expect(svg).not.toMatch(/NaN|<script/);
    await expect(readable(svg)).toMatchFileSnapshot("./__snapshots__/heat-map.snap.svg");
  });

  it("is as faint as the phase is unsure: full from 95 % on, faintest up to 40 %, linear between", () => {
    expect([null, 1, 0.95, 0.675, 0.4, 0.2].map(confidenceOpacity)).toEqual([1, 1, 1, 0.68, 0.35, 0.35]);
  });

  it("has one rectangle per cell that was read, and appended readings give only their own", () => {
    const layout = { left: 100, top: 30, columnWidth: 20, rowHeight: 10 };
    const all = heatRects(READINGS, layout);
    expect(all).toHaveLength(8);
    expect(all[0]).toEqual({ x: 100.4, y: 30.8, width: 19.2, height: 8.4, phase: "random-like", opacity: 1 });
    expect(heatRects(READINGS, layout, 2)).toEqual(all.slice(5));
    expect(heatRects(READINGS, { ...layout, columnWidth: 3 })[0]).toMatchObject({ x: 100, width: 3 });
  });

  it("marks changes of phase, also across the seam of appended readings, where a mark has room", () => {
    const layout = { left: 0, top: 0, columnWidth: MIN_WIDTH_FOR_MARKS, rowHeight: 10 };
    const changes = heatChanges(READINGS, layout);
    expect(changes.map(({ phase }) => phase)).toEqual([
      "random-like",
      "random-like",
      "bulk+spikes",
      "rank-collapse",
      "failed",
    ]);
    expect(heatChanges(READINGS, layout, 2).map(({ phase }) => phase)).toEqual(["rank-collapse", "failed"]);
    expect(heatChanges(READINGS, { ...layout, columnWidth: MIN_WIDTH_FOR_MARKS - 0.1 })).toEqual([]);
  });

  it("merges readings into the columns that fit, and loses no collapse", () => {
    const readings = Array.from({ length: 1000 }, (_, i) => ({
      step: i,
      cells: [cell(i === 123 ? "rank-collapse" : "heavy-tailed", 0.6)],
    }));
    const columns = mergeReadings(readings, 100);
    expect(columns).toHaveLength(100);
    expect(columns.map(({ cells }) => cells[0]!.phase).indexOf("rank-collapse")).toBe(12);
    expect(columns[12].step).toBe(120);
    expect(mergeReadings(readings, 1000)).toEqual(readings);
    expect(mergeReadings([READINGS[0], { step: 1, cells: [null, null, null] }, READINGS[1]], 1)[0].cells[2]).toEqual(
      cell("undecided", null),
    );
  });

  it("joins equal neighbours where no hairline divides them, so that a full picture stays under 2 MB", () => {
    const names = Array.from({ length: MAX_SVG_LAYERS }, (_, i) => `layer.${i}`);
    const readings = Array.from({ length: 400 }, (_, step) => ({ step, cells: names.map(() => cell("heavy-tailed")) }));
    const { svg } = heatMap(names, readings, { width: 1344 });
    expect(svg.match(/<rect/g)).toHaveLength(MAX_SVG_LAYERS);
    const changing = readings.map(({ step, cells }) => ({
      step,
      cells: cells.map(() => cell(step % 40 < 20 ? "heavy-tailed" : "bulk-decay")),
    }));
    expect(heatMap(names, changing, { width: 1344 }).svg.length).toBeLessThan(2e6);
  });

  it("refuses more layers than a picture holds, and readings that do not have one cell per layer", () => {
    const names = Array.from({ length: MAX_SVG_LAYERS + 1 }, () => "x");
    expect(() => heatMap(names, [], { width: 640 })).toThrow("found 301 layers, expected at most 300");
    expect(() => heatMap(["a"], READINGS, { width: 640 })).toThrow("found 3 cells at step 0, expected 1");
    expect(heatMap(["a"], [], { width: 640 }).svg).toContain("no reading yet");
  });

  it("has cells where its scales say, and reads them with their confidence", () => {
    const { scales, series } = heatMap(["fc1", "fc2", "head"], READINGS, { width: 640 });
    const layout = heatLayout(["fc1", "fc2", "head"], 3, { width: 640 });
    const rect = heatRects(READINGS, layout)[4];
    expect(at(scales.x, 1)).toBeCloseTo(rect.x + rect.width / 2, 9);
    expect(at(scales.y, 1)).toBeCloseTo(rect.y + rect.height / 2, 9);
    expect(series[0].points[3].label).toBe("fc1 at step 600: bulk+spikes, 50 % sure");
  });
});

const compared = (overrides: Partial<ComparedLayer> = {}): ComparedLayer => ({
  ...{ name: "conv", block: "mixed4", phaseBefore: "heavy-tailed", phaseAfter: "heavy-tailed" },
  ...{ before: 3, after: 3.2, interval: [2.8, 3.4], moved: 0.4 },
  ...overrides,
});

describe("before and after", () => {
  it("looks as it did", async () => {
    const layers = [
      compared(),
      compared({ name: HOSTILE, after: 5 }),
      compared({ phaseAfter: "rank-collapse", after: null, moved: 0.98 }),
      compared({ block: null, before: 30, after: 2, interval: null }),
    ];
    const { svg } = dumbbellChart(layers, { width: 640, selected: 1 });
    expect(svg).not.toMatch(/NaN|<script/);
    expect(svg).toContain("1 changed phase. alpha is valid in both for 3, and 2 of these changed by more");
    await expect(readable(svg)).toMatchFileSnapshot("./__snapshots__/dumbbells.snap.svg");
  });

  it("draws a change in full ink only if it left the interval or the phase changed", () => {
    expect(isTelling(compared({ after: 3.4 }))).toBe(false);
    expect(isTelling(compared({ after: 3.41 }))).toBe(true);
    expect(isTelling(compared({ after: 2.8 }))).toBe(false);
    expect(isTelling(compared({ after: 2.79 }))).toBe(true);
    expect(isTelling(compared({ after: null }))).toBe(false);
    expect(isTelling(compared({ phaseAfter: "bulk-decay" }))).toBe(true);
    expect(isTelling(compared({ interval: null }))).toBe(true);
    expect(isTelling(compared({ interval: null, after: 3 }))).toBe(false);
    const faint = (layer: ComparedLayer) => dumbbellChart([layer], { width: 640 }).svg.includes('opacity="0.32"');
    expect([faint(compared()), faint(compared({ after: 5 }))]).toEqual([true, false]);
  });

  it("has bars of how far the weights moved only where that is known", () => {
    const words = "weights moved, share of their norm";
    expect(dumbbellChart([compared()], { width: 640 }).svg).toContain(words);
    expect(dumbbellChart([compared({ moved: null })], { width: 640 }).svg).not.toContain(words);
    expect(dumbbellChart([compared({ moved: 0 })], { width: 640 }).svg).not.toContain(words);
    expect(dumbbellChart([compared({ moved: 0 }), compared({ moved: 1e-6 })], { width: 640 }).svg).toContain(words);
  });
});

describe("the phases of two models", () => {
  const changes = [
    { before: "heavy-tailed", after: "heavy-tailed" },
    { before: "heavy-tailed", after: "rank-collapse" },
    { before: "heavy-tailed", after: "rank-collapse" },
    { before: "undecided", after: "undecided" },
  ] as const;

  it("look as they did, as a matrix and as two strips", async () => {
    await expect(readable(phaseMatrix(changes))).toMatchFileSnapshot("./__snapshots__/phase-matrix.snap.svg");
    await expect(readable(stripPair(changes, { width: 400 }))).toMatchFileSnapshot(
      "./__snapshots__/strip-pair.snap.svg",
    );
  });

  it("are counted in the matrix, with the phases that occur only, and nothing without layers", () => {
    const svg = phaseMatrix(changes);
    expect([...svg.matchAll(/font-weight="600"[^>]*>(\d+)</g)].map(([, count]) => count)).toEqual(["1", "2", "1"]);
    expect(svg).toContain("Of 4 layers, 2 kept their phase; 2 from heavy-tailed to rank-collapse.");
    expect(svg).not.toContain("bulk-decay");
    expect(phaseMatrix([])).toBe("");
  });

  it("are faint in the lower strip where they are the same", () => {
    expect(stripPair(changes, { width: 400 }).match(/opacity="0.35"/g)).toHaveLength(2);
  });
});

describe("the models of a ranking", () => {
  const model = (overrides: Partial<ScatterModel> = {}): ScatterModel => ({
    ...{ name: "b 4", x: 3, interval: [2.5, 3.5], y: 0.6, phase: "heavy-tailed" },
    ...overrides,
  });
  const options = { width: 640, xTitle: "alpha of fc1", yTitle: "test accuracy" };

  it("look as they did", async () => {
    const models = [
      model(),
      model({ name: HOSTILE, x: 2, y: 0.5 }),
      model({ x: null, interval: null, y: 0.4, phase: "random-like" }),
    ];
    const correlation = { name: "Spearman", value: -0.5, interval: [-0.9, 0.3] as const };
    const { svg } = rankScatter(models, { ...options, usual: [2, 6], correlation })!;
    expect(svg).not.toMatch(/NaN|<script/);
    expect(svg).toContain("Spearman −0.50 (−0.90 to 0.30), 3 models");
    await expect(readable(svg)).toMatchFileSnapshot("./__snapshots__/rank-scatter.snap.svg");
  });

  it("have a lane for those without the number, only where there are any", () => {
    expect(rankScatter([model(), model({ x: null, interval: null })], options)!.svg).toContain(">n/a<");
    expect(rankScatter([model()], options)!.svg).not.toContain(">n/a<");
    expect(rankScatter([], options)).toBeNull();
  });

  it("are all in view, and intervals as far as they do not dwarf the values", () => {
    const models = [model({ x: 2 }), model({ x: 4, interval: [3, 400] })];
    const { x } = rankScatter(models, options)!.scales;
    expect([2, 4, 3].every((value) => isInside(x, value))).toBe(true);
    expect(x.domain[1]).toBeLessThan(8);
    expect(rankScatter([model({ x: null, interval: null })], options)!.svg).not.toMatch(/NaN/);
  });
});

describe("lines against step", () => {
  const line = (overrides: Partial<ChartLine> = {}): ChartLine => ({
    name: "fc1",
    points: [
      { x: 0, y: 1, phase: "random-like" },
      { x: 100, y: null },
      { x: 200, y: 4, phase: "heavy-tailed" },
    ],
    ...overrides,
  });

  it("look as they did", async () => {
    const { svg } = linesChart(
      [
        line(),
        line({
          name: HOSTILE,
          points: [
            { x: 0, y: 3 },
            { x: 200, y: 4.01 },
          ],
        }),
      ],
      {
        ...{ width: 640, title: "alpha", xTitle: "step", usual: [2, 6], cursor: 100 },
        events: [{ x: 150, label: "rate halved" }],
      },
    )!;
    expect(svg).not.toMatch(/NaN|<script/);
    await expect(readable(svg)).toMatchFileSnapshot("./__snapshots__/lines.snap.svg");
  });

  it("are interrupted where there is no value, and logarithmic ones where it is not above 0", () => {
    const path = (kind: "linear" | "log", y: number | null) =>
      linesChart([line({ points: [1, 2, y, 3, 4].map((value, x) => ({ x, y: value })) })], {
        width: 640,
        title: "x",
        kind,
      })!
        .svg.match(/<path d="(M[^"]*)" fill="none" stroke="var\(--ink\)" stroke-width="2"/)![1]
        .match(/M/g)!.length;
    expect([path("linear", null), path("linear", 0), path("log", 0), path("log", 0.1)]).toEqual([2, 1, 2, 1]);
    expect(linesChart([line({ points: [{ x: 0, y: null }] })], { width: 640, title: "x" })).toBeNull();
  });

  it("have names at their ends that do not overlap, within the picture", () => {
    const lines = Array.from({ length: 6 }, (_, i) =>
      line({
        name: `layer ${i}`,
        points: [
          { x: 0, y: i },
          { x: 1, y: 1 },
        ],
      }),
    );
    const { svg } = linesChart(lines, { width: 640, title: "alpha" })!;
    const heights = [...svg.matchAll(/y="([\d.]+)" fill="var\(--ink\)">layer/g)]
      .map(([, y]) => Number(y))
      .sort((a, b) => a - b);
    expect(heights).toHaveLength(6);
    for (let i = 1; i < 6; i++) expect(heights[i] - heights[i - 1]).toBeGreaterThanOrEqual(13.9);
    expect(heights[5]).toBeLessThanOrEqual(200 - 44 + 4);
  });

  it("have the marks of phases where they change, and from time to time", () => {
    const points = Array.from({ length: 100 }, (_, x) => ({
      x,
      y: 1 + x,
      phase: (x < 50 ? "bulk-decay" : "heavy-tailed") as PhaseLabel,
    }));
    const { svg } = linesChart([line({ points })], { width: 640, title: "x", endLabels: false })!;
    const marks = [...svg.matchAll(/<g transform="translate\(([\d.]+) [^>]*fill="var\(--phase-([\w-]+)\)"/g)].map(
      ([, x, phase]) => [Number(x), phase] as const,
    );
    expect(marks[0]).toEqual([56, "bulk-decay"]);
    expect(marks.length).toBeLessThan(14);
    const first = marks.find(([, phase]) => phase === "heavy-tailed")!;
    // At the change or, if a mark is just before it, at most a mark's distance later.
    expect(first[0]).toBeLessThan(56 + (568 * 50) / 99 + 46);
  });
});
