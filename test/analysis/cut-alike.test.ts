import { describe, expect, it } from "vitest";
import { cutAlike } from "#eigenscope/analysis/compare/cut-alike.js";
import { pairLayers } from "#eigenscope/analysis/compare/pair-layers.js";
import type { Comparison } from "#eigenscope/analysis/index.js";
import { openModel } from "#eigenscope/analysis/open-model.js";
import { type AnalyzeOptions, resolveOptions } from "#eigenscope/analysis/options.js";
import { Pace } from "#eigenscope/bytes/pace.js";
import type { Layer } from "#eigenscope/layers/index.js";
import { compare } from "#eigenscope/node/index.js";
import { createReferenceEngine } from "#eigenscope/spectra/index.js";
import { safetensorsWith } from "../formats/build-safetensors.js";
import { filesInMemory } from "../formats/files-in-memory.js";

interface Matrix {
  readonly shape: readonly [number, number];
  readonly values: Float64Array;
}

const COLS = 16;
/** Sylvester's matrix of order 16: its rows are orthogonal, of squared length 16. */
const hadamard = (i: number, j: number): number => ((i & j).toString(2).split("1").length % 2 === 1 ? 1 : -1);

/** Row i is `scale (1 + i)` times row i (mod 16) of Sylvester's matrix. */
const rowScale = (scale: number, i: number): number => scale * (1 + i);
function known(rows: number, scale: number): Matrix {
  const values = Float64Array.from({ length: rows * COLS }, (_, at) => {
    const i = Math.floor(at / COLS);
    return rowScale(scale, i) * hadamard(i % COLS, at % COLS);
  });
  return { shape: [rows, COLS], values };
}

/**
 * Its eigenvalues, ascending: W'W = H' D H with D the sums of squared scales of the rows that share a row of H; 16 D is
 * similar to it.
 */
function eigenvaluesOfKnown(rows: number, scale: number): number[] {
  const sums = Array.from({ length: Math.min(rows, COLS) }, (_, i) => {
    let sum = 0;
    for (let row = i; row < rows; row += COLS) sum += rowScale(scale, row) ** 2;
    return 16 * sum;
  });
  return sums.sort((x, y) => x - y);
}

function stacked(...parts: readonly Matrix[]): Matrix {
  return {
    shape: [parts.reduce((sum, { shape }) => sum + shape[0], 0), COLS],
    values: Float64Array.from(parts.flatMap(({ values }) => [...values])),
  };
}

function transposed({ shape: [rows, cols], values }: Matrix): Matrix {
  return {
    shape: [cols, rows],
    values: Float64Array.from(values, (_, at) => values[(at % rows) * cols + Math.floor(at / rows)]),
  };
}

type Tensors = Record<string, Matrix>;

function model(tensors: Tensors, config?: object) {
  const beside: Record<string, string> = config === undefined ? {} : { "config.json": JSON.stringify(config) };
  return filesInMemory({ "model.safetensors": safetensorsWith(tensors), ...beside }, "model.safetensors");
}

type Files = ReturnType<typeof model>;

async function pairedAlike(a: Files, b: Files, options: AnalyzeOptions = {}) {
  const resolved = resolveOptions({ minEigenvalues: 1, ...options });
  const { models, assumed } = await cutAlike([await openModel(a, resolved), await openModel(b, resolved)], new Pace());
  return { ...pairLayers(...models), assumed };
}

async function eigenvaluesOf({ source }: Layer): Promise<Float64Array> {
  const task = createReferenceEngine().begin(source);
  for await (const block of source.blocks()) task.push(block);
  return task.finish().eigenvalues;
}

/**
 * The largest relative error is some units of the last place of a double (1e-16) times the order, 16: 1e-12 leaves room
 * and no more.
 */
const CLOSE = 1e-12;
async function expectEigenvalues(layer: Layer, expected: readonly number[]): Promise<void> {
  const found = await eigenvaluesOf(layer);
  expect(found).toHaveLength(expected.length);
  const largest = expected[expected.length - 1];
  expected.forEach((value, k) => {
    expect(Math.abs(found[k] - value) / largest).toBeLessThan(CLOSE);
  });
}

const [q, k, v] = [known(32, 1), known(16, 3), known(16, 7)];
const SIZES = { q: [32, 1], k: [16, 3], v: [16, 7] } as const;
const apart = (block = 0): Tensors => ({
  [`model.layers.${block}.self_attn.q_proj.weight`]: q,
  [`model.layers.${block}.self_attn.k_proj.weight`]: k,
  [`model.layers.${block}.self_attn.v_proj.weight`]: v,
});
const fused = stacked(q, k, v);
const qkv = (name: string, matrix = fused) => model({ [name]: matrix });

describe("a fused projection beside a model that stores its parts apart", () => {
  it.each([
    "h.0.attn.in_proj_weight",
    "model.layers.0.self_attn.qkv_proj.weight",
    "blocks.0.attn.Wqkv.weight",
    "blk.0.attn_qkv.weight",
  ])("%s is cut by their sizes, in both directions, and its parts have their eigenvalues", async (name) => {
    const split = model(apart());
    for (const [a, b] of [
      [qkv(name), split],
      [split, qkv(name)],
    ]) {
      const { pairs, onlyInA, onlyInB, assumed } = await pairedAlike(a, b);
      expect([onlyInA, onlyInB]).toEqual([[], []]);
      expect(pairs.map((pair) => pair.a.role)).toEqual(["attention.q", "attention.k", "attention.v"]);
      for (const pair of pairs) {
        const [rows, scale] = SIZES[pair.a.role!.slice(-1) as keyof typeof SIZES];
        expect(pair.a.shape).toEqual([rows, COLS]);
        for (const layer of [pair.a, pair.b]) await expectEigenvalues(layer, eigenvaluesOfKnown(rows, scale));
      }
      const [one, other] = a === split ? ["B", "A"] : ["A", "B"];
      expect(assumed).toEqual([
        `1 fused tensor of ${one} was cut by the sizes of ${other}'s layers, in order (${name} like ` +
          "model.layers.0.self_attn.q_proj, " +
          "model.layers.0.self_attn.k_proj, model.layers.0.self_attn.v_proj)",
      ]);
    }
  });

  it("of GPT-2 is cut by columns, as its weights are stored in x out", async () => {
    const { pairs } = await pairedAlike(qkv("h.0.attn.c_attn.weight", transposed(fused)), model(apart()));
    expect(pairs.map((pair) => [pair.a.name, ...pair.a.shape])).toEqual([
      ["h.0.attn.c_attn[q]", COLS, 32],
      ["h.0.attn.c_attn[k]", COLS, 16],
      ["h.0.attn.c_attn[v]", COLS, 16],
    ]);
    for (const [at, [rows, scale]] of Object.values(SIZES).entries()) {
      await expectEigenvalues(pairs[at].a, eigenvaluesOfKnown(rows, scale));
    }
  });

  it("is cut by their sizes where thirds that its name suggests are not theirs", async () => {
    const [few, fewer] = [known(8, 3), known(8, 7)];
    const b = {
      ...apart(),
      "model.layers.0.self_attn.k_proj.weight": few,
      "model.layers.0.self_attn.v_proj.weight": fewer,
    };
    const { pairs, assumed } = await pairedAlike(qkv("layers.0.attn.qkv.weight", stacked(q, few, fewer)), model(b));
    expect(pairs.map((pair) => pair.a.shape[0])).toEqual([32, 8, 8]);
    expect(pairs[0].a.notes).toEqual([
      "one of q, k, v, which are stored in one matrix (cut into 32, 8, 8 like the other model's)",
    ]);
    await expectEigenvalues(pairs[1].a, eigenvaluesOfKnown(8, 3));
    expect(assumed).toHaveLength(1);
  });

  it("is not cut anew where thirds or the configuration have told its parts", async () => {
    const same = { ...apart(), "model.layers.0.self_attn.q_proj.weight": known(16, 1) };
    const thirds = stacked(...Object.values(same));
    const equal = await pairedAlike(qkv("layers.0.attn.qkv.weight", thirds), model(same));
    expect(equal).toMatchObject({ assumed: [], onlyInA: [] });
    expect(equal.pairs[0].a.notes).toEqual(["one of q, k, v, which are stored in one matrix"]);
    const config = { model_type: "phi3", hidden_size: 16, num_attention_heads: 8, num_key_value_heads: 4, head_dim: 4 };
    const told = await pairedAlike(model({ "layers.0.attn.qkv_proj.weight": fused }, config), model(apart()));
    expect(told).toMatchObject({ assumed: [], onlyInA: [] });
    expect(told.pairs[0].a.notes[0]).toContain("8 heads of 4");
  });

  it("is not cut where the sizes do not add up, and both sides say why", async () => {
    const b = { ...apart(), "model.layers.0.self_attn.v_proj.weight": known(8, 7) };
    const why = "64 x 16 is not the sum of the other model's parts (32 x 16, 16 x 16, 8 x 16)";
    for (const swap of [false, true]) {
      const files = [qkv("layers.0.attn.qkv.weight"), model(b)] as const;
      const { pairs, onlyInA, onlyInB, assumed } = await (swap
        ? pairedAlike(files[1], files[0])
        : pairedAlike(...files));
      expect([pairs, assumed]).toEqual([[], []]);
      const [whole, parts] = swap ? [onlyInB, onlyInA] : [onlyInA, onlyInB];
      expect(whole.map(({ name }) => name)).toEqual(["layers.0.attn.qkv"]);
      expect(parts).toHaveLength(3);
      expect(whole[0].reason).toMatch(/has its parts as separate layers .*, and it was not cut: /);
      for (const { reason } of [...whole, ...parts]) expect(reason).toContain(why);
      expect(parts[0].reason).toContain(
        `${swap ? "B" : "A"} has it fused with others in one matrix (layers.0.attn.qkv)`,
      );
    }
  });

  it.each([
    [undefined, "the order within query_key_value differs by family"],
    [{ model_type: "bloom" }, "its heads interleave"],
    [{ model_type: "gpt_neox" }, "its heads interleave"],
  ])("is not cut where its heads interleave or may do so (%j)", async (config, why) => {
    const a = model({ "h.0.self_attention.query_key_value.weight": fused }, config);
    const { pairs, onlyInA, onlyInB } = await pairedAlike(a, model(apart()));
    expect(pairs).toEqual([]);
    for (const { reason } of [...onlyInA, ...onlyInB]) expect(reason).toContain(why);
    expect(onlyInB).toHaveLength(3);
  });

  it("is not cut where it is square, so that its parts may lie along either axis", async () => {
    const square = { shape: [32, 32] as const, values: new Float64Array(1024).fill(1) };
    const rows = (count: number) => ({ shape: [count, 32] as const, values: new Float64Array(count * 32).fill(1) });
    const b = {
      "layers.0.attn.q_proj.weight": rows(16),
      "layers.0.attn.k_proj.weight": rows(8),
      "layers.0.attn.v_proj.weight": rows(8),
    };
    const { onlyInA } = await pairedAlike(qkv("layers.0.attn.qkv_proj.weight", square), model(b));
    expect(onlyInA[0].reason).toContain("32 x 32 may be cut along either axis");
  });

  it("of gate and up, or of keys and values, is cut as well", async () => {
    const a = {
      "layers.0.mlp.gate_up_proj.weight": transposed(stacked(known(32, 1), known(32, 5))),
      "layers.0.attn2.to_kv.weight": stacked(k, q),
    };
    const b = {
      "model.layers.0.mlp.gate_proj.weight": known(32, 1),
      "model.layers.0.mlp.up_proj.weight": known(32, 5),
      "model.layers.0.attn2.to_k.weight": k,
      "model.layers.0.attn2.to_v.weight": q,
    };
    const { pairs, onlyInA, onlyInB, assumed } = await pairedAlike(model(a), model(b));
    expect([onlyInA, onlyInB]).toEqual([[], []]);
    const byRole = new Map(pairs.map((pair) => [pair.a.role, pair.a]));
    await expectEigenvalues(byRole.get("mlp.gate")!, eigenvaluesOfKnown(32, 1));
    await expectEigenvalues(byRole.get("mlp.up")!, eigenvaluesOfKnown(32, 5));
    await expectEigenvalues(byRole.get("attention.k")!, eigenvaluesOfKnown(16, 3));
    await expectEigenvalues(byRole.get("attention.v")!, eigenvaluesOfKnown(32, 1));
    expect(assumed[0]).toMatch(/^2 fused tensors of A were cut/);
  });

  it(
    "stays whole where --fused whole asks for it, where the other model fuses it too, and where it has only " +
      "some of its parts",
    async () => {
      const whole = await pairedAlike(qkv("layers.0.attn.qkv.weight"), model(apart()), { fused: "whole" });
      expect(whole.onlyInA[0].reason).toContain("as --fused whole asks");
      const both = await pairedAlike(
        qkv("layers.0.attn.qkv.weight"),
        model({ ...apart(), "layers.0.attn.qkv.weight": fused }),
      );
      expect(both.pairs.map((pair) => pair.a.name)).toEqual(["layers.0.attn.qkv"]);
      const { "model.layers.0.self_attn.v_proj.weight": _, ...some } = apart();
      const partly = await pairedAlike(qkv("layers.0.attn.qkv.weight"), model(some));
      expect(partly.onlyInA[0].reason).toBe("no layer of this name in B");
    },
  );

  it("leaves to their partners the other model's parts that have one, and looks in the same block only", async () => {
    const a: Tensors = { ...apart(), "layers.0.attn.qkv.weight": fused };
    const { pairs, onlyInA } = await pairedAlike(model(a), model(apart()));
    expect(pairs.map((pair) => pair.by)).toEqual(["name", "name", "name"]);
    expect(onlyInA.map(({ reason }) => reason)).toEqual(["no layer of this name in B"]);
    expect((await pairedAlike(qkv("layers.0.attn.qkv.weight"), model(apart(1)))).pairs).toEqual([]);
    const { "model.layers.0.self_attn.v_proj.weight": _, ...some } = a;
    const partly = await pairedAlike(model(some), model(apart()));
    expect(partly.pairs.map((pair) => pair.by)).toEqual(["name", "name"]);
    expect(partly.onlyInA.map(({ reason }) => reason)).toEqual(["no layer of this name in B"]);
  });

  it("is not cut where two fused tensors have one place, and is in thirds where sizes do not add up", async () => {
    const two = model({ "layers.0.attn.qkv.weight": fused, "layers.0.attn2.qkv.weight": fused });
    expect(await pairedAlike(two, model(apart()))).toMatchObject({ pairs: [], assumed: [] });
    const thirds = await pairedAlike(qkv("layers.0.attn.qkv.weight", stacked(known(16, 1), k, v)), model(apart()));
    expect(thirds.pairs.map((pair) => pair.a.name)).toEqual(["layers.0.attn.qkv[k]", "layers.0.attn.qkv[v]"]);
    expect([thirds.assumed, thirds.onlyInA[0].reason]).toEqual([[], "no layer of this name in B"]);
  });

  it("is cut like the parts of its own section", async () => {
    const sections = ["encoder", "decoder"];
    const other = stacked(known(32, 11), known(16, 13), known(16, 17));
    const a = model({ "encoder.layers.0.attn.qkv.weight": fused, "decoder.layers.0.attn.qkv.weight": other });
    const b = sections.flatMap((section) =>
      Object.entries(apart()).map(([name, matrix]) => [name.replace("model.", `model.${section}.`), matrix] as const),
    );
    const { pairs, onlyInA, onlyInB } = await pairedAlike(a, model(Object.fromEntries(b)));
    expect([pairs.length, onlyInA, onlyInB]).toEqual([6, [], []]);
    for (const pair of pairs) expect(pair.a.name.slice(0, 7)).toBe(pair.b.name.slice(6, 13));
  });

  it("may be chosen and left out by its own name, and its parts by theirs", async () => {
    const a = qkv("layers.0.attn.qkv.weight");
    const chosen = { layers: ["layers.0.attn.qkv", "*_proj"] };
    expect((await pairedAlike(a, model(apart()), chosen)).pairs).toHaveLength(3);
    expect((await pairedAlike(a, model(apart()), { ...chosen, exclude: ["*[[]k]"] })).pairs).toHaveLength(2);
    expect((await pairedAlike(a, model(apart()), { layers: ["*_proj"] })).pairs).toHaveLength(0);
  });

  it("gives a comparison in which nothing changed, with what was assumed", async () => {
    const compared: Comparison = await compare(qkv("layers.0.attn.qkv.weight"), model(apart()), { minEigenvalues: 1 });
    expect(compared.layers.map(({ name, name_b, status }) => [name, name_b, status])).toEqual([
      ["layers.0.attn.qkv[q]", "model.layers.0.self_attn.q_proj", "unchanged"],
      ["layers.0.attn.qkv[k]", "model.layers.0.self_attn.k_proj", "unchanged"],
      ["layers.0.attn.qkv[v]", "model.layers.0.self_attn.v_proj", "unchanged"],
    ]);
    expect(compared.assumed[0]).toMatch(/^1 fused tensor of A was cut by the sizes of B's layers, in order/);
  });
});
