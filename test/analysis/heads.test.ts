import { describe, expect, it } from "vitest";
import { headColumns } from "#eigenscope/analysis/extras/heads.js";
import { layerBlocks } from "#eigenscope/analysis/head-source.js";
import type { AnalyzeOptions, Report } from "#eigenscope/analysis/index.js";
import type { HeadSpectra } from "#eigenscope/analysis/optional-columns.js";
import { bytesInMemory, type FileSet, FormatError } from "#eigenscope/formats/index.js";
import { safetensorsBytes } from "#eigenscope/formats/safetensors/writer.js";
import type { Layer } from "#eigenscope/layers/index.js";
import { analyze } from "#eigenscope/node/index.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { layerRecord } from "../report/example-report.js";

const [WIDTH, HEADS, SIZE] = [80, 2, 40];
const AT = "layers.0.self_attn.";

type Matrix = readonly (readonly number[])[];

function random(rows: number, cols: number, seed: number): number[][] {
  const normal = normalSampler(createRng(seed));
  return Array.from({ length: rows }, () => Array.from({ length: cols }, () => normal() / 10));
}

/** A model of these matrices, and with `config` a config.json beside it. */
function modelOf(matrices: Readonly<Record<string, Matrix>>, config?: object): FileSet {
  const tensors = Object.entries(matrices).map(([name, rows]) => ({
    name: `${name}.weight`,
    shape: [rows.length, rows[0].length],
    values: Float32Array.from(rows.flat()),
  }));
  const files: Record<string, Uint8Array> = {
    "model.safetensors": safetensorsBytes(tensors),
    ...(config !== undefined && { "config.json": new TextEncoder().encode(JSON.stringify(config)) }),
  };
  return {
    label: "model.safetensors",
    entry: "model.safetensors",
    list: async () => Object.keys(files),
    open: async (name) => {
      if (files[name] === undefined) throw new FormatError("is not there", { kind: "missing", file: name });
      return bytesInMemory(files[name]);
    },
  };
}

const CONFIG = { hidden_size: WIDTH, num_attention_heads: HEADS };
const report = (files: FileSet, options: AnalyzeOptions = { heads: true }): Promise<Report> =>
  analyze(files, { engine: "wasm", ...options }).report();

/** The columns that a head has, of a layer's row. */
const asHead = (record: Report["layers"][number]) =>
  Object.fromEntries(LISTS.map((name) => [name, record[name as keyof typeof record]]));
const LISTS: readonly (keyof HeadSpectra)[] = [
  ...(["reason", "alpha", "alpha_valid", "alpha_low", "alpha_high", "lambda_max", "stable_rank"] as const),
  ...(["norm", "spikes", "tail_index", "phase", "phase_confidence"] as const),
];
const headOf = (heads: HeadSpectra, k: number) => Object.fromEntries(LISTS.map((name) => [name, heads[name][k]]));

/** Equal, numbers up to the order in which the sums of the Gram matrix are added. */
function expectAlike(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): void {
  const near = (value: unknown) => (typeof value === "number" ? expect.closeTo(value, 10) : value);
  expect(a).toEqual(Object.fromEntries(Object.entries(b).map(([name, value]) => [name, near(value)])));
}

describe("the heads of a projection", () => {
  const q = random(HEADS * SIZE, WIDTH, 1);
  const o = random(WIDTH, HEADS * SIZE, 2);

  it("are measured like layers that have their rows or columns", async () => {
    const { layers } = await report(modelOf({ [`${AT}q_proj`]: q, [`${AT}o_proj`]: o }, CONFIG));
    const alone = Object.fromEntries(
      Array.from({ length: HEADS }, (_, k) => [
        [`q${k}`, q.slice(k * SIZE, (k + 1) * SIZE)],
        [`o${k}`, o.map((row) => row.slice(k * SIZE, (k + 1) * SIZE))],
      ]).flat(),
    );
    const own = await report(modelOf(alone), {});
    const recordOf = (name: string) => own.layers.find(({ longname }) => longname === name)!;
    for (const [layer, letter] of [
      [layers[0], "q"],
      [layers[1], "o"],
    ] as const) {
      expect([layer.head_count, layer.head_size]).toEqual([HEADS, SIZE]);
      for (let k = 0; k < HEADS; k++)
        expectAlike(headOf(layer.heads as HeadSpectra, k), asHead(recordOf(`${letter}${k}`)));
      expect(layer.heads?.phase).toEqual(["random-like", "random-like"]);
      expect(layer.notes).toContain(`${HEADS} heads of ${SIZE}, by config.json`);
    }
  });

  it("are groups of the report, one per role", async () => {
    const { groups, layers } = await report(modelOf({ [`${AT}q_proj`]: q, [`${AT}o_proj`]: o }, CONFIG));
    expect(groups.map(({ kind, name, members }) => [kind, name, members])).toEqual([
      ["heads", "layers.*.self_attn.q_proj", HEADS],
      ["heads", "layers.*.self_attn.o_proj", HEADS],
    ]);
    expect(groups[0].grid.stable_rank[0]).toEqual(layers[0].heads?.stable_rank);
  });

  it("change nothing else in the row, and add nothing without the option", async () => {
    const files = () => modelOf({ [`${AT}q_proj`]: q }, CONFIG);
    const [plain] = (await report(files(), {})).layers;
    const [cut] = (await report(files())).layers;
    expect(Object.keys(plain).some((name) => name.startsWith("head"))).toBe(false);
    const { head_count, head_size, heads, notes, ...rest } = cut;
    const added = Object.keys(rest).filter((name) => name.startsWith("head_"));
    expect(Object.fromEntries(Object.entries(rest).filter(([name]) => !added.includes(name)))).toEqual(
      (({ notes: _, ...others }) => others)(plain),
    );
    expect(notes).toEqual([...plain.notes.slice(0, 0), `${HEADS} heads of ${SIZE}, by config.json`, ...plain.notes]);
    expect([head_count, head_size, heads?.alpha.length]).toEqual([HEADS, SIZE, HEADS]);
  });

  it("that are all zero fail alone, with their reason", async () => {
    const pruned = q.map((row, i) => (i < SIZE ? row.map(() => 0) : row));
    const [{ heads }] = (await report(modelOf({ [`${AT}q_proj`]: pruned }, CONFIG))).layers;
    expect(heads?.reason[0]).toMatch(/zero/);
    expect(heads?.lambda_max.map((value) => value === null)).toEqual([true, false]);
    expect(heads?.reason[1]).toBeNull();
  });

  it("are null with a warning where nothing tells their number, and there if the caller states it", async () => {
    const unknown = await report(modelOf({ [`${AT}q_proj`]: q }));
    expect([unknown.layers[0].heads, unknown.layers[0].head_count]).toEqual([null, null]);
    expect(unknown.input.warnings).toEqual([expect.stringContaining("no config.json beside the model gives it")]);
    expect(unknown.groups).toEqual([]);
    const stated = await report(modelOf({ [`${AT}q_proj`]: q }), { heads: "4/2" });
    expect([stated.layers[0].head_count, stated.input.warnings]).toEqual([4, []]);
    expect(stated.layers[0].notes).toContain("4 heads of 20, by --heads");
  });
});

describe("the columns of heads", () => {
  const row = (alpha: number | null, alpha_valid: boolean, stable_rank: number) =>
    layerRecord({ alpha, alpha_valid, stable_rank });

  it("are medians and interquartile ranges: of alpha over the heads where it is valid", () => {
    const rows = [row(2, true, 1), row(3, true, 2), row(9, false, 3), row(5, true, 4), row(4, true, 10)];
    expect(headColumns({ count: 5, size: 8, along: "rows", from: "" }, rows)).toMatchObject({
      ...{ head_count: 5, head_size: 8, head_alpha_median: 3.5, head_alpha_iqr: 2 },
      ...{ head_stable_rank_median: 3, head_stable_rank_iqr: 2 },
    });
  });

  it("are null where no head has a valid alpha", () => {
    const columns = headColumns({ count: 1, size: 8, along: "rows", from: "" }, [row(2, false, 1)]);
    expect([columns.head_alpha_median, columns.head_alpha_iqr, columns.head_stable_rank_iqr]).toEqual([null, null, 0]);
  });
});

describe("the blocks of a matrix for its heads", () => {
  const counted = (rows: number, cols: number) => {
    let reads = 0;
    const source = {
      ...{ count: 1, rows, cols },
      async *blocks() {
        reads++;
        yield new Float32Array(4);
      },
    };
    return { layer: { source } as unknown as Layer, reads: () => reads };
  };

  it("are read once if the matrix may be held in memory, else again for each head", async () => {
    for (const [cols, expected] of [
      [2, 1],
      [2 ** 25 + 1, 2],
    ] as const) {
      const { layer, reads } = counted(2, cols);
      const blocks = await layerBlocks(layer);
      for (let head = 0; head < 2; head++) for await (const _ of blocks());
      expect(reads()).toBe(expected);
    }
  });
});
