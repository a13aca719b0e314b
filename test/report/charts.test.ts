import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import type { Step } from "#eigenscope/phases/index.js";
import { logTicks, logTickText } from "#eigenscope/report/charts/axis.js";
import { decisionChart } from "#eigenscope/report/charts/decision-chart.js";
import { depthChart } from "#eigenscope/report/charts/depth-chart.js";
import { linearSpectrumChart, logSpectrumChart } from "#eigenscope/report/charts/spectrum-chart.js";
import { tailIndexChart } from "#eigenscope/report/charts/tail-index-chart.js";
import { layerPicture } from "#eigenscope/report/index.js";
import { failedRecord, layerRecord, randomRecord, SPECTRA } from "./example-report.js";

const document = parseHTML("<!doctype html><html><body></body></html>").document as unknown as Document;

/** One element a line, so that a changed snapshot reads as what has changed. */
const readable = (svg: string): string => `${svg.replaceAll("><", ">\n<")}\n`;

describe.each(Object.keys(SPECTRA))("the charts of a spectrum: %s", (name) => {
  const picture = layerPicture(SPECTRA[name]())!;
  const log = logSpectrumChart(picture, { document });
  const linear = linearSpectrumChart(picture, { document });
  const file = `./__snapshots__/${name.replaceAll(" ", "-")}`;

  it("look as they did", async () => {
    await expect(readable(log)).toMatchFileSnapshot(`${file}.log.snap.svg`);
    await expect(readable(linear)).toMatchFileSnapshot(`${file}.linear.snap.svg`);
  });

  it("are drawn with finite coordinates, in less than 15 kB a layer", () => {
    expect(log + linear).not.toMatch(/NaN|Infinity|undefined/);
    expect(log.length + linear.length).toBeLessThan(15_000);
  });

  it("are one picture with one sentence for a screen reader", () => {
    expect(log.match(/aria-label=/g)).toHaveLength(1);
    expect(log).toMatch(/role="img"/);
    expect(log).toContain(`${picture.count} eigenvalues`);
  });
});

describe("the chart of alpha against depth", () => {
  it("looks as it did", async () => {
    const layers = [
      layerRecord({ alpha: 2.6, sigma: 0.1 }),
      randomRecord({ layer_id: 1, name: "</title><script>alert(1)</script>" }),
      layerRecord({ layer_id: 2, alpha: 4.4, sigma: 0.8, phase: "bulk-decay" }),
      failedRecord({ layer_id: 3 }),
      layerRecord({ layer_id: 4, alpha: 1.8, sigma: 0.2 }),
    ];
    const svg = depthChart(layers, { document });
    expect(svg).not.toContain("<script");
    await expect(readable(svg)).toMatchFileSnapshot("./__snapshots__/depth.snap.svg");
  });

  it("is drawn for one layer, for three hundred, and for none with a valid alpha", () => {
    expect(depthChart([], { document })).toBe("");
    for (const count of [1, 300]) {
      const layers = Array.from({ length: count }, (_, i) => randomRecord({ layer_id: i }));
      expect(depthChart(layers, { document })).not.toMatch(/NaN|Infinity|undefined/);
    }
  });
});

describe("the chart of the tail index against depth", () => {
  const indexed = (tail_index: number, low: number, high: number, more: object = {}) =>
    layerRecord({ tail_index, tail_index_low: low, tail_index_high: high, ...more });

  it("looks as it did, its view ended at -1.5 and 2.5", async () => {
    const layers = [
      indexed(0.7, 0.4, 1),
      indexed(-0.6, -2.4, -0.1, { layer_id: 1, name: "</title><script>alert(1)</script>", phase: "random-like" }),
      indexed(3, 0.5, 5, { layer_id: 2 }),
      failedRecord({ layer_id: 3, tail_index: null }),
    ];
    const svg = tailIndexChart(layers, { document });
    expect(svg).not.toContain("<script");
    expect(svg).toContain("for 3 of 4 layers, from -0.60 to 3.00; above 0.2, where power laws begin, in 2.");
    await expect(readable(svg)).toMatchFileSnapshot("./__snapshots__/tail-index.snap.svg");
  });

  it("is not drawn where no layer has an index", () => {
    expect(tailIndexChart([failedRecord({ tail_index: null })], { document })).toBe("");
  });
});

describe("the chart of a decision", () => {
  const step = (question: string, statistic: string, more: object): Step =>
    ({ question, statistic, value: 1, error: 0.2, threshold: 1.7, probability: 0.999, answer: "no", ...more }) as Step;

  it(
    "looks as it did: a yes lies to the right, whichever side of the threshold it is, and far values at the " +
      "end of the view",
    async () => {
      const svg = decisionChart(
        [
          step("rank-lost", "zero_fraction", { value: 0, error: 0.005, threshold: 0.04 }),
          step("narrower", "relative_width", {
            value: 0.7,
            error: 0.05,
            threshold: 0.75,
            answer: "yes",
            probability: 0.84,
          }),
          step("collapsing", "trailing_decades", { value: null, error: null, threshold: 0.95, probability: 1 }),
          step("bulk-broken", "visible_misfit", { value: 1.8, answer: "yes", probability: 0.69 }),
        ],
        { document },
      );
      const places = [...svg.matchAll(/<circle[^>]*cx="([^"]+)"/g)].map(([, x]) => Number(x));
      // The threshold lies in the middle of 470 to 740, a standard error is an eighth of it.
      expect(places).toEqual([470, 638.8, 621.9]);
      await expect(readable(svg)).toMatchFileSnapshot("./__snapshots__/decision.snap.svg");
    },
  );

  it("is not drawn where nothing was asked", () => {
    expect(decisionChart([], { document })).toBe("");
  });
});

describe("the ticks of a logarithmic axis", () => {
  it("are powers of ten over many decades, and finer steps over few", () => {
    expect(logTicks(1e-6, 1e6)).toEqual([1e-6, 1e-4, 1e-2, 1, 100, 1e4, 1e6]);
    expect(logTicks(0.9, 60)).toEqual([1, 2, 5, 10, 20, 50]);
    expect(logTicks(2.5, 7)).toEqual([3, 4, 5, 6, 7]);
  });

  it("are labelled in decimals near 1 and in powers beyond", () => {
    const texts = [0.001, 0.2, 1, 5000, 1e4, 2e-5].map(logTickText);
    expect(texts).toEqual(["0.001", "0.2", "1", "5000", "10⁴", "2·10⁻⁵"]);
  });
});
