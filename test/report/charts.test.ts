import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { logTicks, logTickText } from "#weightscope/report/charts/axis.js";
import { depthChart } from "#weightscope/report/charts/depth-chart.js";
import { linearSpectrumChart, logSpectrumChart } from "#weightscope/report/charts/spectrum-chart.js";
import { layerPicture } from "#weightscope/report/index.js";
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

describe("the ticks of a logarithmic axis", () => {
  it("are powers of ten over many decades, and finer steps over few", () => {
    expect(logTicks(1e-6, 1e6)).toEqual([1e-6, 1e-4, 1e-2, 1, 100, 1e4, 1e6]);
    expect(logTicks(0.9, 60)).toEqual([1, 2, 5, 10, 20, 50]);
    expect(logTicks(2.5, 7)).toEqual([3, 4, 5, 6, 7]);
  });

  it("are labelled in decimals near 1 and in powers beyond", () => {
    expect([0.001, 0.2, 1, 5000, 1e4, 2e-5].map(logTickText)).toEqual(["0.001", "0.2", "1", "5000", "10⁴", "2·10⁻⁵"]);
  });
});
