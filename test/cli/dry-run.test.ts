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
  type Estimate,
  estimateOf,
  HIGHEST_RATIO,
  LONG_SECONDS,
  LOWEST_RATIO,
  layerSeconds,
  MEASURED_SECONDS,
  mayBeLong,
} from "#eigenscope/cli/estimate.js";
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

describe("layerSeconds", () => {
  it("counts operations, weights and eigenvalues, for every slice of a convolution", () => {
    const seconds = layerSeconds(layer(100), "wasm");
    expect(layerSeconds(layer(100, { work: 2 * layer(100).work }), "wasm")).toBeGreaterThan(seconds);
    expect(layerSeconds(layer(100, { N: 400 }), "wasm")).toBeGreaterThan(seconds);
    const withoutWork = layerSeconds(layer(100, { work: 0 }), "wasm");
    expect(layerSeconds(layer(100, { work: 0, rf: 9 }), "wasm")).toBeCloseTo(9 * withoutWork, 12);
  });

  it("knows faster engines and arithmetics from slower ones", () => {
    const of = (engine: string, precision: LayerCost["precision"]): number =>
      layerSeconds(layer(1000, { precision }), engine);
    expect(of("native", "f32")).toBeLessThan(of("native", "mixed"));
    expect(of("native", "mixed")).toBeLessThan(of("native", "f64"));
    expect(of("native", "f64")).toBeLessThan(of("wasm", "f32"));
    expect(of("wasm", "f32")).toBeLessThan(of("wasm", "mixed"));
    expect(of("wasm", "f64")).toBeLessThan(of("reference", "f64"));
  });
});

describe("estimateOf", () => {
  const plan = planOf([layer(1000), layer(500)], { engine: "wasm" });

  it("divides the work by the workers that have a processor", () => {
    const elapsed = (workers: number, processors: number): number =>
      estimateOf({ ...plan, workers }, { processors }).elapsedSeconds.expected;
    const one = estimateOf(plan, { processors: 1 }).processorSeconds.expected;
    expect([elapsed(1, 8), elapsed(8, 1)]).toEqual([one, one]);
    expect(elapsed(4, 4)).toBeCloseTo(one / 4, 12);
    expect(elapsed(4, 2)).toBeCloseTo(one / 2, 12);
  });

  it("takes the largest layer alone at the end for its high end", () => {
    const { elapsedSeconds, processorSeconds } = estimateOf(
      { ...plan, workers: 4 },
      { processors: 4, measured: MEASURED_SECONDS.wasm },
    );
    const largest = layerSeconds(layer(1000), "wasm");
    expect(elapsedSeconds.high).toBeCloseTo(HIGHEST_RATIO * (elapsedSeconds.expected + 0.75 * largest), 12);
    expect(elapsedSeconds.low).toBeCloseTo(LOWEST_RATIO * elapsedSeconds.expected, 12);
    expect(processorSeconds.high).toBeCloseTo(HIGHEST_RATIO * processorSeconds.expected, 12);
  });

  it("scales with the measured engine, and has a wide range without", () => {
    const measured = estimateOf(plan, { processors: 2, measured: 3 * MEASURED_SECONDS.wasm });
    const not = estimateOf(plan, { processors: 2 });
    expect([measured.slowness, measured.measured, not.slowness, not.measured]).toEqual([
      ...[expect.closeTo(3, 12), true],
      ...[1, false],
    ]);
    expect(measured.processorSeconds.expected).toBeCloseTo(3 * not.processorSeconds.expected, 9);
    const width = ({ processorSeconds: { high, low } }: Estimate): number => high / low;
    expect(width(not)).toBeCloseTo(9 * width(measured), 9);
    // Of the reference engine there is nothing to compare a measurement with.
    expect(estimateOf({ ...plan, engine: "reference" }, { processors: 2, measured: 1 }).measured).toBe(false);
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
  const secondsOf = (plan: AnalysisPlan): number => estimateOf(plan, { processors: 1 }).elapsedSeconds.expected;
  const lasting = (seconds: number): AnalysisPlan => {
    const base = planOf([], { workers: 1 });
    const perOperation = layerSeconds(layer(0, { work: 1 }), "reference");
    return { ...base, layers: [layer(0, { work: (seconds - secondsOf(base)) / perOperation })] };
  };

  it("is there from a minute on", async () => {
    expect(secondsOf(lasting(LONG_SECONDS))).toBeCloseTo(60, 9);
    expect([mayBeLong(lasting(LONG_SECONDS - 0.01), 1), mayBeLong(lasting(LONG_SECONDS + 0.01), 1)]).toEqual([
      ...[false, true],
    ]);
    expect(await sentenceBefore(lasting(LONG_SECONDS - 0.01))).toBeUndefined();
    expect(await sentenceBefore(lasting(LONG_SECONDS + 0.01))).toMatch(/^1 layer on 1 worker \(reference\) take about/);
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
    expect(plain).toMatch(/constants from another machine; this one was not measured\n/);
    expect(plain).not.toMatch(/past the engine's limit|not in the estimate/);
    const estimate = { ...(await dryRunOf(planOf([layer(100)]), {})).estimate, measured: true, slowness: 1.5 };
    expect(await textOf(planOf([layer(100)]), { estimate })).toMatch(
      /measured now on one 512 x 512 matrix: 1\.50 times/,
    );
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
