import { describe, expect, it } from "vitest";
import type { LayerDetail } from "#eigenscope/analysis/layer-detail.js";
import { at, invert, isInside } from "#eigenscope/report/charts/scale.js";
import { chosenTail, countFrom, nearestStart } from "#eigenscope/report/charts/spectrum/chosen-tail.js";
import { bulkCurve, type CurvePoint, tailCurve } from "#eigenscope/report/charts/spectrum/density-curves.js";
import { type DensityAxes, densityOfDetail } from "#eigenscope/report/charts/spectrum/density-data.js";
import { type SpectrumAxes, spectrumChart } from "#eigenscope/report/charts/spectrum/spectrum-chart.js";
import { DETAILS, seededDetail } from "./example-details.js";

/** One element a line, so that a changed snapshot reads as what has changed. */
const readable = (svg: string): string => `${svg.replaceAll("><", ">\n<")}\n`;
const DENSITIES: readonly DensityAxes[] = ["log", "linear", "loglog"];
const AXES: readonly SpectrumAxes[] = [...DENSITIES, "rank", "ccdf", "qq"];
const [heavy, spiked, collapsed] = ["heavy-tailed", "bulk and spikes", "rank collapse"].map((name) => DETAILS[name]());

describe.each(Object.keys(DETAILS))("the spectrum chart of a layer: %s", (name) => {
  const detail = DETAILS[name]();

  it("looks as it did on its usual axes", async () => {
    const { svg } = spectrumChart(detail, { width: 640, height: 340 });
    await expect(readable(svg)).toMatchFileSnapshot(`./__snapshots__/spectrum.${name.replaceAll(" ", "-")}.snap.svg`);
  });

  it.each(AXES)("is one picture with one sentence and finite numbers on the axes %s", (axes) => {
    const { svg, scales, series } = spectrumChart(detail, { width: 640, axes });
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg.match(/aria-label="/g)).toHaveLength(1);
    expect(svg).toMatch(/^<svg class="chart" width="640" height="400" viewBox="0 0 640 400"[^>]* role="img"/);
    for (const { points } of series) for (const { x, y } of points) expect(Number.isFinite(x + y)).toBe(true);
    for (const scale of [scales.x, scales.y]) expect(scale.domain[0]).toBeLessThan(scale.domain[1]);
  });
});

it.each(["rank", "ccdf", "qq", "linear", "loglog"] as const)("looks as it did on the axes %s", async (axes) => {
  const { svg } = spectrumChart(heavy, { width: 480, height: 300, axes });
  await expect(readable(svg)).toMatchFileSnapshot(`./__snapshots__/spectrum.axes-${axes}.snap.svg`);
});

/** The area under a curve in the unit of the axes, by the trapezium rule. */
function areaOf(points: readonly CurvePoint[], axes: DensityAxes): number {
  const place = (x: number) => (axes === "log" ? Math.log10(x) : x);
  return points
    .slice(1)
    .reduce((sum, { x, y }, i) => sum + (place(x) - place(points[i].x)) * (y + points[i].y) * 0.5, 0);
}

describe("the areas of a density chart", () => {
  it.each(DENSITIES)("of its bars sum to the share of the eigenvalues in view, on the axes %s", (axes) => {
    for (const detail of [heavy, spiked, collapsed, ...Array.from({ length: 10 }, (_, i) => seededDetail(i))]) {
      const { bars, below, beyond } = densityOfDetail(detail, { axes })!;
      const width = ({ from, to }: { from: number; to: number }) =>
        axes === "log" ? Math.log10(to / from) : to - from;
      const area = bars.reduce((sum, bar) => sum + bar.density * width(bar), 0);
      // The differences of neighbouring edges round in the last digits.
      expect(area).toBeCloseTo((detail.count - detail.zeros - below - beyond) / detail.count, 8);
      expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(detail.count - detail.zeros - below - beyond);
    }
  });

  it.each(DENSITIES)("under the bulk's curve is the share of the bulk, on the axes %s", (axes) => {
    const { bulk } = spiked;
    const view = [1, 1e5] as const;
    // 72 trapezia, dense at the edges: an error below 1 in 1000.
    expect(areaOf(bulkCurve({ bulk, axes, view }), axes)).toBeCloseTo(bulk!.share, 3);
    expect(bulk!.share).toBe(395 / 400);
  });

  it.each(DENSITIES)("under the power law is the share of the tail up to its largest value, on the axes %s", (axes) => {
    const tail = chosenTail(heavy)!;
    const { alpha, xmin, xmax, share } = tail;
    const expected = share * (1 - (xmax / xmin) ** (1 - alpha));
    // 72 trapezia of a convex curve over its decades lie above it by about 1 in 1000.
    expect(areaOf(tailCurve(tail, axes, [0, Number.POSITIVE_INFINITY]), axes) / expected).toBeCloseTo(1, 2);
    expect(share).toBe(heavy.tail!.nTail / heavy.count);
  });

  it("has no curve where there is none: no bulk, a tail that begins right of the view", () => {
    expect(bulkCurve({ bulk: null, axes: "log", view: [1, 2] })).toEqual([]);
    expect(bulkCurve({ bulk: spiked.bulk, axes: "log", view: [1e9, 1e10] })).toEqual([]);
    const tail = chosenTail(heavy)!;
    expect(tailCurve(tail, "log", [0, tail.xmin])).toEqual([]);
    expect(tailCurve(tail, "log", [0, tail.xmin * 1.01])).not.toEqual([]);
  });
});

describe("the power law that is drawn", () => {
  const fit = heavy.tail!;

  it("is the fit with its interval, also where the start that is asked for is the fit's", () => {
    expect(chosenTail(heavy)).toEqual(chosenTail(heavy, fit.xmin));
    expect(chosenTail(heavy, fit.xmin * 1.0009)).toEqual(chosenTail(heavy));
    expect(chosenTail(heavy)).toMatchObject({ alpha: fit.alpha, xmin: fit.xmin, interval: [fit.low, fit.high] });
  });

  it("begins at the nearest measured start elsewhere, without an interval, with the eigenvalues from there on", () => {
    const curve = heavy.curve!;
    const index = 3;
    const found = chosenTail(heavy, curve.xmin[index] * 1.002)!;
    expect(found).toMatchObject({ alpha: curve.alpha[index], xmin: curve.xmin[index], interval: null });
    expect(found.share).toBe(countFrom(heavy.eigenvalues, curve.xmin[index]) / heavy.count);
  });

  it("is not drawn where a power law does not describe the tail, unless the reader asks for a start", () => {
    const doubtful: LayerDetail = { ...heavy, tail: { ...fit, valid: false } };
    expect(chosenTail(doubtful)).toBeNull();
    expect(chosenTail(doubtful, fit.xmin)).toMatchObject({ alpha: fit.alpha, interval: null });
    expect(spectrumChart(doubtful, { width: 640 }).svg).not.toContain("power law");
    expect(chosenTail({ ...heavy, tail: null, curve: null }, 1)).toBeNull();
  });

  it("finds the nearest start by ratio, and counts the start itself", () => {
    expect(nearestStart([1, 10, 100], 3.1)).toBe(0);
    expect(nearestStart([1, 10, 100], 3.2)).toBe(1);
    expect(nearestStart([], 1)).toBeNull();
    expect(nearestStart([1], 0)).toBeNull();
    const values = Float64Array.of(1, 2, 2, 3);
    expect([0.5, 1, 1.5, 2, 3, 3.1].map((from) => countFrom(values, from))).toEqual([4, 4, 3, 3, 1, 0]);
  });
});

describe("what the chart shows", () => {
  it("can be switched off: bulk with its band and words, tail with its words", () => {
    const all = spectrumChart(heavy, { width: 640 }).svg;
    expect(all).toContain("random bulk (Marchenko–Pastur)");
    expect(all).toContain("power law, alpha");
    const bare = spectrumChart(heavy, { width: 640, show: { bulk: false, tail: false } }).svg;
    expect(bare).not.toContain(">random bulk");
    expect(bare).not.toContain(">power law");
    expect(bare).not.toContain("var(--phase-heavy-tailed)");
  });

  it("draws the shuffled weights only where they are given and asked for", () => {
    const shuffled = Array.from(spiked.eigenvalues).map((value) => value * 0.9);
    const words = "same weights, shuffled";
    expect(spectrumChart(spiked, { width: 640, shuffled, show: { shuffled: true } }).svg).toContain(words);
    expect(spectrumChart(spiked, { width: 640, shuffled }).svg).not.toContain(words);
    expect(spectrumChart(spiked, { width: 640, show: { shuffled: true } }).svg).not.toContain(words);
  });

  it("has bars in the colour of spikes beyond the edge only, and one for every bin that is not empty", () => {
    const bars = (detail: LayerDetail, phase: string) =>
      spectrumChart(detail, { width: 640, labels: false })
        .svg.match(new RegExp(`<path d="([^"]*)" fill="var\\(--phase-${phase}\\)"`))?.[1]
        .match(/Z/g)?.length ?? 0;
    const filled = densityOfDetail(spiked, { axes: "log" })!.bars.filter(({ count }) => count > 0);
    const beyond = filled.filter(({ from, to }) => Math.sqrt(from * to) > spiked.edge!.threshold);
    expect(beyond.length).toBeGreaterThan(2);
    expect(bars(spiked, "bulk-spikes")).toBe(beyond.length);
    expect(bars(spiked, "random-like")).toBe(filled.length - beyond.length);
    expect(bars({ ...spiked, edge: null }, "bulk-spikes")).toBe(0);
  });

  it("has a bar for zeros, as high as their share, and none without zeros", () => {
    const bar = spectrumChart(collapsed, { width: 640, height: 340 }).svg.match(
      /<rect x="18" y="([\d.]+)" width="30" height="([\d.]+)" fill="var\(--phase-rank-collapse\)"/,
    )!;
    // 75 % of 268 pixels less 16 for the words above; coordinates have one decimal.
    expect(Number(bar[2])).toBeCloseTo(0.75 * (268 - 16), 1);
    expect(spectrumChart(collapsed, { width: 640 }).svg).toContain(">75 %<");
    expect(spectrumChart(spiked, { width: 640 }).svg).not.toContain("rank-collapse");
  });

  it("says so where there is nothing to draw", () => {
    const dead = { ...collapsed, zeros: collapsed.count, eigenvalues: new Float64Array(collapsed.count) };
    for (const axes of AXES)
      expect(spectrumChart(dead, { width: 640, axes }).svg).toContain(
        "All 200 eigenvalues are zero to working precision.",
      );
    expect(spectrumChart({ ...heavy, bulk: null }, { width: 640, axes: "qq" }).svg).toContain("No random bulk fits");
  });

  it("escapes and keeps apart what comes from files: there is no name in it", () => {
    const hostile = { ...heavy, name: `"><script>alert(1)</script>` };
    expect(spectrumChart(hostile, { width: 640 }).svg).not.toContain("script");
  });
});

describe("a view", () => {
  it("shows exactly the part that is asked for, with finer bins, and counts what is outside", () => {
    const view = { x: [2, 8] as const };
    const { scales, svg } = spectrumChart(heavy, { width: 640, view });
    expect(scales.x.domain).toEqual([2, 8]);
    const right = heavy.eigenvalues.filter((value) => value > 8).length;
    const left = heavy.eigenvalues.filter((value) => value < 2).length;
    expect(densityOfDetail(heavy, { axes: "log", view: view.x })).toMatchObject({ below: left, beyond: right });
    expect(svg).toContain(`← ${left} smaller ones`);
    expect(svg).toContain(`${right} more to the right`);
  });

  it("may name the vertical range too, and is refused if it is empty or reaches 0 on a logarithmic axis", () => {
    const { scales } = spectrumChart(heavy, { width: 640, view: { x: [2, 8], y: [0, 0.5] } });
    expect(scales.y.domain).toEqual([0, 0.5]);
    expect(() => spectrumChart(heavy, { width: 640, view: { x: [0, 8] } })).toThrow("above 0");
    expect(() => spectrumChart(heavy, { width: 640, view: { x: [8, 8] } })).toThrow("8 to 8");
    expect(spectrumChart(heavy, { width: 640, axes: "linear", view: { x: [0, 8] } }).scales.x.kind).toBe("linear");
  });

  it("draws a view between two eigenvalues", () => {
    const { svg } = spectrumChart(spiked, { width: 640, view: { x: [10_000, 14_000] } });
    expect(svg).not.toMatch(/NaN|Infinity/);
  });
});

describe("what is read off the chart", () => {
  it("has every bin and every spike with its numbers, the largest spike first", () => {
    const { series, scales } = spectrumChart(spiked, { width: 640 });
    const [bins, spikes] = series;
    expect(spikes.points[0]).toMatchObject({ x: 15000, label: "spike 1 of 5: λ 15000" });
    expect(spikes.points.map(({ x }) => x)).toEqual([15000, 9300, 7000, 6100, 5200]);
    const counted = bins.points.map(({ label }) => Number(label.match(/: ([\d,]+) eigenvalue/)![1]));
    expect(counted.reduce((a, b) => a + b, 0)).toBe(400);
    for (const { x } of bins.points) expect(isInside(scales.x, x)).toBe(true);
    expect(invert(scales.x, at(scales.x, 15000))).toBeCloseTo(15000, 6);
  });

  it("has ranks on the axes of ranks: the largest eigenvalue has rank 1, and shares count zeros", () => {
    const [ranks] = spectrumChart(collapsed, { width: 640, axes: "rank" }).series;
    expect(ranks.points[0]).toMatchObject({ x: 1, y: collapsed.eigenvalues[199] });
    const [shares] = spectrumChart(collapsed, { width: 640, axes: "ccdf" }).series;
    expect(shares.points[0].y).toBe(1 / 200);
    expect(shares.points.at(-1)!.y).toBe(50 / 200);
  });

  it("has the quantile of a perfect bulk beside each eigenvalue: equal for a perfect bulk", () => {
    const [points] = spectrumChart(DETAILS["random-like"](), { width: 640, axes: "qq" }).series;
    // The fit's sigma2 differs from 1 by less than 1 in 1000 for quantiles of the law.
    for (const { x, y } of points.points) expect(Math.abs(x / y - 1)).toBeLessThan(2e-3);
  });

  it("leaves out dots that nobody can tell apart, but not the largest eigenvalues", () => {
    const eigenvalues = Float64Array.from({ length: 30_000 }, (_, i) => 1 + i / 30_000);
    const many = { ...heavy, count: 30_000, eigenvalues, zeros: 0, bulk: null, edge: null, spikes: 0, tail: null };
    const { svg, series } = spectrumChart(many, { width: 640, axes: "rank" });
    expect(svg.match(/<circle/g)!.length).toBeLessThan(2000);
    expect(series[0].points.slice(0, 3).map(({ x }) => x)).toEqual([1, 2, 3]);
  });
});
