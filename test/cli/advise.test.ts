import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { modelName } from "#eigenscope/cli/advise.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { smallSvd, thinQr } from "#eigenscope/numeric/small-svd.js";
import { safetensorsWith } from "../formats/build-safetensors.js";
import { BUILT, shell } from "./eigenscope-process.js";
import { manyCommands } from "./many-commands.js";

const run = manyCommands();
const normal = normalSampler(createRng(11));
const gaussian = (length: number): Float64Array => Float64Array.from({ length }, normal);

type Weights = Record<string, { shape: readonly number[]; values: Float32Array }>;

/** Noise and `k` directions of rising strength. */
function weight(rows: number, cols: number, k: number): Weights[string] {
  const values = gaussian(rows * cols);
  for (let s = 1; s <= k; s++) {
    const [u, v] = [gaussian(rows), gaussian(cols)];
    for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) values[i * cols + j] += (s / 2) * u[i] * v[j];
  }
  return { shape: [rows, cols], values: Float32Array.from(values, (value) => 0.02 * value) };
}

/** A small network with the names of Llama; blocks 0 to 11, so that names are not in the order of numbers. */
function llama(): Weights {
  const weights: Weights = { "model.embed_tokens.weight": weight(120, 64, 2) };
  for (let block = 0; block < 12; block++) {
    const at = `model.layers.${block}`;
    weights[`${at}.self_attn.q_proj.weight`] = weight(64, 64, 1 + (block % 5));
    weights[`${at}.mlp.up_proj.weight`] = weight(192, 64, 1 + ((3 * block) % 7));
    weights[`${at}.mlp.down_proj.weight`] = weight(64, 192, 1 + ((5 * block) % 4));
    weights[`${at}.input_layernorm.weight`] = { shape: [64], values: new Float32Array(64).fill(1) };
  }
  weights["lm_head.weight"] = weight(120, 64, 3);
  return weights;
}

/** Spectrum's ratio by its own formula, from singular values that were computed without W'W. */
function spectrumFormula({ shape: [rows, cols], values }: Weights[string]): number {
  const [n, m] = [Math.max(rows, cols), Math.min(rows, cols)];
  const tall = Float64Array.from({ length: n * m }, (_, at) => {
    const [i, j] = [Math.floor(at / m), at % m];
    return rows >= cols ? values[i * cols + j] : values[j * cols + i];
  });
  const S = Array.from(smallSvd(thinQr(tall, m).r, m).values);
  const quantile = (p: number): number => {
    const [ascending, at] = [S.toReversed(), p * (m - 1)];
    const low = Math.floor(at);
    return ascending[low] + (at - low) * ((ascending[low + 1] ?? ascending[low]) - ascending[low]);
  };
  const threshold = ((quantile(0.75) - quantile(0.25)) / 1.349) * (1 + Math.sqrt(m / n));
  const sum = (part: number[]): number => part.reduce((all, s) => all + s, 0);
  const noise = S.filter((s) => s <= threshold);
  return sum(S.filter((s) => s > threshold)) / (noise.length === 0 ? 1 : sum(noise)) / S[0];
}

describe.skipIf(!BUILT)("eigenscope advise", () => {
  let folder: string;
  const at = (...names: string[]): string => join(folder, ...names);
  const json = async (...names: string[]) => JSON.parse(await readFile(at(...names), "utf8"));
  const advise = (...args: string[]) => run(["advise", ...args], folder);
  const weights = llama();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eigenscope-advise-"));
    await mkdir(at("model"));
    const names = Object.keys(weights).sort();
    const shards = [names.filter((_, i) => i % 2 === 0), names.filter((_, i) => i % 2 === 1)];
    const map: Record<string, string> = {};
    for (const [i, shard] of shards.entries()) {
      const file = `model-0000${i + 1}-of-00002.safetensors`;
      for (const name of shard) map[name] = file;
      const tensors = Object.fromEntries(shard.map((name) => [name, weights[name]]));
      await writeFile(at("model", file), safetensorsWith(tensors));
    }
    await writeFile(at("model", "model.safetensors.index.json"), JSON.stringify({ metadata: {}, weight_map: map }));
    await writeFile(at("model", "config.json"), JSON.stringify({ model_type: "llama" }));

    await mkdir(at("adapter"));
    const factors: Weights = {};
    for (const block of [0, 1]) {
      const name = `base_model.model.model.layers.${block}.self_attn.q_proj`;
      factors[`${name}.lora_A.weight`] = { shape: [24, 160], values: Float32Array.from(gaussian(24 * 160)) };
      factors[`${name}.lora_B.weight`] = weight(96, 24, 8 * block + 2);
    }
    await writeFile(at("adapter", "adapter_model.safetensors"), safetensorsWith(factors));
    const config = { peft_type: "LORA", r: 24, lora_alpha: 48, target_modules: ["q_proj"] };
    await writeFile(at("adapter", "adapter_config.json"), JSON.stringify(config));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("writes Spectrum's scan of a sharded checkpoint: each ratio is that of Spectrum's formula to 1e-9", async () => {
    const done = await advise("model", "--for", "finetuning", "--name", "org/tiny_llama", "--out", "scan");
    expect(done).toMatchObject({ code: 0, stderr: "" });
    const scan = await json("scan", "model_snr_results", "snr_results_org-tiny-llama.json");
    const matrices = Object.entries(weights).filter(([, { shape }]) => shape.length === 2);
    for (const [name, weight] of matrices) {
      const { snr } = scan[name.slice(0, -".weight".length)];
      // W'W in f64 keeps 1e-16 of the largest eigenvalue; those here spread over 1e5. Spectra in f32 give 1e-7.
      expect(Math.abs(snr / spectrumFormula(weight) - 1), name).toBeLessThan(1e-9);
    }
    // Norms have one singular value, which is divided by itself.
    expect(scan["model.layers.3.input_layernorm"]).toEqual({ snr: 1, type: "input_layernorm" });
    expect(Object.keys(scan)).toHaveLength(Object.keys(weights).length);
    // Ties keep the order of the model: by numbers, not by names.
    const list: string[] = parse(
      await readFile(at("scan", "snr_results_org-tiny-llama_unfrozenparameters_50percent.yaml"), "utf8"),
    ).unfrozen_parameters;
    expect(list.filter((name) => name.endsWith("layernorm"))).toEqual(
      [0, 1, 2, 3, 4, 5].map((i) => `model.layers.${i}.input_layernorm`),
    );
    expect(list.slice(0, 2)).toEqual(["^lm_head.weight$", "^model.embed_tokens.weight$"]);
    expect(done.stdout).toContain("authors claim");
  });

  it("chooses from a scan without any model, and names the list after it", async () => {
    const scan = at("scan", "model_snr_results", "snr_results_org-tiny-llama.json");
    const done = await advise("--for", "finetuning", "--scan", scan, "--top", "25", "--out", "chosen");
    expect(done.code).toBe(0);
    const [file, ...others] = await readdir(at("chosen"));
    expect([file, others]).toEqual(["snr_results_org-tiny-llama_unfrozenparameters_25percent.yaml", []]);
    expect(parse(await readFile(at("chosen", file), "utf8")).unfrozen_parameters).toHaveLength(2 + 4 * 3);
  });

  it("calls a model what a trainer's configuration calls it", () => {
    const names = [at("model"), `${at("model")}/`, "org/model@v1.0:unet/x.safetensors", "org/model", "/", "a/b/c/"];
    expect(names.map(modelName)).toEqual([at("model"), at("model"), "org/model", "org/model", "/", "a/b/c"]);
  });

  it("gives the same choice from the scan as from the model", async () => {
    const [fromModel] = (await readdir(at("scan"))).filter((name) => name.endsWith(".yaml"));
    await advise(
      "--for",
      "finetuning",
      "--scan",
      "scan/model_snr_results/snr_results_org-tiny-llama.json",
      "--out",
      "again",
    );
    expect(await readFile(at("again", fromModel), "utf8")).toBe(await readFile(at("scan", fromModel), "utf8"));
  });

  it.each([
    ["finetuning", 1 + 12 * 4 + 1],
    ["lora", 36],
    ["pruning", 12],
    ["learning-rate", 35],
    ["weight-decay", 35],
  ] as const)("gives JSON for %s that its schema accepts, and a table of at most 80 columns", async (purpose, rows) => {
    const schema = JSON.parse(await readFile(new URL("../../schema/advice.schema.json", import.meta.url), "utf8"));
    const done = await advise("model", "--for", purpose, "--json");
    expect(done.code).toBe(0);
    const advice = JSON.parse(done.stdout);
    const validate = new Ajv({ allowUnionTypes: true }).compile(schema);
    expect(validate(advice), JSON.stringify(validate.errors)).toBe(true);
    expect(advice.for).toBe(purpose);
    expect(advice.rows).toHaveLength(rows);
    expect(advice.files).toEqual([]);
    const { stdout } = await advise("model", "--for", purpose);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toContain("give --out <folder> for");
  });

  it("gives learning rates and decays between the papers' shares of the base, by the exponent", async () => {
    await advise("model", "--for", "learning-rate", "--rate", "0.01", "--json", "rates.json", "--out", "rates");
    const rates: { alpha_hill: number; lr: number }[] = (await json("rates.json")).rows;
    const sorted = rates.toSorted((a, b) => a.alpha_hill - b.alpha_hill);
    expect([sorted[0].lr, sorted.at(-1)?.lr]).toEqual([0.005, 0.015]);
    const groups: { name: string; modules: string[]; lr: number }[] = parse(
      await readFile(at("rates", "lr_groups.yaml"), "utf8"),
    ).lr_groups;
    expect(groups).toHaveLength(rates.length);
    // Exactly one group hits each parameter.
    for (const { name, lr } of rates as unknown as { name: string; lr: number }[]) {
      const hits = groups.filter(({ modules }) => modules.some((module) => `${name}.weight`.includes(module)));
      expect(hits.map((group) => group.lr)).toEqual([lr]);
    }
    await advise("model", "--for", "weight-decay", "--decay", "0.3", "--ratios", "0.5,2", "--out", "decays");
    const decays = Object.values(await json("decays", "weight_decays.json")) as number[];
    expect([Math.min(...decays), Math.max(...decays)]).toEqual([0.15, 0.6]);
  });

  it("keeps the mean of the sparsities, and writes exponents that NumPy reads", async () => {
    await advise("model", "--for", "pruning", "--sparsity", "0.7", "--out", "pruned");
    const { sparsity }: { sparsity: number[] } = parse(await readFile(at("pruned", "sparsity.yaml"), "utf8"));
    expect(sparsity).toHaveLength(12);
    // All blocks have the same number of weights; six digits are written.
    expect(Math.abs(sparsity.reduce((a, b) => a + b, 0) / 12 - 0.7)).toBeLessThan(1e-6);
    const npy = await readFile(at("pruned", "alpha_mid.npy"));
    expect(npy.subarray(1, 6).toString()).toBe("NUMPY");
    expect(npy.toString("latin1")).toContain("'shape': (36,)");
    expect(npy.length % 64).toBe((36 * 8) % 64);
  });

  it("cuts an adapter into a new folder, and never touches the old one", async () => {
    const before = await readFile(at("adapter", "adapter_model.safetensors"));
    const done = await advise("adapter", "--for", "lora", "--shrink", "smaller", "--json", "ranks.json");
    expect(done.code).toBe(0);
    expect(done.stderr).toContain("adapter_model.safetensors");
    expect(await readFile(at("adapter", "adapter_model.safetensors"))).toEqual(before);
    expect(await json("adapter", "adapter_config.json")).toMatchObject({ r: 24, lora_alpha: 48 });
    const { rows } = await json("ranks.json");
    expect(rows.map((row: { rank: number }) => row.rank)).toEqual([2, 10]);
    expect(rows[0].written_error).toBeCloseTo(rows[0].relative_error, 6);
    const config = await json("smaller", "adapter_config.json");
    expect(config).toMatchObject({ peft_type: "LORA", r: 2, lora_alpha: 4, target_modules: ["q_proj"] });
    expect(config.rank_pattern).toEqual({ "model.layers.1.self_attn.q_proj": 10 });
    expect(config.alpha_pattern).toEqual({ "model.layers.1.self_attn.q_proj": 20 });
    // eigenscope itself reads the new adapter, with the same scale.
    const described = JSON.parse((await run(["describe", "smaller", "--json"], folder)).stdout);
    expect(described.layers.map(({ notes }: { notes: string[] }) => notes.join())).toEqual([
      expect.stringContaining("alpha 4 / 2"),
      expect.stringContaining("alpha 20 / 10"),
    ]);
    expect(await advise("adapter", "--for", "lora", "--shrink", "smaller")).toMatchObject({
      ...{ code: 2, stderr: expect.stringContaining("smaller is not empty") },
    });
  });

  const model = async (name: string, tensors: Weights, config: object): Promise<string> => {
    await mkdir(at(name));
    await writeFile(at(name, "model.safetensors"), safetensorsWith(tensors));
    await writeFile(at(name, "config.json"), JSON.stringify(config));
    return name;
  };
  const finetuning = async (name: string) => JSON.parse((await advise(name, "--for", "finetuning", "--json")).stdout);

  it("writes the names that the loaded model has, where the checkpoint of images and text has others", async () => {
    const vlm = await model(
      "vlm",
      {
        "language_model.model.layers.0.mlp.up_proj.weight": weight(64, 64, 2),
        "language_model.model.layers.1.mlp.up_proj.weight": weight(64, 64, 3),
      },
      { model_type: "llava", text_config: {}, vision_config: {} },
    );
    const advice = await finetuning(vlm);
    expect(advice.rows.map(({ name }: { name: string }) => name)).toEqual([
      ...["model.language_model.layers.0.mlp.up_proj", "model.language_model.layers.1.mlp.up_proj"],
    ]);
    expect(advice.warnings.join()).toContain("under the checkpoint's names everything would be frozen");
    expect(advice.warnings.join()).toContain("no parameter for Spectrum's own");
    const lora = JSON.parse((await advise(vlm, "--for", "lora", "--json")).stdout);
    expect(lora.rows[0].name).toBe("model.language_model.layers.0.mlp.up_proj");
  });

  it("warns of experts that a trainer fuses, and leaves out those that are fused already", async () => {
    const one = (expert: number) => `model.layers.0.mlp.experts.${expert}.gate_proj.weight`;
    const single = await model(
      "moe",
      { [one(0)]: weight(64, 64, 1), [one(1)]: weight(64, 64, 2) },
      { model_type: "qwen3_moe" },
    );
    expect((await finetuning(single)).warnings.join()).toContain(
      "transformers 5 loads the experts of a block as one parameter (model.layers.0.mlp.experts.gate_up_proj)",
    );
    const { values } = weight(2 * 64, 64, 2);
    const fused = await model(
      "fused",
      {
        "model.layers.0.mlp.experts.down_proj": { shape: [2, 64, 64], values },
        "model.layers.0.self_attn.q_proj.weight": weight(64, 64, 2),
      },
      { model_type: "gpt_oss" },
    );
    const advice = await finetuning(fused);
    expect(advice.rows.map(({ name }: { name: string }) => name)).toEqual(["model.layers.0.self_attn.q_proj"]);
    expect(advice.left_out[0]).toMatchObject({
      name: "model.layers.0.mlp.experts.down_proj[0]",
      reason: expect.stringContaining("stays frozen"),
    });
  });

  it("warns where the name of one module begins like that of another", async () => {
    const names = ["mlp.gate", "mlp.gate_proj"].map((end) => `model.layers.0.${end}.weight`);
    const alike = await model("alike", Object.fromEntries(names.map((name) => [name, weight(64, 64, 2)])), {
      model_type: "x",
    });
    const advice = JSON.parse((await advise(alike, "--for", "finetuning", "--top", "100", "--json")).stdout);
    expect(advice.warnings.join()).toContain(
      "the pattern model.layers.0.mlp.gate also trains model.layers.0.mlp.gate_proj.weight",
    );
  });

  it("gives ranks for an adapter with another library's names, and warns that its alpha is not known", async () => {
    const torchtune = {
      "layers.0.attn.q_proj.lora_a.weight": weight(24, 160, 0),
      "layers.0.attn.q_proj.lora_b.weight": weight(96, 24, 3),
    };
    await writeFile(at("torchtune.safetensors"), safetensorsWith(torchtune));
    const done = await advise("torchtune.safetensors", "--for", "lora", "--json");
    expect(JSON.parse(done.stdout)).toMatchObject({
      rows: [{ name: "layers.0.attn.q_proj", r: 24, rank: 3 }],
      warnings: [expect.stringContaining("no adapter_config.json")],
    });
  });

  it("warns of an adapter of noise before most of it is cut away", async () => {
    await mkdir(at("noise"));
    const name = "base_model.model.m.0.q_proj";
    const factors = { [`${name}.lora_A.weight`]: weight(24, 160, 0), [`${name}.lora_B.weight`]: weight(96, 24, 0) };
    await writeFile(at("noise", "adapter_model.safetensors"), safetensorsWith(factors));
    await writeFile(at("noise", "adapter_config.json"), JSON.stringify({ r: 24, lora_alpha: 24 }));
    const { rows, warnings } = JSON.parse((await advise("noise", "--for", "lora", "--json")).stdout);
    expect(rows[0]).toMatchObject({ rank: 1, edge_rank: 0 });
    expect(warnings.join()).toContain("lose more than half of their norm");
    const kept = JSON.parse((await advise("noise", "--for", "lora", "--max-error", "0.2", "--json")).stdout);
    expect(kept.rows[0].relative_error).toBeLessThanOrEqual(0.2);
    expect(kept.warnings.join()).not.toContain("lose more");
  });

  it("ends with 3 and writes nothing if no layer is one for the purpose", async () => {
    await writeFile(at("table.safetensors"), safetensorsWith({ "embed_tokens.weight": weight(64, 64, 1) }));
    const done = await advise("table.safetensors", "--for", "lora", "--out", "nothing");
    expect(done).toMatchObject({ code: 3, stdout: "" });
    expect(done.stderr).toContain("none of its 1 layers is one for lora; embed_tokens: adapters go to");
    await expect(readdir(at("nothing"))).rejects.toThrow("ENOENT");
  });

  it("ends with 4 if a layer has no spectrum, and names it", async () => {
    const layers: Weights = {
      "layers.0.a.weight": { shape: [64, 64], values: new Float32Array(64 * 64).fill(Number.NaN) },
    };
    for (const block of [1, 2, 3, 4]) layers[`layers.${block}.a.weight`] = weight(64, 64, block);
    await writeFile(at("nan.safetensors"), safetensorsWith(layers));
    for (const purpose of ["finetuning", "lora", "pruning", "learning-rate", "weight-decay"]) {
      const done = await advise("nan.safetensors", "--for", purpose);
      expect(done.code, purpose).toBe(4);
      expect(done.stdout, purpose).toContain("layers.0.a");
    }
  });

  it.each([
    [2, "required option '--for", ["model"]],
    [2, "Allowed choices", ["model", "--for", "x"]],
    [2, "no path was given", ["--for", "lora"]],
    [2, "top: found 0", ["model", "--for", "finetuning", "--top", "0"]],
    [2, "sparsity: found 1", ["model", "--for", "pruning", "--sparsity", "1"]],
    [2, "Expected two numbers", ["model", "--for", "weight-decay", "--ratios", "1"]],
    [2, "--scan is for", ["--for", "lora", "--scan", "x"]],
    [2, "not both", ["model", "--for", "finetuning", "--scan", "x"]],
    [2, "--shrink is for", ["model", "--for", "pruning", "--shrink", "x"]],
    [2, "leave out --layers", ["adapter", "--for", "lora", "--shrink", "x", "--layers", "*0*"]],
    [2, "leave out --layers", ["adapter", "--for", "lora", "--shrink", "x", "--exclude", "*0*"]],
    [2, "is a file of the model", ["model", "--for", "pruning", "--json", "model/config.json"]],
    [2, "is a file", ["model", "--for", "pruning", "--out", "model/config.json"]],
    [3, "the scan does not exist", ["--for", "finetuning", "--scan", "nowhere.json"]],
    [3, "no adapter of PEFT", ["model", "--for", "lora", "--shrink", "x"]],
    [3, "no such file", ["nowhere", "--for", "lora"]],
  ])("ends with %i and says: %s", async (code, message, args) => {
    const done = await advise(...args);
    expect(done.code).toBe(code);
    expect(done.stderr).toContain(message);
    expect(done.stdout).toBe("");
  });

  it("takes a path that stood behind --json as the path", async () => {
    expect(JSON.parse((await advise("--for", "pruning", "--json", "model")).stdout).model).toBe("model");
  });

  it("survives a reader that closes the pipe early", async () => {
    const done = await shell("set -o pipefail; $W advise model --for pruning | head -1", { cwd: folder });
    expect(done).toMatchObject({ code: 0, stderr: "" });
  });
});
