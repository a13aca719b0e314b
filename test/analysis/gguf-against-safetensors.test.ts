import { describe, expect, it } from "vitest";
import { pairLayers } from "#eigenscope/analysis/compare/pair-layers.js";
import { compareModels } from "#eigenscope/analysis/index.js";
import { openModel } from "#eigenscope/analysis/open-model.js";
import { resolveOptions } from "#eigenscope/analysis/options.js";
import type { Layer } from "#eigenscope/layers/index.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { createReferenceEngine, inPlacePool } from "#eigenscope/spectra/index.js";
import { ggufWith, pair, row } from "../formats/build-gguf.js";
import { safetensorsWith } from "../formats/build-safetensors.js";
import { filesInMemory } from "../formats/files-in-memory.js";

/** A Llama in small: four heads of queries and two of keys and values. */
const [WIDTH, HIDDEN, TOKENS, BLOCKS] = [32, 48, 80, 2];
const HEADS = { q: 4, k: 2 } as const;
const HEAD_ROWS = WIDTH / HEADS.q;
const KEY_ROWS = HEADS.k * HEAD_ROWS;

/** What each tensor is called by Hugging Face and by llama.cpp, and its rows and columns. */
const IN_BLOCK = [
  ["self_attn.q_proj", "attn_q", WIDTH, WIDTH],
  ["self_attn.k_proj", "attn_k", KEY_ROWS, WIDTH],
  ["self_attn.v_proj", "attn_v", KEY_ROWS, WIDTH],
  ["self_attn.o_proj", "attn_output", WIDTH, WIDTH],
  ["mlp.gate_proj", "ffn_gate", HIDDEN, WIDTH],
  ["mlp.up_proj", "ffn_up", HIDDEN, WIDTH],
  ["mlp.down_proj", "ffn_down", WIDTH, HIDDEN],
] as const;
const ALL: readonly (readonly [huggingFace: string, gguf: string, rows: number, cols: number])[] = [
  ["model.embed_tokens", "token_embd", TOKENS, WIDTH],
  ...Array.from({ length: BLOCKS }, (_, block) =>
    IN_BLOCK.map(
      ([ours, theirs, rows, cols]) => [`model.layers.${block}.${ours}`, `blk.${block}.${theirs}`, rows, cols] as const,
    ),
  ).flat(),
  ["lm_head", "output", TOKENS, WIDTH],
];
const NORMS = [
  ["model.layers.0.input_layernorm.weight", "blk.0.attn_norm.weight"],
  ["model.norm.weight", "output_norm.weight"],
] as const;
const isRotary = (name: string): boolean => /attn_[qk]$/.test(name);

/**
 * Rows as llama.cpp stores them for its rotary embedding, which turns neighbours where Hugging Face's turns halves: row
 * s d/2 + j of a head of d rows is its row 2 j + s (`permute` in convert_hf_to_gguf.py).
 */
function rotaryOrder(values: Float32Array, cols: number): Float32Array {
  const half = HEAD_ROWS / 2;
  const permuted = new Float32Array(values.length);
  for (let from = 0; from < values.length / cols; from++) {
    const [head, within] = [Math.floor(from / HEAD_ROWS), from % HEAD_ROWS];
    const to = head * HEAD_ROWS + 2 * (within % half) + Math.floor(within / half);
    permuted.set(values.subarray(from * cols, (from + 1) * cols), to * cols);
  }
  return permuted;
}

function models() {
  const huggingFace: Record<string, { shape: number[]; values: Float32Array }> = {};
  const stored: Record<string, Parameters<typeof ggufWith>[0][string]> = {};
  ALL.forEach(([ours, theirs, rows, cols], k) => {
    const values = Float32Array.from({ length: rows * cols }, normalSampler(createRng(k + 1)));
    huggingFace[`${ours}.weight`] = { shape: [rows, cols], values };
    const inFile = isRotary(theirs) ? rotaryOrder(values, cols) : values;
    stored[`${theirs}.weight`] = { type: 0, dimensions: [cols, rows], bytes: new Uint8Array(inFile.buffer) };
  });
  for (const [ours, theirs] of NORMS) {
    const ones = new Float32Array(WIDTH).fill(1);
    huggingFace[ours] = { shape: [WIDTH], values: ones };
    stored[theirs] = row(...ones);
  }
  const pairs = [
    pair.text("general.architecture", "llama"),
    pair.u32("llama.embedding_length", WIDTH),
    pair.u32("llama.attention.head_count", HEADS.q),
    pair.u32("llama.attention.head_count_kv", HEADS.k),
  ];
  return {
    gguf: filesInMemory({ "model.gguf": ggufWith(stored, { pairs }) }, "model.gguf"),
    huggingFace: filesInMemory({ "model.safetensors": safetensorsWith(huggingFace) }, "model.safetensors"),
  };
}

async function eigenvaluesOf({ source }: Layer): Promise<Float64Array> {
  const task = createReferenceEngine().begin(source);
  for await (const block of source.blocks()) task.push(block);
  return task.finish().eigenvalues;
}

const HOST = { createPool: async () => inPlacePool(createReferenceEngine()) };

describe("a GGUF file beside the Hugging Face model that it was converted from", () => {
  it.each(["gguf first", "gguf second"])("pairs every layer by block and role, %s", async (order) => {
    const { gguf, huggingFace } = models();
    const [a, b] = order === "gguf first" ? [gguf, huggingFace] : [huggingFace, gguf];
    const { layers, only_in_a, only_in_b, mismatched, assumed, summary } = await compareModels(
      { a, b },
      { minEigenvalues: 1 },
      HOST,
    );
    expect([only_in_a, only_in_b, mismatched]).toEqual([[], [], []]);
    const names = ALL.map(([ours, theirs]) => (order === "gguf first" ? [theirs, ours] : [ours, theirs]));
    expect(layers.map(({ name, name_b }) => `${name} ${name_b}`).sort()).toEqual(
      names.map((both) => both.join(" ")).sort(),
    );
    expect(new Set(layers.map((layer) => layer.paired_by))).toEqual(new Set(["role"]));
    expect(assumed).toEqual([expect.stringMatching(/^16 layers were paired by block and role/)]);
    // Every weight is the same; queries and keys are in another order, which is said and from which no difference is
    // made.
    for (const { name, name_b, status, difference, distance_raw, notes, columns } of layers) {
      const rotary = isRotary(name) || isRotary(name_b);
      expect([name, status, difference, distance_raw]).toEqual([
        name,
        rotary ? "changed" : "unchanged",
        null,
        rotary ? null : 0,
      ]);
      expect(notes.some((note) => note.includes("libraries order the rows within heads differently"))).toBe(rotary);
      for (const column of ["norm", "lambda_max", "spectral_norm"]) {
        const { a: inA, b: inB } = columns[column];
        expect(Math.abs(inA! - inB!) / inA!).toBeLessThan(1e-12);
      }
    }
    expect(summary).toMatchObject({ compared: 16, unchanged: 12, failed: 0, relative_change: 0 });
  });

  it("gives queries and keys the same eigenvalues though their rows are in another order", async () => {
    const { gguf, huggingFace } = models();
    const options = resolveOptions({ minEigenvalues: 1 });
    const { pairs } = pairLayers(await openModel(gguf, options), await openModel(huggingFace, options));
    const rotary = pairs.filter(({ a }) => isRotary(a.name));
    expect(rotary).toHaveLength(2 * BLOCKS);
    for (const { a, b } of rotary) {
      const [inA, inB] = [await eigenvaluesOf(a), await eigenvaluesOf(b)];
      expect(inA).toHaveLength(Math.min(a.N, a.M));
      const largest = inA[inA.length - 1];
      // W'W sums the same products in another order: some units of the last place (1e-16) times the number of rows, 32.
      inA.forEach((value, k) => {
        expect(Math.abs(value - inB[k]) / largest).toBeLessThan(1e-12);
      });
    }
  });
});
