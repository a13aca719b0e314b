import { describe, expect, it } from "vitest";
import { depthChart } from "#eigenscope/report/charts/depth-chart.js";
import { DEPTH_QUANTITIES, type DepthLayer, depthLayersOf } from "#eigenscope/report/charts/depth-quantities.js";
import {
  blockBrackets,
  blockRuns,
  columnPhase,
  depthColumns,
  depthDomain,
  MAX_SINGLE_LAYERS,
  phaseStrip,
} from "#eigenscope/report/charts/depth-strip.js";
import { at, linearScale } from "#eigenscope/report/charts/scale.js";
import { PHASE_LABELS, worstPhase } from "#eigenscope/report/phase-style.js";
import { failedRecord, layerRecord, randomRecord } from "../example-report.js";

const readable = (svg: string): string => `${svg.replaceAll("><", ">\n<")}\n`;

const layer = (overrides: Partial<DepthLayer> = {}): DepthLayer => ({
  name: "conv",
  phase: "heavy-tailed",
  block: null,
  value: 3,
  interval: [2.5, 3.6],
  ...overrides,
});

const LAYERS = [
  layer({ name: "stem.0", block: "stem" }),
  layer({
    name: "</title><script>alert(1)</script>",
    block: "stem",
    phase: "random-like",
    value: null,
    interval: null,
  }),
  layer({ block: "mixed4", phase: "bulk-decay", value: 4.4, interval: [3, 9.5] }),
  layer({ block: "mixed4", phase: "failed", value: null, interval: null }),
  layer({ block: "mixed4", phase: "pending", value: null, interval: null }),
  layer({ name: "head", phase: "undecided", value: 15, interval: [9, 21] }),
];

describe("the chart along the depth", () => {
  it("looks as it did", async () => {
    const { svg } = depthChart(LAYERS, { width: 640, quantity: "alpha", selected: 2, named: [0, 1, 5] });
    expect(svg).not.toContain("<script");
    await expect(readable(svg)).toMatchFileSnapshot("./__snapshots__/depth.alpha.snap.svg");
  });

  it("looks as it did for the tail index, with its lines", async () => {
    const { svg } = depthChart(
      [layer({ value: 0.7, interval: [0.4, 5] }), layer({ value: -0.6, interval: [-2.4, -0.1] })],
      {
        width: 640,
        height: 280,
        quantity: "tail index",
      },
    );
    for (const words of ["power laws above", "exponential", "edge of a bulk"]) expect(svg).toContain(`>${words}<`);
    await expect(readable(svg)).toMatchFileSnapshot("./__snapshots__/depth.tail-index.snap.svg");
  });

  it.each([0, 1, 3, 300, MAX_SINGLE_LAYERS, MAX_SINGLE_LAYERS + 1])(
    "is drawn with finite numbers for %d layers",
    (count) => {
      for (const quantity of Object.keys(DEPTH_QUANTITIES) as (keyof typeof DEPTH_QUANTITIES)[]) {
        const layers = Array.from({ length: count }, (_, i) => LAYERS[i % LAYERS.length]);
        const { svg, series } = depthChart(layers, { width: 900, quantity });
        expect(svg).not.toMatch(/NaN|Infinity|undefined/);
        expect(series[0].points).toHaveLength(count);
      }
    },
  );

  it("puts layers without a value on the lane n/a as hollow marks, and those with one on the axis, filled", () => {
    const { svg, scales } = depthChart([layer({ value: null, interval: null }), layer()], {
      width: 640,
      quantity: "alpha",
    });
    const marks = [
      ...svg.matchAll(/<g transform="translate\([\d.]+ ([\d.]+)\)[^"]*" fill="var\(--(paper|phase-heavy-tailed)\)"/g),
    ];
    expect(marks.map(([, y, fill]) => [Number(y), fill])).toEqual([
      [312 - 44 - 6, "paper"],
      [Math.round(10 * at(scales.y, 3)) / 10, "phase-heavy-tailed"],
    ]);
  });

  it("draws values and intervals beyond the limits at the end of the axis, and says the number", () => {
    const { scales, series, svg } = depthChart(LAYERS, { width: 640, quantity: "alpha" });
    expect(scales.y.domain[0]).toBe(1);
    expect(scales.y.domain[1]).toBeLessThan(13);
    expect(series[0].points[5].label).toBe("head: alpha 15 (9 to 21), undecided");
    expect(series[0].points[1].label).toMatch(/: alpha n\/a \(no power law describes the tail\), random-like$/);
    expect(series[0].points[4].label).toBe("conv: still to come");
    // No interval leaves the plot: its upper end is at 64. The strokes above it are those of the brackets.
    const heights = [...svg.matchAll(/M([\d.]+) ([\d.]+)L\1 ([\d.]+)/g)].flatMap(([, , a, b]) => [
      Number(a),
      Number(b),
    ]);
    expect(Math.min(...heights.filter((height) => height > 30))).toBe(64);
  });

  it("counts layers by phase and the range of values in its sentence", () => {
    const { svg } = depthChart(LAYERS, { width: 640, quantity: "alpha" });
    expect(svg).toContain(
      "alpha against depth for 6 layers. It is valid for 3, from 3 to 15. By phase: 1 random-like, 1 bulk-decay, " +
        "1 heavy-tailed, 1 undecided, 1 failed, 1 pending.",
    );
    expect(depthChart([], { width: 640, quantity: "alpha" }).svg).toContain("for 0 layers. It is valid for 0.");
  });

  it("grows by paths, not by marks, above the limit of single layers", () => {
    const of = (count: number) =>
      depthChart(
        Array.from({ length: count }, () => layer()),
        { width: 1344, quantity: "alpha" },
      ).svg;
    expect(of(MAX_SINGLE_LAYERS).match(/<g transform/g)!.length).toBe(MAX_SINGLE_LAYERS);
    expect(of(MAX_SINGLE_LAYERS + 1).match(/<g transform/g)).toBeNull();
    expect(of(3000).length).toBeLessThan(300_000);
  });
});

describe("the layers of a report", () => {
  it("have alpha where it is valid, with its 95 % interval", () => {
    const records = [
      layerRecord({ alpha: 3.4, alpha_low: 2.9, alpha_high: 3.9, block: 4 }),
      randomRecord({ layer_id: 1 }),
      failedRecord({ layer_id: 2 }),
    ];
    expect(depthLayersOf(records, "alpha")).toEqual([
      { name: "features.0", phase: "heavy-tailed", block: "block 4", value: 3.4, interval: [2.9, 3.9] },
      { name: "features.0", phase: "random-like", block: null, value: null, interval: null },
      { name: "features.0", phase: "failed", block: null, value: null, interval: null },
    ]);
  });

  it("have 1.96 standard errors where no interval was measured, not below alpha 1, and none without both", () => {
    const [wide, none] = depthLayersOf(
      [
        layerRecord({ alpha: 1.5, sigma: 0.5, alpha_low: null, alpha_high: null }),
        layerRecord({ alpha: 3, sigma: null, alpha_low: null, alpha_high: null }),
      ],
      "alpha",
    );
    expect(wide.interval).toEqual([1, 1.5 + 1.96 * 0.5]);
    expect(none.interval).toBeNull();
  });

  it.each([
    ["soft rank", 0.0742],
    ["stable rank", 12.3434],
    ["log norm", 2.7095],
    ["tail index", 0.41],
  ] as const)("have their %s", (quantity, value) => {
    expect(depthLayersOf([layerRecord()], quantity)[0].value).toBe(value);
    expect(depthLayersOf([failedRecord()], quantity)[0].value).toBeNull();
  });
});

describe("the strip of phases", () => {
  const x = linearScale(depthDomain(1000), [0, 400]);

  it("has one column per layer up to the limit, and columns of two pixels above it", () => {
    expect(depthColumns(MAX_SINGLE_LAYERS, x)).toHaveLength(MAX_SINGLE_LAYERS);
    const columns = depthColumns(1000, x);
    expect(columns).toHaveLength(200);
    expect(columns[0]).toEqual({ first: 0, last: 4, left: 0, right: 2 });
    expect(columns[199]).toMatchObject({ first: 995, last: 999, right: 400 });
    // No layer is lost or shown twice.
    expect(columns.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i))).toEqual(
      Array.from({ length: 1000 }, (_, i) => i),
    );
  });

  it("shows the worst phase of a column, and pending only where nothing is done", () => {
    expect(columnPhase(["heavy-tailed", "rank-collapse", "bulk-decay"])).toBe("rank-collapse");
    expect(columnPhase(["heavy-tailed", "pending"])).toBe("heavy-tailed");
    expect(columnPhase(["pending", "pending"])).toBe("pending");
    const many = Array.from({ length: 1000 }, (_, i) =>
      i === 7 ? ("rank-collapse" as const) : ("heavy-tailed" as const),
    );
    expect(phaseStrip(many, { x, top: 0, height: 10 })).toMatch(/<rect x="2" [^>]*fill="var\(--phase-rank-collapse\)"/);
  });

  it("knows which phase is worse, for any two", () => {
    const order = ["failed", "rank-collapse", "random-like", "bleeding-out", "undecided", "bulk+spikes", "bulk-decay"];
    const better = [...order, "heavy-tailed"] as (typeof PHASE_LABELS)[number][];
    for (const [k, label] of better.entries())
      for (const other of better.slice(k)) expect(worstPhase([other, label])).toBe(label);
    expect(PHASE_LABELS.map((label) => worstPhase([label, "heavy-tailed"]))).toEqual(PHASE_LABELS);
    expect(PHASE_LABELS.map((label) => worstPhase([label, "failed"]))).toEqual(PHASE_LABELS.map(() => "failed"));
    expect(() => worstPhase([])).toThrow(RangeError);
  });

  it("fills phases and outlines what is none", () => {
    const few = linearScale(depthDomain(4), [0, 80]);
    const strip = phaseStrip(["bulk+spikes", "undecided", "failed", "pending"], { x: few, top: 0, height: 10 });
    expect([...strip.matchAll(/fill="([^"]+)"/g)].map(([, fill]) => fill)).toEqual([
      "var(--phase-bulk-spikes)",
      "none",
      "none",
      "none",
    ]);
    expect(strip.match(/stroke-dasharray/g)).toHaveLength(2);
  });
});

describe("the brackets of blocks", () => {
  it("span consecutive layers of one block, and no layer without one", () => {
    expect(blockRuns(["a", "a", null, "b", "a"])).toEqual([
      { block: "a", first: 0, last: 1 },
      { block: "b", first: 3, last: 3 },
      { block: "a", first: 4, last: 4 },
    ]);
    expect(blockRuns([])).toEqual([]);
  });

  it("have the whole name, the number or nothing, as there is room", () => {
    const words = (width: number, block: string) =>
      blockBrackets([block], { x: linearScale([0.5, 1.5], [0, width]), top: 0, bottom: 50 }).match(
        /<text[^>]*>(.*)<\/text>/,
      )?.[1];
    expect(words(100, "mixed4")).toBe("mixed4");
    expect(words(20, "mixed4")).toBe("4");
    expect(words(20, "encoder.12")).toBe("12");
    expect(words(20, "stem-of-all")).toBeUndefined();
    expect(words(6, "mixed4")).toBeUndefined();
    expect(blockBrackets(["mixed4"], { x: linearScale([0.5, 1.5], [0, 3]), top: 0, bottom: 50 })).toBe("");
  });
});
