import { describe, expect, it } from "vitest";
import type { OpenedModel } from "#eigenscope/analysis/open-model.js";
import { resolveOptions } from "#eigenscope/analysis/options.js";
import { digestOfFiles } from "#eigenscope/analysis/store/file-identity.js";
import { runPlanOf } from "#eigenscope/analysis/store/run-keeper.js";
import { jobKey, jobsOf } from "#eigenscope/analysis/store/spectrum-job.js";
import { bytesInMemory, type FileSet } from "#eigenscope/formats/index.js";
import type { Layer } from "#eigenscope/layers/index.js";

const setOf = (...names: string[]): FileSet => ({
  ...{ label: names[0], entry: names[0], list: async () => names },
  open: async (name) => bytesInMemory(new TextEncoder().encode(name)),
});
const view = { count: 1, rows: 6, cols: 5, offset: 0, matrixStride: 30, rowStride: 5, colStride: 1 };
const layer = (index: number, storedBits: number): Layer =>
  ({
    ...{ index, name: `l${index}`, storedBits, quantised: false },
    source: {
      ...{ count: 1, rows: 6, cols: 5 },
      origin: { kind: "stored", file: "a", tensor: `l${index}`, storage: "s", dtype: "F16", view },
    },
  }) as unknown as Layer;
const modelOf = (layers: readonly Layer[], weights: readonly string[], base?: readonly string[]): OpenedModel =>
  ({
    ...{ layers, skipped: [{ name: "bias" }], file: { files: weights.map((name) => ({ name })) } },
    ...(base !== undefined && { base: { files: base.map((name) => ({ name })) } }),
  }) as unknown as OpenedModel;
const planning = {
  options: { ...resolveOptions(), engine: "wasm" as const },
  input: { label: "m" } as never,
  work: ({ index }: Layer): number => 10 + index,
};

describe("the plan of a run", () => {
  it(
    "has each file once: the weights, the configurations beside them, and those of the base under names of " +
      "their own",
    async () => {
      const model = modelOf([], ["w.safetensors", "w.safetensors", "config.json"], ["w.safetensors", "x.safetensors"]);
      const sets = [
        setOf("w.safetensors", "config.json", "adapter_config.json", "notes.txt"),
        setOf("w.safetensors", "x.safetensors", "config.json"),
      ];
      const { files, skipped } = await runPlanOf(model, sets, planning);
      expect(files.map(({ name }) => name)).toEqual([
        "w.safetensors",
        "config.json",
        "adapter_config.json",
        "base: w.safetensors",
        "base: x.safetensors",
        "base: config.json",
      ]);
      expect(skipped).toEqual([{ name: "bias" }]);
    },
  );

  it("has each layer with its origin, its work and the key of its exact spectrum at its own precision", async () => {
    const layers = [layer(0, 16), layer(1, 32)];
    const { files, placements } = await runPlanOf(modelOf(layers, ["a"]), [setOf("a")], planning);
    const digest = await digestOfFiles(files);
    for (const [i, precision] of (["f32", "f64"] as const).entries()) {
      const { exact } = jobsOf(layers[i], { files: digest, engine: "wasm", precision, seed: 0 });
      const { source, ...description } = layers[i];
      expect(placements[i]).toEqual({
        ...{ layer: description, stack: { count: 1, rows: 6, cols: 5 }, origin: source.origin },
        ...{ key: await jobKey(exact), work: 10 + i },
      });
    }
  });

  it("is not made for one who has stopped", async () => {
    const signal = AbortSignal.abort(new Error("stopped"));
    await expect(runPlanOf(modelOf([layer(0, 16)], ["a"]), [setOf("a")], { ...planning, signal })).rejects.toThrow(
      "stopped",
    );
  });
});

describe("the digest of a model's files", () => {
  it("changes with name, length and sample of each, and with their order, but not with the time", async () => {
    const a = { name: "a", byteLength: 1, sample: "s", modified: "1" };
    const b = { ...a, name: "b" };
    const others = [[a], [b, a], [{ ...a, name: "c" }, b], [{ ...a, byteLength: 2 }, b], [{ ...a, sample: "t" }, b]];
    const digests = await Promise.all([[a, b], ...others].map(digestOfFiles));
    expect(new Set(digests).size).toBe(digests.length);
    expect(await digestOfFiles([{ ...a, modified: "2" }, b])).toBe(digests[0]);
  });
});
