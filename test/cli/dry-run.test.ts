import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AnalysisPlan, LayerCost } from "#eigenscope/analysis/index.js";
import { type DryRun, dryRunOf, longSentence, sentenceBefore, sizesOf } from "#eigenscope/cli/dry-run.js";
import { renderDryRun } from "#eigenscope/cli/dry-run-command.js";
import {
  basisFor,
  CALIBRATED_RATIOS,
  type Estimate,
  estimateOf,
  LONG_SECONDS,
  layerTimes,
  mayBeLong,
  openSeconds,
  rangeOf,
  startSeconds,
  TABLE_RATIOS,
  workerSeconds,
} from "#eigenscope/cli/estimate.js";
import { RATE_TABLE } from "#eigenscope/cli/rate-table.js";
import { calibrationOf } from "./a-calibration.js";
import { BUILT } from "./eigenscope-process.js";
import { manyCommands } from "./many-commands.js";

const EXAMPLE = fileURLToPath(new URL("../../examples/digits_b4.safetensors", import.meta.url));

const layer = (M: number, more: Partial<LayerCost> = {}): LayerCost => ({
  ...{ layer_id: 0, name: `fc${M}`, N: 2 * M, M, rf: 1, precision: "f64", work: 2 * M ** 3 + (4 / 3) * M ** 3 },
  ...{ memoryBytes: 4 * M * M, readBytes: 8 * M * M, approximate: false },
  ...more,
});

const planOf = (layers: readonly LayerCost[], more: Partial<AnalysisPlan> = {}): AnalysisPlan => ({
  ...{ label: "m.npz", format: "npz", files: 1, engine: "reference", target: null, workers: 2, skipped: [] },
  layers,
  ...more,
});

describe("layerTimes", () => {
  const of = (one: LayerCost, engine: AnalysisPlan["engine"] = "wasm", lanes = 1): number => {
    const plan = planOf([one], { engine });
    return layerTimes(plan, basisFor(plan), lanes)[0];
  };

  it("counts operations, rows, and every matrix of a convolution", () => {
    const seconds = of(layer(100));
    expect(of(layer(100, { work: 2 * layer(100).work }))).toBeGreaterThan(1.5 * seconds);
    expect(of(layer(100, { N: 400, work: 400 * 100 ** 2 + (4 / 3) * 100 ** 3 }))).toBeGreaterThan(seconds);
    const once = RATE_TABLE.engines.wasm?.layer as number;
    const nine = of(layer(100, { rf: 9, work: 9 * layer(100).work }));
    expect(nine - once).toBeCloseTo(9 * (seconds - once), 12);
  });

  it("knows faster engines and arithmetics from slower ones", () => {
    const large = (engine: AnalysisPlan["engine"], precision: LayerCost["precision"]): number =>
      of(layer(2000, { precision }), engine);
    expect(large("native", "f32")).toBeLessThan(large("native", "f64"));
    expect(large("native", "f64")).toBeLessThan(large("wasm", "f64"));
    expect(large("wasm", "f32")).toBeLessThan(large("wasm", "f64"));
    expect(large("wasm", "f64")).toBeLessThan(large("reference", "f64"));
  });

  it("grow by the table's crowding while several run at once", () => {
    const { lanes, factor } = RATE_TABLE.crowding;
    expect(of(layer(100), "wasm", lanes)).toBeCloseTo(factor * of(layer(100)), 12);
  });
});

describe("basisFor", () => {
  const plan = planOf([layer(1000)], { engine: "wasm" });
  const found = { kind: "calibrated", file: "c.json", calibration: calibrationOf() } as const;

  it("is the calibration, if it has times of the plan's engine and kernels", () => {
    expect(basisFor(plan, { found })).toMatchObject({ kind: "calibrated", rates: found.calibration, measured: true });
    expect(basisFor(plan, { found: { ...found, kind: "carried" } }).kind).toBe("carried");
    const native = { ...plan, engine: "native", target: "avx512" } as const;
    expect(basisFor(native, { found }).kind).toBe("calibrated");
    expect(basisFor({ ...native, target: "avx2" }, { found })).toMatchObject({
      ...{ kind: "table", measured: false, rates: RATE_TABLE },
      objection: "has times of the kernels avx512, and the run would use avx2",
    });
    expect(basisFor({ ...plan, engine: "reference" }, { found })).toMatchObject({
      ...{ kind: "table", objection: "has no times of the engine reference" },
    });
  });

  it("is else the table, scaled by the measured engine", () => {
    const reference = RATE_TABLE.engines.wasm?.gaussian as number;
    expect(basisFor(plan)).toMatchObject({ kind: "table", slowness: 1, measured: false, objection: undefined });
    expect(basisFor(plan, { gaussian: 3 * reference })).toMatchObject({
      ...{ kind: "table", slowness: expect.closeTo(3, 9), measured: true },
    });
    const damaged = { kind: "calibrated", file: "c.json", objection: "is damaged: it" } as const;
    expect(basisFor(plan, { found: damaged })).toMatchObject({ kind: "table", objection: "is damaged: it" });
  });

  it("has a narrow range with a calibration, a wider one by the table, the widest without a measurement", () => {
    expect(rangeOf(10, { kind: "calibrated", measured: true })).toEqual({ expected: 10, low: 6.5, high: 16 });
    expect(rangeOf(10, { kind: "carried", measured: true }, 2)).toEqual({
      expected: 10,
      low: 6.5,
      high: expect.closeTo(19.2, 12),
    });
    expect(rangeOf(10, { kind: "table", measured: true })).toEqual({ expected: 10, low: 5, high: 20 });
    const wide = rangeOf(10, { kind: "table", measured: false });
    expect([wide.low, wide.high]).toEqual([expect.closeTo(5 / 3, 12), expect.closeTo(60, 9)]);
    expect(CALIBRATED_RATIOS.low).toBeGreaterThan(TABLE_RATIOS.low);
  });
});

describe("startSeconds", () => {
  const rates = { ...calibrationOf(), start: 1, model: 0.1, file: 0.01 };
  const basis = { kind: "calibrated", rates, slowness: 2, measured: true } as const;

  it("counts start, files and workers, scaled", () => {
    expect(openSeconds({ files: 1 }, basis)).toBeCloseTo(0.2, 12);
    expect(openSeconds({ files: 4 }, basis)).toBeCloseTo(0.26, 12);
    const plan = planOf([layer(1000), layer(1000), layer(1000)], { engine: "wasm", workers: 2 });
    const worker = workerSeconds(plan, basis, 1.5);
    expect(worker).toBeCloseTo(2 * 0.25, 12);
    expect(startSeconds(plan, basis)).toBeCloseTo(2 + 0.2 + 2 * worker, 12);
    expect(startSeconds({ ...plan, layers: plan.layers.slice(1, 2) }, basis)).toBeCloseTo(2 + 0.2 + worker, 12);
  });

  it("counts no workers where this thread does the little work itself", () => {
    const of = (work: number, engine: AnalysisPlan["engine"] = "wasm"): number =>
      startSeconds(planOf([layer(64, { work })], { engine, target: "avx512" }), basis);
    expect(of(1.9e8)).toBeCloseTo(2.2, 12);
    expect(of(2e8)).toBeCloseTo(2.2 + 0.5, 12);
    expect(of(1.9e8, "native")).toBeGreaterThan(2.2);
  });
});

describe("estimateOf", () => {
  const plan = planOf([layer(1000), layer(500)], { engine: "wasm" });
  const basis = basisFor(plan, { found: { kind: "calibrated", file: "c.json", calibration: calibrationOf() } });

  it("divides the work by the workers that have a processor", () => {
    const of = (workers: number, processors: number): Estimate => estimateOf({ ...plan, workers }, basis, processors);
    const ratio = (workers: number, processors: number): number => {
      const { processorSeconds, elapsedSeconds } = of(workers, processors);
      return processorSeconds.expected / elapsedSeconds.expected;
    };
    expect([ratio(1, 8), ratio(8, 1)]).toEqual([1, 1]);
    expect([ratio(4, 4), ratio(4, 2)]).toEqual([expect.closeTo(4, 12), expect.closeTo(2, 12)]);
    // One after the other they do not slow each other down; two at once do.
    expect(of(1, 8).processorSeconds.expected).toBeLessThan(of(2, 8).processorSeconds.expected);
  });

  it("takes the largest layer alone at the end for its high end", () => {
    const { elapsedSeconds, processorSeconds } = estimateOf({ ...plan, workers: 4 }, basis, 4);
    const [largest] = layerTimes(plan, basis, 4);
    const { low, high } = CALIBRATED_RATIOS;
    expect(elapsedSeconds.high).toBeCloseTo(high * (elapsedSeconds.expected + 0.75 * largest), 12);
    expect(elapsedSeconds.low).toBeCloseTo(low * elapsedSeconds.expected, 12);
    expect(processorSeconds.high).toBeCloseTo(high * processorSeconds.expected, 12);
  });
});

it("sizes are told by the smaller side, each class to its limit", () => {
  const sides = [64, 65, 256, 257, 1024, 1025, 4096, 4097];
  expect(sizesOf(planOf(sides.map((M) => layer(M)))).map(({ upTo, layers }) => [upTo, layers])).toEqual([
    ...[
      [64, 1],
      [256, 2],
      [1024, 2],
    ],
    ...[
      [4096, 2],
      [null, 1],
    ],
  ]);
  const [small, large] = sizesOf(planOf([layer(32), layer(32), layer(200), layer(100)]));
  expect(small).toMatchObject({ upTo: 64, layers: 2, memoryBytes: 4 * 32 * 32 });
  expect(large).toMatchObject({ upTo: 256, layers: 2, memoryBytes: 4 * 200 * 200 });
  expect(small.share + large.share).toBeCloseTo(1, 12);
});

describe("a sentence before a long run", () => {
  // The reference engine is not measured, and one worker needs one processor: the same on every machine.
  const secondsOf = (plan: AnalysisPlan): number => estimateOf(plan, basisFor(plan), 1).elapsedSeconds.expected;
  const lasting = (seconds: number): AnalysisPlan => {
    const one = (work: number): AnalysisPlan => planOf([layer(1000, { work })], { workers: 1 });
    const none = secondsOf(one(0));
    return one((1e9 * (seconds - none)) / (secondsOf(one(1e9)) - none));
  };

  it("is there from a minute on", async () => {
    expect(secondsOf(lasting(LONG_SECONDS))).toBeCloseTo(60, 9);
    expect([mayBeLong(lasting(LONG_SECONDS - 0.01), 1), mayBeLong(lasting(LONG_SECONDS + 0.01), 1)]).toEqual([
      ...[false, true],
    ]);
    const found = { kind: "calibrated", file: "c.json", objection: "is damaged: it" } as const;
    expect(await sentenceBefore(lasting(LONG_SECONDS - 0.01), undefined, found)).toBeUndefined();
    expect(await sentenceBefore(lasting(LONG_SECONDS + 0.01), undefined, found)).toMatch(
      /^1 layer on 1 worker \(reference\) take about/,
    );
  });

  it("has expected time and range", () => {
    expect(longSentence(planOf([layer(9), layer(9)]), { expected: 100, low: 70, high: 3700 })).toBe(
      "2 layers on 2 workers (reference) take about 1 min 40 s (1 min 10 s to 1 h 1 min) if nothing else runs; " +
        "--dry-run says more",
    );
  });
});

describe("the text of a dry run", () => {
  const textOf = async (plan: AnalysisPlan, more: Partial<DryRun> = {}): Promise<string> =>
    renderDryRun({ ...(await dryRunOf(plan, { memory: 2 ** 30 })), ...more });

  it("says what the estimate rests on, and what is not in it", async () => {
    const plain = await textOf(planOf([layer(100)]));
    expect(plain).toMatch(/^m\.npz: npz, 1 file, 1 layer\nengine: reference, 2 workers\n/);
    expect(plain).toMatch(/\nsmaller side up to 256: 1 layer, 100 % of the time, 1 MiB each at most\n/);
    expect(plain).toMatch(/a table from another machine; this one was not measured\n/);
    expect(plain).not.toMatch(/past the engine's limit|not in the estimate|not used/);
    expect(await textOf(planOf([layer(100)]), { notUsed: "is damaged: it" })).toMatch(
      /\nnot used: the calibration of this machine is damaged: it\n/,
    );
    const estimate = { ...(await dryRunOf(planOf([layer(100)]), {})).estimate, measured: true, slowness: 1.5 };
    expect(await textOf(planOf([layer(100)]), { estimate })).toMatch(
      /measured now on one 512 x 512 matrix: 1\.50 times/,
    );
    const by = async (basis: Estimate["basis"]): Promise<string> =>
      textOf(planOf([layer(100)]), { estimate: { ...estimate, basis } });
    expect(await by("calibrated")).toMatch(/\nrests on: sizes of the layers, and the calibration of this machine\n/);
    expect(await by("carried")).toMatch(/and the calibration of another machine \(--calibration\)\n/);
    const large = planOf([layer(5000, { approximate: true })]);
    expect(await textOf(large, { notEstimated: ["tails", "farms"] })).toMatch(
      /above 4096: 1 layer.*past the engine's limit: 1 layer; .*not in the estimate: the fits of --tails, --farms\n/s,
    );
  });

  it("names the options whose fits it does not count", async () => {
    const of = async (options: Parameters<typeof dryRunOf>[1]): Promise<readonly string[]> =>
      (await dryRunOf(planOf([]), options)).notEstimated;
    expect(await of({ bootstrap: 0, tails: false, weightwatcher: false, farms: false })).toEqual([]);
    expect(await of({ bootstrap: 20, tails: true, weightwatcher: ["detX"], vectors: true, farms: true })).toEqual([
      ...["bootstrap", "tails", "farms", "vectors", "weightwatcher"],
    ]);
  });
});

describe.skipIf(!BUILT)("analyze --dry-run", () => {
  const run = manyCommands();
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eigenscope-dry-run-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("gives JSON of the plan, and writes no other output", async () => {
    const [json, page, kept] = ["d.json", "p.html", "run"].map((name) => join(folder, name));
    const options = ["--json", json, "--html", page, "--run", kept, "--jobs", "2", "--memory", "1G", "--tails"];
    const { code, stdout, stderr } = await run(["analyze", EXAMPLE, "--dry-run", ...options]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/engine: wasm, 2 workers\n/);
    expect(stdout).toMatch(/measured now on one 512 x 512 matrix/);
    expect([existsSync(page), existsSync(kept)]).toEqual([false, false]);
    const found = JSON.parse(await readFile(json, "utf8"));
    expect(found).toMatchObject({
      ...{ dryRun: true, notEstimated: ["tails"], readBytes: expect.any(Number) },
      memory: { budgetBytes: 2 ** 30, peakBytes: expect.any(Number) },
      plan: { engine: "wasm", workers: 2, format: "safetensors" },
    });
    expect(found.plan.layers).toHaveLength(3);
    expect(found.plan.layers[0].readBytes).toBe(4 * found.plan.layers[0].N * found.plan.layers[0].M);
    const { low, expected, high } = found.estimate.elapsedSeconds;
    expect(low < expected && expected < high).toBe(true);
  });

  it("says one worker where this thread would do the little work itself", async () => {
    const { stdout } = await run(["analyze", EXAMPLE, "--dry-run", "--jobs", "2"]);
    expect(stdout).toMatch(/engine: wasm, 1 worker\n/);
  });

  it("ends as an analysis would where there is nothing, and refuses what it would refuse", async () => {
    expect((await run(["analyze", EXAMPLE, "--dry-run", "-q", "--min-eigenvalues", "9999"])).code).toBe(3);
    expect((await run(["analyze", EXAMPLE, "--dry-run", "--json", EXAMPLE])).code).toBe(2);
    expect((await run(["analyze", EXAMPLE, "--dry-run", "--layers", "absent*"])).code).toBe(2);
    const quiet = await run(["analyze", EXAMPLE, "--dry-run", "-q"]);
    expect([quiet.code, quiet.stdout, quiet.stderr]).toEqual([0, "", ""]);
  });
});
