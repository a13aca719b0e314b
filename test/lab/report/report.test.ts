import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { poolSeeds } from "#eigenscope/lab/experiments/pool-seeds.js";
import { statistic } from "#eigenscope/lab/experiments/statistic.js";
import {
  type EpochRecord,
  planSweep,
  preset,
  type Run,
  renderLabPage,
  renderRuns,
  type SweepResults,
  withOverrides,
} from "#eigenscope/lab/index.js";
import { publishedPoint } from "#eigenscope/lab/report/published.js";
import { marchenkoPasturQuantiles } from "#eigenscope/rmt/index.js";
import { failedRecord, layerRecord, randomRecord } from "../../report/example-report.js";

const HOSTILE = `"><script>alert(1)</script>`;
const [N, M] = [256, 96];
const shape = { name: "fc1", longname: "fc1", shape: [M, N], N, M, Q: N / M, num_evals: M };
const BULK = Float64Array.from(marchenkoPasturQuantiles(M, N / M), (x) => N * x);

function epoch(number: number, layers: EpochRecord["layers"], accuracy = 0.9): EpochRecord {
  const score = { loss: 0.5, accuracy };
  return {
    epoch: number,
    steps: 10 * number,
    rate: 0.1,
    running: number === 0 ? null : score,
    train: score,
    test: { loss: 1, accuracy: accuracy / 2 },
    layers,
  };
}

const sweep = withOverrides(preset("synthetic/batch-size")!, { axes: { batch: [2, 64], seed: [1, 2] } });

/** Two batch sizes, two seeds; the small one is heavy-tailed and one of its runs has not learned. */
const runs: Run[] = planSweep(sweep).map(({ id, settings }) => {
  const heavy = settings.batch === 2;
  const last = heavy ? layerRecord(shape) : randomRecord({ ...shape, lambda_max: 3, lambda_plus: 3 });
  const records = [epoch(0, [randomRecord(shape)], 0.1), epoch(12, [last], heavy && settings.seed === 2 ? 0.11 : 0.9)];
  return { id, settings, epochs: records, finished: !(heavy && settings.seed === 1) };
});
const results = (changes: Partial<SweepResults> = {}): SweepResults => ({
  name: "test",
  description: "a test",
  runs,
  eigenvalues: new Map(runs.map(({ id }) => [id, new Map([["fc1", BULK]])])),
  ...changes,
});

describe("the table of runs", () => {
  it(
    "has a row a run, batch sizes from large to small, train accuracy beside the phase, and no alpha where " +
      "none is valid",
    () => {
      const [heading, ...lines] = renderRuns(runs).split("\n");
      expect(heading).toBe(
        " b  seed  train  test  phase         spikes  max/edge      alpha  stable  entropy".slice(0, heading.length),
      );
      expect(lines.slice(0, 4).map((line) => line.trim().split(/\s+/).slice(0, 5))).toEqual([
        ["64", "1", ".900", ".450", "random-like"],
        ["64", "2", ".900", ".450", "random-like"],
        ["2", "1", ".900", ".450", "heavy-tailed"],
        ["2", "2", ".110", ".055", "heavy-tailed"],
      ]);
      expect(lines[0]).toContain("n/a");
      expect(lines[2]).toContain("3.45±0.23");
    },
  );

  it("says which runs are not finished, and which have not learned", () => {
    const text = renderRuns(runs).replace(/\s+/g, " ");
    expect(text).toContain("Not finished: b2-seed1 (epoch 12 of 12).");
    expect(text).toContain(
      "1 run has not learned (train accuracy near chance), so the spectrum says nothing about phases: b2-seed2.",
    );
  });

  it.each([80, 60, 50])("keeps to %i columns by giving up what matters least", (width) => {
    const lines = renderRuns(runs, { width }).split("\n");
    expect(lines.filter((line) => line.length > width)).toEqual([]);
    expect(lines[0]).toContain("phase");
  });

  it("tells a layer without a spectrum, and an empty folder", () => {
    const failed = [{ ...runs[0], epochs: [epoch(1, [failedRecord(shape)])] }];
    expect(renderRuns(failed)).toContain("failed");
    expect(renderRuns([{ ...runs[0], epochs: [] }])).toBe("No run has recorded anything yet.\n");
  });
});

describe("pooling over seeds", () => {
  it("fits one bulk to all eigenvalues: that of three equal spectra is that of one", () => {
    const seed = { record: randomRecord(shape), eigenvalues: BULK };
    const [one, three] = [poolSeeds([seed]), poolSeeds([seed, seed, seed])];
    expect(three.record).toMatchObject({ rf: 3, num_evals: 3 * M, phase: "random-like" });
    // The fitted edges agree within what three times as many eigenvalues move a median: 1 % of sigma^2.
    expect(Math.abs(three.record.lambda_plus! / one.record.lambda_plus! - 1)).toBeLessThan(0.01);
    expect(() => poolSeeds([])).toThrow(RangeError);
  });

  it("gives mean and spread (n - 1) of what is there", () => {
    expect(statistic([1, null, 3, undefined, Number.NaN])).toEqual({ mean: 2, spread: Math.SQRT2, count: 2 });
    expect(statistic([5])).toEqual({ mean: 5, spread: null, count: 1 });
    expect(statistic([null])).toBeNull();
  });
});

describe("what was published", () => {
  it("stands beside the paper's own settings only", () => {
    const [{ settings }] = planSweep(preset("paper/batch-size")!);
    expect(publishedPoint({ ...settings, batch: 32 })).toEqual({
      train: 0.993,
      test: 0.75,
      layers: { fc1: { phase: "bulk+spikes", softRank: 0.74, stableRank: 170, entropy: null } },
    });
    expect(publishedPoint({ ...settings, batch: 33 })).toBeNull();
    expect(publishedPoint({ ...settings, rate: 0.02 })).toBeNull();
    expect(publishedPoint({ ...settings, l2: 1e-4 })).toBeNull();
    expect(publishedPoint(runs[0].settings)).toBeNull();
  });

  it.each([
    ["paper/weight-norm", [0.9895, 0.966]],
    ["paper/dropout", [null, 0.977]],
    ["paper/rank-collapse", [0.9895, null, null, null]],
  ])("is there for the regularised networks of section 6: %s", (name, entropies) => {
    const published = planSweep(preset(name)!).map(({ settings }) => publishedPoint(settings));
    expect(published.map((point) => point?.layers.fc1?.entropy ?? null)).toEqual(entropies);
    if (name === "paper/rank-collapse") expect(published[3]?.layers.fc1?.phase).toBe("rank-collapse");
  });
});

describe("the page of a sweep", () => {
  it("refers to nothing outside itself and escapes every name", () => {
    const hostile = runs.map((run) => ({
      ...run,
      settings: { ...run.settings, network: { ...run.settings.network, name: HOSTILE } },
    }));
    const page = renderLabPage(results({ name: HOSTILE, description: HOSTILE, runs: hostile }));
    const { document } = parseHTML(page);
    expect(document.querySelectorAll("script")).toHaveLength(1);
    expect(document.querySelector("h1")?.textContent).toBe(HOSTILE);
    expect([...document.querySelectorAll("[src], link, iframe, img")]).toEqual([]);
    expect(page.match(/url\(|@import|https?:(?!\/\/www\.w3\.org\/)/g)).toBeNull();
  });

  it("has a row a point, spectra in small multiples, phases by epoch, and charts that are read out", () => {
    const { document } = parseHTML(renderLabPage(results()));
    expect([...document.querySelectorAll(".points tbody th")].map((cell) => cell.textContent)).toEqual([
      "b = 64",
      "b = 2",
    ]);
    expect(document.querySelectorAll(".multiples figure")).toHaveLength(4);
    expect([...document.querySelectorAll(".grid tbody tr")].map((row) => row.querySelectorAll("svg").length)).toEqual([
      4, 4,
    ]);
    for (const svg of document.querySelectorAll("svg.chart")) {
      expect([svg.getAttribute("role"), svg.getAttribute("aria-label")]).toEqual(["img", expect.stringMatching(/\d/)]);
    }
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("says what a reader must know before he reads a phase off", () => {
    const page = renderLabPage(results());
    expect(page).toContain("1 run is not finished: b2-seed1.");
    expect(page).toContain("the spectrum can look heavy-tailed because the network is broken");
  });

  it("shows the paper's numbers where the settings are the paper's", () => {
    const [{ settings }] = planSweep(preset("paper/batch-size")!);
    const paper = runs.map((run) => ({
      ...run,
      settings: { ...settings, batch: run.settings.batch === 2 ? 2 : 500, seed: run.settings.seed },
    }));
    const { document } = parseHTML(renderLabPage(results({ runs: paper })));
    expect([...document.querySelectorAll("tr.published")].map((row) => row.children[2].textContent)).toEqual([
      "0.860",
      "0.996",
    ]);
  });

  it("is a page for a single training and for an empty folder too", () => {
    expect(renderLabPage(results({ runs: [runs[0]] }))).toContain("Spectra");
    expect(renderLabPage(results({ runs: [] }))).toContain("No run has recorded anything yet.");
  });
});
