import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { AnalysisPlan, LayerCost } from "#eigenscope/analysis/index.js";
import { engineOf, mib, planLines, type VerboseFlags, verboseOf } from "#eigenscope/cli/verbose.js";
import { BUILT } from "./eigenscope-process.js";
import { manyCommands } from "./many-commands.js";

const EXAMPLE = fileURLToPath(new URL("../../examples/digits_b4.safetensors", import.meta.url));

const cost = (layer_id: number, more: Partial<LayerCost> = {}): LayerCost => ({
  ...{ layer_id, name: `fc${layer_id}`, N: 8, M: 4, rf: 1, precision: "f64", work: 100, approximate: false },
  ...{ memoryBytes: 2 ** 20, readBytes: 2 ** 19 },
  ...more,
});

const PLAN: AnalysisPlan = {
  ...{ label: "m.npz", format: "npz", files: 1, engine: "native", target: "avx2", workers: 2 },
  layers: [cost(0), cost(1, { precision: "f32", memoryBytes: 2 ** 21 }), cost(2)],
  skipped: [
    { name: "a", shape: [3], dtype: "F32", reason: "a vector" },
    { name: "b", shape: [2, 2], dtype: "F32", reason: "too small" },
    { name: "c", shape: [3], dtype: "F32", reason: "a vector" },
  ],
};

function said(flags: Partial<VerboseFlags>, say: (verbose: ReturnType<typeof verboseOf>) => void): string[] {
  const lines: string[] = [];
  say(verboseOf({ verbose: true, config: false, ...flags }, (text) => lines.push(text)));
  return lines;
}

describe("verboseOf", () => {
  it("says nothing without --verbose, and refuses --quiet with it", () => {
    const everything = (verbose: ReturnType<typeof verboseOf>): void => {
      verbose.start();
      verbose.planned(PLAN, {});
      verbose.layer("fc", 3);
      verbose.fact("x");
    };
    expect(said({ verbose: false, quiet: true }, everything)).toEqual([]);
    expect(said({ quiet: false }, everything)).not.toEqual([]);
    expect(() => said({ quiet: true }, everything)).toThrow(/--quiet and --verbose contradict each other/);
  });

  it("says each layer's time, but not with --no-progress", () => {
    expect(said({}, ({ layer }) => layer("fc1", 1234.5))).toEqual(["eigenscope: 1.234 s  fc1\n"]);
    expect(said({}, ({ layer }) => layer("a\u001bb", undefined))).toEqual(["eigenscope: a\ufffdb\n"]);
    expect(said({ progress: false }, ({ layer }) => layer("fc1", 1))).toEqual([]);
  });

  it("says which settings and which cache are used", () => {
    expect(said({}, ({ start }) => start())[0]).toBe("eigenscope: settings: no file\n");
    const [settings, cache] = said({ config: "x.json" }, ({ start }) => start());
    expect(settings).toBe("eigenscope: settings: x.json\n");
    expect(cache).toMatch(/cache: \S+eigenscope; models of a hub: \S+hub\n$/);
  });
});

it("a plan is said in lines: what is left out, the engine, precisions, memory", () => {
  expect(planLines(PLAN, 2 ** 31)).toEqual([
    "m.npz: npz, 1 file, 3 layers",
    "left out: 2 tensors, such as a: a vector",
    "left out: 1 tensor, such as b: too small",
    "engine: native (avx2), 2 workers",
    "precision: f64 for 2 layers, f32 for 1 layer",
    "memory: matrices take 3 MiB at most, of 2.0 GiB (--memory)",
    "to read: 2 MiB",
  ]);
  const nothing = planLines({ ...PLAN, target: null, workers: 1, layers: [], skipped: [] }, undefined);
  expect(nothing.slice(1, 3)).toEqual(["engine: native, 1 worker", "precision: none"]);
  expect(nothing[3]).toMatch(/^memory: matrices take 0 MiB at most, of .* \(half of what is free\)$/);
});

it("names an engine with its kernels, and bytes in MiB below a GiB", () => {
  expect([engineOf({ engine: "wasm" }), engineOf({ engine: "native", engineTarget: "avx2" })]).toEqual([
    ...["wasm", "native (avx2)"],
  ]);
  expect([1, 2 ** 30 - 1, 2 ** 30].map(mib)).toEqual(["1 MiB", "1024 MiB", "1.0 GiB"]);
});

describe.skipIf(!BUILT)("--verbose of a command", () => {
  const run = manyCommands();

  it("analyze: plan and layers on stderr, the same report on stdout", async () => {
    const plain = await run(["analyze", EXAMPLE, "--json"]);
    const { code, stdout, stderr } = await run(["analyze", EXAMPLE, "--json", "--verbose", "--engine", "wasm"]);
    expect([code, stdout]).toEqual([0, plain.stdout]);
    expect(stderr).toMatch(/^eigenscope: settings: no file\neigenscope: cache: /);
    expect(stderr).toMatch(/digits_b4\.safetensors: safetensors, 1 file, 3 layers\n.*left out: 3 tensors/);
    expect(stderr).toMatch(/engine: wasm, \d+ worker/);
    expect(stderr.match(/: \d+\.\d{3} s {2}\S+\n/g)).toHaveLength(3);
    const silent = await run(["analyze", EXAMPLE, "--json", "--verbose", "--no-progress"]);
    expect(silent.stderr).not.toMatch(/ s {2}/);
    expect((await run(["analyze", EXAMPLE, "--verbose", "--quiet"])).code).toBe(2);
  });

  it("compare, rank and describe say theirs", async () => {
    const compared = await run(["compare", EXAMPLE, EXAMPLE, "--verbose"]);
    expect(compared.stderr).toMatch(/3 pairs of layers; without a partner: 0 in the first model, 0 in the second/);
    expect(compared.stderr).toMatch(/engine: wasm, precision auto\n/);
    expect(compared.stderr.match(/: \d+\.\d{3} s {2}\S+\n/g)).toHaveLength(3);
    const ranked = await run(["rank", EXAMPLE, EXAMPLE, "--verbose"]);
    expect(ranked.stderr).toMatch(/digits_b4\.safetensors: success, 3 layers solved, 0 reused\n/);
    expect(ranked.stderr).toMatch(/engine: wasm\n$/);
    expect((await run(["describe", EXAMPLE, "--verbose"])).stderr).toMatch(/^eigenscope: settings: no file\n/);
    for (const command of ["compare", "rank"])
      expect((await run([command, EXAMPLE, EXAMPLE, "--verbose", "-q"])).code).toBe(2);
  });
});
