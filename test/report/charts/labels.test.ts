import { describe, expect, it } from "vitest";
import { labelWidth, overlap, placeLabels } from "#eigenscope/report/charts/label-boxes.js";
import { spectrumChart } from "#eigenscope/report/charts/spectrum/spectrum-chart.js";
import { seededDetail } from "./example-details.js";

interface Box {
  readonly words: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Mean width of a character of such labels at 12 pixels, as Chromium measures it in DejaVu Sans, a wide font. */
const [PLAIN, BOLD] = [6.3, 7.1];

/** The direct labels of a chart, as boxes that are estimated from the length of their texts alone. */
function directLabels(svg: string): Box[] {
  const group = svg.match(/<g stroke="var\(--paper\)"[^>]*>(.*?)<\/g>/)?.[1] ?? "";
  return [
    ...group.matchAll(/<text x="([-\d.]+)" y="([-\d.]+)"( text-anchor="end")?( font-weight="600")?[^>]*>([^<]*)</g),
  ].map(([, x, y, end, bold, words]) => {
    const width = (bold === undefined ? PLAIN : BOLD) * words.length;
    const left = end === undefined ? Number(x) : Number(x) - width;
    return { words, left, right: left + width, top: Number(y) - 11, bottom: Number(y) + 3 };
  });
}

describe("the direct labels of the spectrum chart", () => {
  it.each(["log", "linear", "loglog"] as const)("never overlap, on 50 seeded spectra of all kinds: axes %s", (axes) => {
    let seen = 0;
    for (let seed = 0; seed < 50; seed++) {
      const width = [420, 640, 900][seed % 3];
      const labels = directLabels(spectrumChart(seededDetail(seed), { width, axes }).svg);
      seen += labels.length;
      for (const [i, a] of labels.entries()) {
        for (const b of labels.slice(i + 1)) expect(overlap(a, b), `seed ${seed}: ${a.words} | ${b.words}`).toBe(0);
        expect(a.left, `seed ${seed}: ${a.words}`).toBeGreaterThanOrEqual(0);
        expect(a.right, `seed ${seed}: ${a.words}`).toBeLessThanOrEqual(width);
      }
    }
    // Labels that are left out do not overlap either: most must be there.
    expect(seen).toBeGreaterThan(120);
  });

  it("are left out where they are not wanted", () => {
    expect(directLabels(spectrumChart(seededDetail(1), { width: 640, labels: false }).svg)).toEqual([]);
  });
});

/** Pixels as Chromium measures them at 12 pixels in DejaVu Sans, plain and bold. */
const MEASURED: readonly (readonly [string, number, number])[] = [
  ["random bulk (Marchenko–Pastur)", 198, 224.6],
  ["81 % of the 320 eigenvalues", 172.3, 191.9],
  ["edge of the random bulk, λ+ 0.538", 211.5, 235.7],
  ["band: as far as chance reaches (98 %)", 231.1, 257.9],
  ["power law, alpha 3.63", 132.8, 148.6],
  ["95 % interval 2.80 to 4.84", 157, 175.3],
  ["60 spikes, largest 4.09", 136, 153.9],
  ["10 more to the right, up to 4.09 →", 204.7, 229.6],
  ["eigenvalue λ of W′W", 122.7, 137.5],
  ["mixed10", 52, 57.8],
  ["heavy-tailed", 74.4, 84.2],
  ["1.2", 19.1, 21.3],
  ["24,000", 42, 46.3],
];

describe("the estimated width of a text", () => {
  it.each(MEASURED)("is that of a wide font or a little more: %s", (text, plain, bold) => {
    for (const [estimate, measured] of [
      [labelWidth(text), plain],
      [labelWidth(text, { bold: true }), bold],
    ]) {
      expect(estimate).toBeGreaterThanOrEqual(measured);
      // Much more would waste the room of labels.
      expect(estimate).toBeLessThan(1.2 * measured);
    }
  });
});

describe("the places of labels", () => {
  const inside = { left: 0, right: 200, top: 0, bottom: 100 };
  const label = (text: string, ...places: [number, number][]) => ({
    lines: [{ text }],
    places: places.map((at) => ({ at, anchor: "start" as const })),
  });

  it("are the first ones where nothing is in the way", () => {
    const [placed] = placeLabels([label("abc", [10, 20], [10, 60])], { inside, drawn: [] });
    expect(placed.at).toEqual([10, 20]);
  });

  it("are others where a label is in the way, and none where no other is left", () => {
    const labels = [label("abc", [10, 20]), label("abc", [12, 22], [10, 60]), label("abc", [14, 24])];
    expect(placeLabels(labels, { inside, drawn: [] }).map(({ at }) => at)).toEqual([
      [10, 20],
      [10, 60],
    ]);
  });

  it("are others where much is drawn, but not for a little of it", () => {
    const places = label("abc", [10, 20], [10, 60]);
    const covered = { left: 0, right: 100, top: 0, bottom: 30 };
    expect(placeLabels([places], { inside, drawn: [covered] })[0].at).toEqual([10, 60]);
    const touched = { left: 10, right: 10.2, top: 8, bottom: 9 };
    expect(placeLabels([places], { inside, drawn: [touched] })[0].at).toEqual([10, 20]);
  });

  it("lie within the frame", () => {
    const width = labelWidth("abc");
    const fits = label("abc", [200 - width, 20]);
    const leaves = label("abc", [200.5 - width, 20]);
    expect(placeLabels([fits], { inside, drawn: [] })).toHaveLength(1);
    expect(placeLabels([leaves], { inside, drawn: [] })).toHaveLength(0);
    expect(placeLabels([label("abc", [10, 11])], { inside, drawn: [] })).toHaveLength(0);
    expect(placeLabels([label("abc", [10, 97])], { inside, drawn: [] })).toHaveLength(0);
  });

  it("keep the first line where there is no place for the second", () => {
    const two = {
      lines: [{ text: "abc" }, { text: "def" }],
      places: [{ at: [10, 90] as const, anchor: "start" as const }],
    };
    expect(placeLabels([two], { inside, drawn: [] })[0].lines).toEqual([{ text: "abc" }]);
    expect(placeLabels([two], { inside: { ...inside, bottom: 120 }, drawn: [] })[0].lines).toHaveLength(2);
  });
});
