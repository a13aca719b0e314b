import { describe, expect, it } from "vitest";
import { BINS, FULL, type SmallPicture, smallPicture } from "#eigenscope/analysis/small-picture.js";
import type { Step } from "#eigenscope/phases/index.js";
import { alphaGlyph } from "#eigenscope/report/charts/alpha-glyph.js";
import { decisionChart, distanceOf, gauge } from "#eigenscope/report/charts/decision-chart.js";
import { phaseMark } from "#eigenscope/report/charts/mark.js";
import { at, atInside, invert } from "#eigenscope/report/charts/scale.js";
import {
  binsFor,
  commonDecades,
  merged,
  pendingSpectrum,
  smallSpectrum,
  smallSpectrumPair,
} from "#eigenscope/report/charts/small-spectrum.js";
import { pictureChart } from "#eigenscope/report/charts/spectrum/spectrum-chart.js";
import { standaloneSvg } from "#eigenscope/report/charts/standalone-svg.js";
import { element, escaped, linePath, svgText } from "#eigenscope/report/charts/svg.js";
import { wrapped } from "#eigenscope/report/charts/text-lines.js";
import { xminChart } from "#eigenscope/report/charts/xmin-chart.js";
import { layerPicture } from "#eigenscope/report/index.js";
import { PHASE_LABELS } from "#eigenscope/report/phase-style.js";
import { SPECTRA } from "../example-report.js";
import { DETAILS } from "./example-details.js";

const readable = (svg: string): string => `${svg.replaceAll("><", ">\n<")}\n`;
const heavy = DETAILS["heavy-tailed"]();

describe("D and alpha against xmin", () => {
  it.each(["D", "alpha"] as const)("looks as it did: %s", async (value) => {
    const { svg } = xminChart(heavy, { width: 420, value })!;
    expect(svg).not.toMatch(/NaN|Infinity/);
    await expect(readable(svg)).toMatchFileSnapshot(`./__snapshots__/xmin.${value}.snap.svg`);
  });

  it("marks the fit, and the nearest start where the reader asks for another", () => {
    const circle = (xmin?: number) =>
      xminChart(heavy, { width: 420, value: "alpha", xmin })!
        .svg.match(/<circle cx="([\d.]+)" cy="([\d.]+)"/)!
        .slice(1, 3);
    const { scales, series } = xminChart(heavy, { width: 420, value: "alpha" })!;
    const pixel = (x: number, y: number) =>
      [atInside(scales.x, x), atInside(scales.y, y)].map((v) => String(Math.round(10 * v) / 10));
    expect(circle()).toEqual(pixel(heavy.tail!.xmin, heavy.tail!.alpha));
    const other = series[0].points[9];
    expect(circle(other.x * 1.001)).toEqual(pixel(other.x, other.y));
    expect(invert(scales.x, at(scales.x, other.x))).toBeCloseTo(other.x, 9);
  });

  it("shows only starts with ten eigenvalues above, unless there are no two of them", () => {
    const [{ points }] = xminChart(heavy, { width: 420, value: "D" })!.series;
    const above = points.map(({ label }) => Number(label.match(/, (\d+) eigenvalues?$/)![1]));
    expect(Math.min(...above)).toBeGreaterThanOrEqual(10);
    expect(points.length).toBeLessThan(heavy.curve!.xmin.length);
    const last = heavy.eigenvalues.subarray(heavy.count - 4);
    const few = {
      ...heavy,
      eigenvalues: last,
      count: 4,
      curve: { xmin: [...last], D: [0.2, 0.2, 0.3, 0.4], alpha: [2, 2, 2, 2], chosen: 0 },
    };
    expect(xminChart(few, { width: 420, value: "D" })!.series[0].points).toHaveLength(4);
  });

  it("leaves out starts at zero, which a logarithmic axis does not have", () => {
    const { xmin, D, alpha } = heavy.curve!;
    const withZero = { ...heavy, curve: { xmin: [0, ...xmin], D: [0.5, ...D], alpha: [1, ...alpha], chosen: 1 } };
    expect(xminChart(withZero, { width: 420, value: "D" })!.scales.x.domain[0]).toBe(xmin[0]);
  });

  it("has the interval of alpha as a band only for a valid fit, and nothing without a curve", () => {
    const bands = (detail: typeof heavy, value: "D" | "alpha") =>
      xminChart(detail, { width: 420, value })!.svg.match(/<rect [^>]*phase-heavy-tailed/g)?.length ?? 0;
    expect(bands(heavy, "alpha")).toBe(1);
    expect(bands(heavy, "D")).toBe(0);
    expect(bands({ ...heavy, tail: { ...heavy.tail!, valid: false } }, "alpha")).toBe(0);
    expect(xminChart({ ...heavy, curve: null }, { width: 420, value: "D" })).toBeNull();
  });
});

describe("the chart of a decision", () => {
  const step = (question: string, statistic: string, more: object): Step =>
    ({ question, statistic, value: 1, error: 0.2, threshold: 1.7, probability: 0.999, answer: "no", ...more }) as Step;
  const PATH = [
    step("rank-lost", "zero_fraction", { value: 0, error: 0.005, threshold: 0.04 }),
    step("narrower", "relative_width", { value: 0.7, error: 0.05, threshold: 0.75, answer: "yes", probability: 0.84 }),
    step("collapsing", "trailing_decades", { value: null, error: null, threshold: 0.95, probability: 1 }),
    step("bulk-broken", "visible_misfit", { value: 1.8, answer: "yes", probability: 0.69 }),
  ];

  it.each([384, 640])("looks as it did, %d pixels wide", async (width) => {
    const svg = decisionChart(PATH, {
      width,
      decided: { phase: "heavy-tailed", confidence: 0.95, alternatives: [{ phase: "bulk-decay", confidence: 0.04 }] },
    });
    await expect(readable(svg)).toMatchFileSnapshot(`./__snapshots__/decision.${width}.snap.svg`);
  });

  it("has a dot right of the threshold for a yes, whichever side that is, and far ones at the end of the gauge", () => {
    // The threshold lies at 56 of 112 pixels, a standard error is 12.75 of them.
    const dot = (found: Step) =>
      gauge(found)
        .match(/<circle cx="([\d.]+)"[^>]*fill="var\(--(\w+)\)"/)
        ?.slice(1);
    expect(PATH.map(dot)).toEqual([["5", "paper"], ["68.8", "ink"], undefined, ["62.4", "ink"]]);
    expect(dot(step("bulk-broken", "visible_misfit", { value: 9 }))).toEqual(["107", "ink"]);
    expect(dot(step("bulk-broken", "visible_misfit", { value: 1.6 }))).toEqual(["49.6", "paper"]);
  });

  it("is on the threshold where value and error are both nothing", () => {
    expect(distanceOf(step("heavy", "tail_index", { value: 1.7, error: 0 }))).toBe(0);
    expect(distanceOf(step("heavy", "tail_index", { value: 1.8, error: 0 }))).toBe(Number.POSITIVE_INFINITY);
  });

  it("says answers, thresholds and what was not asked, and never claims certainty", () => {
    const svg = decisionChart(PATH, { width: 640 });
    expect(svg).toContain(">zero fraction 0, yes above 0.04<");
    expect(svg).toContain(">relative width 0.700, yes below 0.75<");
    expect(svg).toContain("Not asked on this path: rank fallen, crowded, tail open");
    expect(svg).toContain("No &gt; 99 %");
    expect(svg).not.toContain("100 %");
  });

  it("is not drawn where nothing was asked", () => {
    expect(decisionChart([], { width: 640 })).toBe("");
  });
});

describe("the spectrum the size of a word", () => {
  const small = smallPicture(SPECTRA["heavy-tailed"]().spectrum!, null);
  const flat = (count: number, overrides: Partial<SmallPicture> = {}): SmallPicture => ({
    count,
    zeros: 0,
    histogram: { start: -1, end: 1, below: 0, peak: 10, bins: new Array<number>(BINS).fill(FULL) },
    tail: null,
    ...overrides,
  });
  const options = { width: 96, height: 40, phase: "heavy-tailed" } as const;

  it("looks as it did, by itself, with an edge and zeros, and as a pair", async () => {
    const zeros = flat(300, { zeros: 150 });
    const all = [
      smallSpectrum(small, options),
      smallSpectrum(zeros, { ...options, phase: "rank-collapse", lambdaPlus: 2 }),
      smallSpectrumPair(
        { before: small, after: zeros, phaseBefore: "heavy-tailed", phaseAfter: "rank-collapse" },
        { width: 132, height: 44 },
      ),
      pendingSpectrum({ width: 96, height: 40 }),
    ].join("\n");
    expect(all).not.toMatch(/NaN|Infinity/);
    await expect(readable(all)).toMatchFileSnapshot("./__snapshots__/small-spectra.snap.svg");
  });

  it.each([
    [89, 12],
    [90, 18],
    [219, 18],
    [220, 36],
  ] as const)("has for %d eigenvalues %d bins", (count, bins) => {
    expect(binsFor(count)).toBe(bins);
    // Every bin is higher than the one before, so that none are drawn as one.
    const rising = { start: -1, end: 1, below: 0, peak: 36, bins: Array.from({ length: BINS }, (_, k) => k + 1) };
    const path = smallSpectrum(flat(count, { histogram: rising }), options).match(/d="(M[^"]*)Z"/)![1];
    // The width of each bin, its height, and the way back to the base line.
    expect([path.match(/H/g)!.length, path.match(/V/g)!.length]).toEqual([bins, bins + 1]);
  });

  it("draws neighbouring bins of one height as one step", () => {
    expect(smallSpectrum(flat(300), options).match(/d="(M[^"]*)Z"/)![1]).toMatch(/^M0 39V3H96V39$/);
  });

  it("sums bins that it merges", () => {
    expect(merged([1, 2, 3, 4, 5, 6], 2)).toEqual([6, 15]);
    expect(merged([1, 2, 3, 4, 5, 6], 6)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("has a bar for zeros above 1 % of the eigenvalues, and an edge where it is in view", () => {
    const bars = (zeros: number) => smallSpectrum(flat(1000, { zeros }), options).includes("rank-collapse");
    expect([bars(10), bars(11)]).toEqual([false, true]);
    const edges = (lambdaPlus: number | null) =>
      smallSpectrum(flat(300), { ...options, lambdaPlus }).includes("stroke-dasharray");
    expect([9.9, 10.1, 0.101, 0.099, 0, null].map(edges)).toEqual([true, false, true, false, false, false]);
  });

  it("is cut at the sides of a common axis, and its median lies at the axis' 0", () => {
    const svg = smallSpectrum(flat(300), { ...options, axis: [-0.5, 0.5] });
    const places = [...svg.match(/d="(M[^"]*)Z"/)![1].matchAll(/[MH](-?[\d.]+)/g)].map(([, x]) => Number(x));
    expect([Math.min(...places), Math.max(...places)]).toEqual([0, 96]);
    const wide = smallSpectrum(flat(300), { ...options, axis: [-2, 2] });
    const inner = [...wide.match(/d="(M[^"]*)Z"/)![1].matchAll(/[MH](-?[\d.]+)/g)].map(([, x]) => Number(x));
    expect([Math.min(...inner), Math.max(...inner)]).toEqual([24, 72]);
  });

  it("has an axis for many layers, cut at the longest of them, and none for none", () => {
    const spans = Array.from({ length: 100 }, (_, i) =>
      flat(300, {
        histogram: { start: -1 - i / 100, end: 1 + i / 100, below: 0, peak: 1, bins: new Array<number>(BINS).fill(1) },
      }),
    );
    const [from, to] = commonDecades(spans)!;
    // 17 of 100 begin further left, 5 end further right.
    expect([from, to]).toEqual([-1 - 82 / 100, 1 + 94 / 100].map((value) => expect.closeTo(value, 9)));
    expect(commonDecades([null, flat(3, { histogram: null })])).toBeNull();
  });

  it("has a common axis that one layer of a few stretches to three times the usual, and no further", () => {
    const span = (start: number, end: number) =>
      flat(300, { histogram: { start, end, below: 0, peak: 1, bins: new Array<number>(BINS).fill(1) } });
    const usual = Array.from({ length: 5 }, () => span(-1, 1));
    const width = (stray: ReturnType<typeof span>): number => commonDecades([...usual, stray])![1];
    expect(width(span(-2.9, 2.9))).toBeCloseTo(2.9, 9);
    expect(width(span(-8, 8))).toBeCloseTo(3, 9);
    const [from] = commonDecades([span(-8, 8), span(-8, 8), ...usual])!;
    expect(from).toBeCloseTo(-3, 9);
  });

  it("is a base line where nothing is resolved, and an outline where there is no phase", () => {
    expect(smallSpectrum(flat(10, { zeros: 10, histogram: null }), options)).toContain("rank-collapse");
    expect(smallSpectrum(small, { ...options, phase: "undecided" })).toContain('fill="none" fill-opacity');
  });
});

describe("alpha in a cell of a table", () => {
  it("looks as it did, valid, far out and n/a", async () => {
    const all = [
      alphaGlyph({ alpha: 3.6, interval: [2.8, 4.84], phase: "heavy-tailed" }),
      alphaGlyph({ alpha: 12, interval: [6, 30], phase: "bulk-decay" }),
      alphaGlyph({ alpha: null, interval: null, phase: "random-like" }),
    ].join("\n");
    await expect(readable(all)).toMatchFileSnapshot("./__snapshots__/alpha-glyphs.snap.svg");
  });

  it("has no mark and no interval where alpha is not valid", () => {
    const glyph = alphaGlyph({ alpha: null, interval: [2, 3], phase: "random-like" });
    expect(glyph).not.toContain("<path");
    expect(glyph.match(/<rect/g)).toHaveLength(1);
  });
});

describe("the chart that a page draws from a kept picture", () => {
  it.each(Object.keys(SPECTRA))("is finite, small, and says the numbers: %s", (name) => {
    const kept = layerPicture(SPECTRA[name]())!;
    const charts = (["loglog", "linear", "log"] as const).map(
      (axes) => pictureChart(kept, { width: 460, height: 280, axes })!.svg,
    );
    for (const svg of charts) {
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      expect(svg).toContain(`${kept.count} eigenvalues`);
    }
    expect(charts[0].length + charts[1].length).toBeLessThan(15_000);
  });

  it("keeps the interval of alpha and the threshold of spikes", () => {
    const result = SPECTRA["heavy-tailed"]();
    expect(layerPicture(result)).toMatchObject({ threshold: result.edge!.threshold, tail: { interval: [2.98, 3.92] } });
    const without = { ...result, record: { ...result.record, alpha_low: null, alpha_high: null } };
    expect(layerPicture(without)!.tail!.interval).toBeNull();
    expect(layerPicture({ ...result, edge: null })!.threshold).toBeNull();
  });
});

describe("the marks of the phases", () => {
  it("have a shape of their own each, and are never filled where hollow", () => {
    const shapes = PHASE_LABELS.map((phase) => phaseMark(phase, [0, 0]).replace(/^<g[^>]*>|<\/g>$/g, ""));
    expect(new Set(shapes).size).toBe(PHASE_LABELS.length);
    for (const phase of PHASE_LABELS)
      expect(phaseMark(phase, [0, 0], { hollow: true })).toMatch(/fill="(none|var\(--paper\))"/);
    for (const phase of ["undecided", "failed", "rank-collapse"] as const)
      expect(phaseMark(phase, [0, 0])).toContain('fill="none"');
  });
});

describe("the text of a picture", () => {
  it("escapes what would be markup, and replaces control characters", () => {
    expect(escaped(`<a b="c">&`)).toBe("&lt;a b=&quot;c&quot;&gt;&amp;");
    expect(svgText([1, 2], "a\u0000\u202e<b>")).toBe('<text x="1" y="2">a\ufffd\ufffd&lt;b&gt;</text>');
  });

  it("has coordinates of one decimal and no negative zero", () => {
    expect(element("rect", { x: -0.04, y: 1.26, width: 3, fill: undefined })).toBe('<rect x="0" y="1.3" width="3"/>');
    expect(linePath([[0, 0], [1, 1], null, [2, 2], [3.05, 3]])).toBe("M0 0L1 1M2 2L3.1 3");
  });

  it("breaks lines at words, and never within one", () => {
    expect(wrapped("one two three", 60)).toEqual(["one two", "three"]);
    expect(wrapped("one two three", 1)).toEqual(["one", "two", "three"]);
    expect(wrapped("one two three", 1000)).toEqual(["one two three"]);
  });
});

describe("a chart as a file of its own", () => {
  const chart = alphaGlyph({ alpha: 3, interval: [2, 4], phase: "heavy-tailed" });

  it("has colours instead of variables, a name space and a ground, light and dark", () => {
    const [light, dark] = [standaloneSvg(chart), standaloneSvg(chart, "dark")];
    for (const svg of [light, dark]) expect(svg).not.toContain("var(");
    expect(light).toContain('fill="#660f58"');
    expect(dark).toContain('fill="#ab5893"');
    expect(light).toMatch(
      /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" [^>]*><rect width="100%" height="100%" fill="#ffffff"\/>/,
    );
  });

  it("mixes colours as a browser does, and refuses an unknown variable", () => {
    expect(standaloneSvg('<svg fill="color-mix(in srgb, var(--paper) 60%, var(--ink))">')).toContain('fill="#a3a6a9"');
    expect(() => standaloneSvg('<svg fill="var(--nothing)">')).toThrow("--nothing");
  });
});
