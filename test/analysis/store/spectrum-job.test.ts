import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { approximateSeed } from "#eigenscope/analysis/measure-approximate.js";
import { valuesKey } from "#eigenscope/analysis/store/recall.js";
import {
  type JobContext,
  jobKey,
  jobsOf,
  runSpectrumJob,
  type SpectrumJob,
} from "#eigenscope/analysis/store/spectrum-job.js";
import type { MatrixOrigin, MatrixSource } from "#eigenscope/layers/index.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { createEngine, inPlacePool } from "#eigenscope/spectra/index.js";

const view = { count: 2, rows: 6, cols: 5, offset: 10, matrixStride: 30, rowStride: 5, colStride: 1 };
const origin = {
  kind: "stored",
  file: "a.safetensors",
  tensor: "l0.weight",
  storage: "stored bytes",
  dtype: "F16",
  view,
} as const;
const context: JobContext = { files: "files", engine: "wasm", precision: "f64", seed: 3 };

const layerWith = (of: MatrixOrigin | undefined, index = 7): Parameters<typeof jobsOf>[0] => ({
  index,
  source: { count: 2, rows: 6, cols: 5, origin: of } as MatrixSource,
});
const keysOf = async (of: MatrixOrigin, how: JobContext, index?: number): Promise<string[]> => {
  const { exact, approximate } = jobsOf(layerWith(of, index), how);
  return [await jobKey(exact), await jobKey(approximate)];
};

describe("the key of a spectrum", () => {
  const others: readonly (readonly [string, MatrixOrigin, JobContext])[] = [
    ["the engine", origin, { ...context, engine: "native" }],
    ["the precision", origin, { ...context, precision: "f32" }],
    ["the identity of the files", origin, { ...context, files: "other files" }],
    ["the file", { ...origin, file: "b.safetensors" }, context],
    ["the tensor", { ...origin, tensor: "l1.weight" }, context],
    ["the stored bytes", { ...origin, storage: "others" }, context],
    ["the type", { ...origin, dtype: "BF16" }, context],
    ...Object.keys(view).map(
      (field) =>
        [
          `${field} of the view`,
          { ...origin, view: { ...view, [field]: view[field as "rows"] + 1 } },
          context,
        ] as const,
    ),
    ["the runs of the view", { ...origin, view: { ...view, runs: { rows: 2, stride: 4 } } }, context],
    ["what is added", { kind: "sum", terms: [origin, { ...origin, tensor: "l0.lora" }] }, context],
    ["the order of a sum", { kind: "sum", terms: [{ ...origin, tensor: "l0.lora" }, origin] }, context],
  ];
  it("changes with each thing that its eigenvalues depend on, and is the same for the same", async () => {
    const keys = await Promise.all([keysOf(origin, context), ...others.map(([, of, how]) => keysOf(of, how))]);
    expect(new Set(keys.flat()).size).toBe(2 * (1 + others.length));
    expect(await keysOf(structuredClone(origin), { ...context })).toEqual(keys[0]);
  });

  it("has the version of the solver, so that spectra of an older one are computed again", async () => {
    const { exact, approximate } = jobsOf(layerWith(origin), context);
    for (const job of [exact, approximate]) {
      expect(job.solve.version).toBeGreaterThanOrEqual(1);
      const next: SpectrumJob = { ...job, solve: { ...job.solve, version: job.solve.version + 1 } };
      expect(await jobKey(next)).not.toBe(await jobKey(job));
    }
  });

  it("is the SHA-256 digest of the job with sorted keys: a newer version of the program goes on", async () => {
    const { exact, approximate } = jobsOf(layerWith(origin), context);
    const from =
      '"files":"files","origin":{"dtype":"F16","file":"a.safetensors","kind":"stored","storage":"stored ' +
      'bytes","tensor":"l0.weight",' +
      '"view":{"colStride":1,"cols":5,"count":2,"matrixStride":30,"offset":10,"rowStride":5,"rows":6}}';
    const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
    // Version 1. A new version of the solver changes both, and all spectra are then computed again.
    expect(await jobKey(exact)).toBe(
      sha256(`{${from},"solve":{"engine":"wasm","kind":"exact","precision":"f64","version":1}}`),
    );
    const seed = approximateSeed(3, 7);
    expect(await jobKey(approximate)).toBe(
      sha256(`{${from},"solve":{"engine":"wasm","kind":"approximate","precision":"f64","seed":${seed},"version":1}}`),
    );
  });

  it("depends on the seed and the layer's number only if the spectrum is approximate", async () => {
    const [exact, approximate] = await keysOf(origin, context);
    for (const [seed, index] of [
      [4, 7],
      [3, 8],
    ]) {
      const [sameExact, other] = await keysOf(origin, { ...context, seed }, index);
      expect([sameExact === exact, other === approximate]).toEqual([true, false]);
    }
  });

  it("is refused to values that come from no file", () => {
    expect(() => jobsOf(layerWith(undefined), context)).toThrow(/come from no file/);
  });
});

describe("the key of values measured on the weights", () => {
  it("changes with the spectrum, the measurement, its version and its parameters", async () => {
    const job = { spectrum: "a", name: "vectors", version: 1, parameters: { seed: 0, layer: 2 } };
    const others = [
      { ...job, spectrum: "b" },
      { ...job, name: "farms" },
      { ...job, version: 2 },
      { ...job, parameters: { seed: 1, layer: 2 } },
      { ...job, parameters: { seed: 0, layer: 3 } },
    ];
    const keys = await Promise.all([job, ...others].map(valuesKey));
    expect(new Set(keys).size).toBe(keys.length);
    expect(await valuesKey({ ...job, parameters: { layer: 2, seed: 0 } })).toBe(keys[0]);
  });
});

describe("a spectrum job", () => {
  const normal = normalSampler(createRng(1));
  const sourceOf = (values: Float32Array): MatrixSource => ({
    ...{ count: 1, rows: 30, cols: 20 },
    async *blocks() {
      yield values.slice();
    },
  });
  const values = Float32Array.from({ length: 600 }, normal);
  const pool = inPlacePool(createEngine("wasm"));
  const solve = (
    kind: "exact" | "approximate",
    source: MatrixSource,
    { digest = true, precision = "f64" as const, seed = 0 } = {},
  ) =>
    runSpectrumJob({ solve: { kind, engine: "wasm", precision, version: 1, seed } }, source, {
      key: "k",
      pool,
      digest,
    });

  it("gives its spectrum and the digest of the values it was computed from, of whichever kind", async () => {
    const exact = await solve("exact", sourceOf(values));
    const approximate = await solve("approximate", sourceOf(values));
    if (exact.kind !== "exact" || approximate.kind !== "approximate") throw new Error("another kind");
    expect(exact.content).toMatch(/^[0-9a-f]{64}$/);
    expect(approximate.content).toBe(exact.content);
    const other = values.slice();
    other[599] += 1;
    expect(await solve("exact", sourceOf(other))).not.toMatchObject({ content: exact.content });
    expect(await solve("exact", sourceOf(values), { digest: false })).toEqual({ ...exact, content: "" });
  });

  it("is solved in its own precision, and from its own seed", async () => {
    const runAs = (precision: "f64" | "f32") =>
      runSpectrumJob({ solve: { kind: "exact", engine: "wasm", precision, version: 1 } }, sourceOf(values), {
        key: "k",
        pool,
        digest: true,
      });
    for (const precision of ["f64", "f32"] as const) {
      const outcome = await runAs(precision);
      expect(outcome.kind === "exact" && outcome.spectrum.precision).toEqual([precision]);
    }
    const [one, two] = [
      await solve("approximate", sourceOf(values)),
      await solve("approximate", sourceOf(values), { seed: 1 }),
    ];
    expect(one).not.toEqual(two);
  });

  it("of weights without a spectrum keeps the reason, and the value that all of them have", async () => {
    expect(await solve("exact", sourceOf(new Float32Array(600).fill(2)))).toMatchObject({
      key: "k",
      kind: "degenerate",
      value: 2,
    });
    const broken = values.slice();
    broken[3] = Number.NaN;
    const outcome = await solve("exact", sourceOf(broken));
    expect(outcome).toMatchObject({ key: "k", kind: "degenerate", reason: expect.stringMatching(/not finite/) });
    expect("value" in outcome).toBe(false);
  });
});
