import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { CHANGE_KINDS } from "#eigenscope/analysis/compare/change-kind.js";
import type { Comparison, LayerComparison } from "#eigenscope/analysis/index.js";
import { bytesInMemory, type FileSet } from "#eigenscope/formats/index.js";
import { compare } from "#eigenscope/node/index.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { COMPARISON_COLUMNS } from "#eigenscope/report/columns/comparison.js";
import { LAYER_COLUMNS, renderComparison, renderComparisonJson } from "#eigenscope/report/index.js";
import { ggufWith } from "../formats/build-gguf.js";
import { safetensorsWith } from "../formats/build-safetensors.js";

const schemaAt = (name: string) => JSON.parse(readFileSync(new URL(`../../schema/${name}`, import.meta.url), "utf8"));
const schema = schemaAt("compare.schema.json");
const validate = new Ajv({ allErrors: true }).addSchema(schemaAt("report.schema.json")).compile(schema);
const golden = JSON.parse(readFileSync(new URL("../goldens/numpy/golden.json", import.meta.url), "utf8"));

type Tensors = Record<string, { shape: readonly number[]; values: ArrayLike<number> }>;

function model(label: string, tensors: Tensors): FileSet {
  return { label, entry: label, list: async () => [label], open: async () => bytesInMemory(safetensorsWith(tensors)) };
}

const run = (a: Tensors, b: Tensors, options = {}): Promise<Comparison> =>
  compare(model("a.safetensors", a), model("b.safetensors", b), options);

/** The entries of the numpy goldens. */
function fractions(shape: readonly number[], step: number) {
  const count = shape.reduce((product, side) => product * side, 1);
  return { shape, values: Float64Array.from({ length: count }, (_, k) => (((k * step) % 101) - 50) / 64) };
}

function gaussian(shape: readonly [number, number], seed: number) {
  return { shape, values: Float64Array.from({ length: shape[0] * shape[1] }, normalSampler(createRng(seed))) };
}

/** B = A + a change of rank one whose singular value is `strength`. */
function nudged({ shape, values }: ReturnType<typeof gaussian>, strength: number) {
  const [rows, cols] = shape;
  const change = strength / Math.sqrt(rows * cols);
  return {
    shape,
    values: Float64Array.from(values, (value, k) => value + change * ((Math.floor(k / cols) + k) % 2 === 0 ? 1 : -1)),
  };
}

describe("compareModels", () => {
  it.each(golden.distances as { shape: number[]; steps: [number, number] }[])(
    "has numpy's distances for %j, to 1e-9",
    async ({ shape, steps, ...expected }) => {
      const { layers } = await run(
        { "x.weight": fractions(shape, steps[0]) },
        { "x.weight": fractions(shape, steps[1]) },
      );
      const { raw, euclidean, cka, ckaCentred, relative } = expected as Record<string, number>;
      const [layer] = layers;
      const found = [
        layer.distance_raw,
        layer.distance_euclidean,
        layer.distance_cka,
        layer.cka_centred,
        layer.relative_change,
      ] as number[];
      [raw, euclidean, cka, ckaCentred, relative].forEach((value, i) => {
        expect(Math.abs(found[i] - value)).toBeLessThanOrEqual(1e-9 * value);
      });
    },
  );

  it("gives every numeric column in both, its change, and the change as a matrix of its own", async () => {
    const a = gaussian([120, 60], 1);
    const { layers } = await run({ "x.weight": a }, { "x.weight": nudged(a, 30) });
    const [layer] = layers;
    expect(layer.status).toBe("changed");
    const { norm } = layer.columns;
    expect(norm.change).toBe(norm.b! - norm.a!);
    expect([layer.phase_a, layer.phase_b]).toEqual(["random-like", "bulk+spikes"]);
    // Rank one but for the rounding of B to f32, which counts as zero.
    expect(layer.difference!.phase).toBe("rank-collapse");
    expect(layer.difference!.sv_max).toBeCloseTo(30, 5);
    expect(layer.difference!.unresolved).toBe(59);
    const numeric = LAYER_COLUMNS.map(({ name }) => name).filter((name) => typeof layer.difference![name] === "number");
    const identical = ["layer_id", "N", "M", "Q", "rf", "num_evals"];
    expect(numeric.filter((name) => !(name in layer.columns) && !identical.includes(name))).toEqual([]);
  });

  it("has no change of alpha where it is not valid in both", async () => {
    const { layers } = await run({ x: gaussian([80, 40], 1) }, { x: gaussian([80, 40], 2) });
    expect(layers[0].columns.alpha.change).toBeNull();
    expect(layers[0].columns.alpha.a).not.toBeNull();
    expect(layers[0].columns.stable_rank.change).not.toBeNull();
  });

  it("finds an unchanged layer and a constant shift, which have no spectrum", async () => {
    const a = fractions([30, 20], 37);
    const shifted = { shape: a.shape, values: a.values.map((value) => value + 0.25) };
    const { layers, summary } = await run({ same: a, shift: a }, { same: a, shift: shifted });
    const [same, shift] = layers;
    expect(same).toMatchObject({
      status: "unchanged",
      distance_raw: 0,
      relative_change: 0,
      difference: null,
      distance_cka: 1,
    });
    expect(shift).toMatchObject({ status: "changed", difference: null, notes: ["every weight moved by 0.25"] });
    expect(shift.distance_raw).toBeCloseTo(0.25 * Math.sqrt(600), 12);
    expect(summary).toMatchObject({ compared: 2, unchanged: 1, failed: 0 });
  });

  it("lists what is in one model only, with the reason, and what has another shape", async () => {
    const x = fractions([30, 20], 37);
    const result = await run(
      { x, a: fractions([20, 20], 3), wide: fractions([12, 20], 3), small: fractions([20, 20], 7) },
      { x, b: fractions([20, 20], 3), wide: fractions([12, 24], 3), small: fractions([20, 5], 7) },
    );
    expect(result.only_in_a.map(({ name, reason }) => [name, reason])).toEqual([
      ["a", "no layer of this name in B"],
      ["small", "skipped in B: 5 eigenvalues, fewer than 10 (--min-eigenvalues)"],
    ]);
    expect(result.only_in_b.map(({ name }) => name)).toEqual(["b"]);
    expect(result.mismatched).toEqual([{ name: "wide", shape_a: [12, 20], shape_b: [12, 24] }]);
  });

  it("says which model a layer fails in, and goes on", async () => {
    const x = fractions([30, 20], 37);
    const broken = { shape: x.shape, values: x.values.map((value, k) => (k === 5 ? Number.NaN : value)) };
    const { layers, summary } = await run({ x, y: x }, { x: broken, y: fractions([30, 20], 41) });
    expect(layers[0]).toMatchObject({ status: "failed", phase_b: null, distance_raw: null });
    expect(layers[0].reason).toMatch(/^in B: 1 of/);
    expect(layers[0].distance_cka).toBeNull();
    expect(layers[1].status).toBe("changed");
    expect(summary.failed).toBe(1);
  });

  it("tells no phase of a change that is no larger than the rounding of the weights", async () => {
    const a = gaussian([80, 40], 3);
    const noise = gaussian([80, 40], 4);
    // Within half a unit in the last place of f32.
    const moved = {
      shape: a.shape,
      values: Float32Array.from(a.values, (value, k) => Math.fround(value * (1 + 2e-8 * noise.values[k]))),
    };
    const { layers } = await run({ a }, { a: moved });
    expect(layers[0].difference!.phase).toBeNull();
    expect(layers[0].notes.join()).toContain("no larger than the rounding to F32 and F32");
  });

  it("reports progress and stops when told to", async () => {
    const x = fractions([30, 20], 37);
    const seen: number[] = [];
    await run(
      { x, y: x },
      { x, y: fractions([30, 20], 41) },
      { onProgress: ({ layersDone }: { layersDone: number }) => seen.push(layersDone) },
    );
    expect(seen).toEqual([0, 1, 2]);
    await expect(run({ x }, { x }, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });
});

describe("a comparison in print", () => {
  const comparison = (async () => {
    const a = gaussian([120, 60], 1);
    const long = "model.layers.11.self_attn.very_long_name_of_a_projection";
    const square = fractions([20, 20], 3);
    return run(
      {
        [`${long}.weight`]: a,
        same: square,
        gone: square,
        other: square,
        bad: { shape: [20, 20], values: new Float32Array(400).fill(Number.NaN) },
      },
      {
        [`${long}.weight`]: nudged(a, 30),
        same: square,
        "new\u001b[31m": square,
        other: fractions([20, 24], 3),
        bad: square,
      },
    );
  })();

  it("is valid by its published schema, and says every field", async () => {
    validate(JSON.parse(renderComparisonJson(await comparison)));
    expect(validate.errors).toBeNull();
    const { alpha: _, ...columns } = (await comparison).layers[0].columns;
    expect(Object.keys(columns).length).toBeGreaterThan(30);
    const { layers } = await comparison;
    expect(validate({ ...(await comparison), layers: [{ ...layers[0], extra: 1 } as LayerComparison] })).toBe(false);
  });

  it("describes every field in its schema, with the sentences of explain", () => {
    const { properties } = schema.definitions.layer;
    expect(Object.entries<{ description?: string }>(properties).filter(([, { description }]) => !description)).toEqual(
      [],
    );
    for (const { name, definition } of COMPARISON_COLUMNS) expect(properties[name].description).toBe(definition);
    const { summary } = schema.properties;
    expect(summary.properties.kind.enum).toEqual([...CHANGE_KINDS, "mixed", null]);
    expect(summary.properties.kinds.items.properties.kind.enum).toEqual(CHANGE_KINDS);
  });

  it.each([60, 80, 120])("fits %d columns", async (width) => {
    const lines = renderComparison(await comparison, { width }).split("\n");
    expect(lines.filter((line) => line.length > width)).toEqual([]);
    expect(lines[0]).toMatch(/^A low-rank change of rank 1/);
    expect(lines.find((line) => line.startsWith("layer"))).toMatch(/^layer +kind +moved/);
  });

  it("tells phases, failures, partners that are missing, and no control character", async () => {
    const text = renderComparison(await comparison, { width: 200 });
    expect(text).toMatch(/random-like -> bulk\+spikes +rank-collapse +1$/m);
    expect(text).toContain("unchanged");
    expect(text).toContain("failed: in A: 400 of 400 weights are not finite");
    expect(text).toContain("Only in A: gone (20x20): no layer of this name in B.");
    expect(text).toContain("Different shapes: other is 20x20 in A and 20x24 in B.");
    expect(text).not.toContain("\u001b");
  });

  it("says what was assumed of names that differ", async () => {
    const x = fractions([20, 20], 3);
    const text = renderComparison(await run({ "_orig_mod.0.weight": x }, { "0.weight": x }), { width: 200 });
    expect(text).toContain(
      'Assumed: 1 layer was paired by name without wrappers such as "module." or "model." (_orig_mod.0 in A, 0 in B).',
    );
  });
});

describe("models of two formats", () => {
  const gguf = (tensors: Record<string, ReturnType<typeof gaussian>>): FileSet => {
    const floats = Object.entries(tensors).map(([name, { shape, values }]) => {
      const bytes = new Uint8Array(Float32Array.from(values).buffer);
      return [name, { type: 0, dimensions: shape.toReversed(), bytes }] as const;
    });
    const source = () => bytesInMemory(ggufWith(Object.fromEntries(floats)));
    return { label: "b.gguf", entry: "b.gguf", list: async () => ["b.gguf"], open: async () => source() };
  };
  const warningsOf = async (b: Record<string, ReturnType<typeof gaussian>>) =>
    (await compare(model("a.safetensors", { x: gaussian([40, 40], 1), y: gaussian([60, 40], 2) }), gguf(b), {}))
      .warnings;
  const changed = nudged(gaussian([40, 40], 1), 1);

  it("are warned of where a square layer differs like an unrelated one, which a transposed one does", async () => {
    const other = gaussian([40, 40], 3);
    expect(await warningsOf({ x: other, y: gaussian([60, 40], 2) })).toEqual([
      "A is safetensors and B is gguf: one format may store matrices transposed; 1 square layer differs as unrelated " +
        "matrices do (x), and the difference is then wrong",
    ]);
  });

  it("are not warned of where square layers differ less, or others do", async () => {
    expect(await warningsOf({ x: changed, y: gaussian([60, 40], 2) })).toEqual([]);
    expect(await warningsOf({ x: changed, y: gaussian([60, 40], 4) })).toEqual([]);
  });
});
