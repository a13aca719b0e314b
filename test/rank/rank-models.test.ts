import { describe, expect, it } from "vitest";
import type { AnalysisHost } from "#eigenscope/analysis/index.js";
import { bytesInMemory, type FileSet, FormatError } from "#eigenscope/formats/index.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { type RankControls, type RankedModel, rankModels } from "#eigenscope/rank/index.js";
import { inPlacePool } from "#eigenscope/spectra/in-place-pool.js";
import { createWasmEngine } from "#eigenscope/spectra/index.js";
import { safetensorsWith } from "../formats/build-safetensors.js";

/** A host on this thread that counts its pools and the matrices they solve. */
function countingHost() {
  const counted = { solved: 0, pools: 0, closed: 0 };
  const host: AnalysisHost = {
    createPool: async () => {
      const pool = inPlacePool(createWasmEngine());
      counted.pools++;
      return {
        ...pool,
        close: () => {
          counted.closed++;
          return pool.close();
        },
        solve: (...given) => {
          counted.solved++;
          return pool.solve(...given);
        },
      };
    },
  };
  return { host, counted };
}

const [ROWS, COLS] = [40, 30];
/** A matrix of normal numbers that the seed decides. */
function matrix(seed: number, change: (value: number, k: number) => number = (value) => value) {
  const normal = normalSampler(createRng(seed));
  return { shape: [ROWS, COLS], values: Array.from({ length: ROWS * COLS }, normal).map(change) };
}

function files(label: string, tensors: Parameters<typeof safetensorsWith>[0]): FileSet {
  const name = `${label}.safetensors`;
  return {
    label: name,
    entry: name,
    list: async () => [name],
    open: async () => bytesInMemory(safetensorsWith(tensors)),
  };
}

const input = (path: string, tensors: Parameters<typeof safetensorsWith>[0], score?: number) => ({
  path,
  files: files(path, tensors),
  ...(score !== undefined && { score }),
});
const rank = (inputs: Parameters<typeof rankModels>[0], options: RankControls & { layers?: string[] } = {}) => {
  const { host, counted } = countingHost();
  return rankModels(inputs, options, host).then((ranking) => ({ ...ranking, solvedByPool: counted.solved }));
};

describe("rankModels", () => {
  it("solves a layer that is equal in several models once, wherever and under whatever name it is stored", async () => {
    const frozen = matrix(1);
    const ranking = await rank([
      input("a", { "fc.weight": frozen, "head.weight": matrix(2) }),
      input("b", { "fc.weight": frozen, "head.weight": matrix(3) }),
      input("c", { "first.weight": matrix(4), "other.weight": frozen }),
    ]);
    expect(ranking.solvedByPool).toBe(4);
    expect(ranking.models.map(({ solved, reused }) => [solved, reused])).toEqual([
      [2, 0],
      [1, 1],
      [1, 1],
    ]);
  });

  it("gives a reused layer the numbers that solving it gives", async () => {
    const tensors = { "fc.weight": matrix(1), "head.weight": matrix(2) };
    const [alone] = (await rank([input("a", tensors)])).models;
    const [, second] = (await rank([input("a", tensors), input("b", tensors)])).models;
    expect(second).toEqual({ ...alone, name: "b", path: "b", solved: 0, reused: 2 });
  });

  it("solves a layer again that differs in one weight, or in its shape", async () => {
    const changed = matrix(1, (value, k) => (k === 700 ? value + 1e-3 : value));
    const reshaped = { ...matrix(1), shape: [COLS, ROWS] };
    const ranking = await rank([
      input("a", { "fc.weight": matrix(1) }),
      input("b", { "fc.weight": changed }),
      input("c", { "fc.weight": reshaped }),
    ]);
    expect(ranking.models.map(({ reused }) => reused)).toEqual([0, 0, 0]);
    expect(ranking.solvedByPool).toBe(3);
  });

  it("knows weights without a spectrum again too", async () => {
    const zeros = { shape: [ROWS, COLS], values: new Float32Array(ROWS * COLS) };
    const { models } = await rank([
      input("a", { "fc.weight": zeros, "head.weight": matrix(1) }),
      input("b", { "fc.weight": zeros, "head.weight": matrix(2) }),
    ]);
    expect(models.map(({ failed_layers, layers, status }) => [failed_layers, layers, status])).toEqual([
      [1, 2, "success"],
      [1, 2, "success"],
    ]);
  });

  it("gives a model that cannot be read a row that says why, and ranks the others", async () => {
    const broken = {
      path: "runs/broken.pt",
      files: () => Promise.reject(new FormatError("the file is cut", { kind: "malformed", file: "runs/broken.pt" })),
      score: 3,
    };
    const empty = input("empty", { bias: { shape: [4], values: [1, 2, 3, 4] } });
    const nothing = input("zeros", { "fc.weight": { shape: [20, 20], values: new Float32Array(400) } });
    const { models, groups, comparable } = await rank([
      broken,
      input("good", { "fc.weight": matrix(1) }),
      empty,
      nothing,
    ]);
    const rows = Object.fromEntries(models.map((model) => [model.path, model]));
    expect(rows["runs/broken.pt"]).toMatchObject({ status: "failed", group: null, family: null, layers: 0, score: 3 });
    expect(rows["runs/broken.pt"].reason).toBe("runs/broken.pt: the file is cut.");
    expect(rows.empty.reason).toBe("no layer was analysed: its only tensor was skipped");
    expect(rows.zeros).toMatchObject({ status: "failed", layers: 1, failed_layers: 1 });
    expect(rows.zeros.reason).toContain("no layer has a spectrum: ");
    expect(rows.good).toMatchObject({ status: "success", reason: null, family: 1 });
    expect(groups.flatMap((group) => group.models)).toEqual([rows.good.name]);
    expect(comparable.relation).toBe("one-model");
  });

  it("rejects with the option's error where a glob matches in no model, else gives a row", async () => {
    const [a, b] = [input("a", { "fc.weight": matrix(1) }), input("b", { "head.weight": matrix(2) })];
    await expect(rank([a, b], { layers: ["nothing*"] })).rejects.toThrow('option layers: "nothing*" matches no layer');
    const { models } = await rank([a, b], { layers: ["fc*"] });
    expect(models.map(({ status }) => status)).toEqual(["success", "failed"]);
    expect(models[1].reason).toContain('"fc*" matches no layer');
  });

  it("rejects an unknown column before any work, and with the reason of the signal", async () => {
    const one = [input("a", { "fc.weight": matrix(1) })];
    await expect(rank(one, { sort: "beauty" })).rejects.toThrow('found "beauty"');
    const reason = new Error("enough");
    await expect(rank(one, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const stopping = rank([...one, input("b", { "fc.weight": matrix(2) })], {
      signal: controller.signal,
      onModel: () => controller.abort(reason),
    });
    await expect(stopping).rejects.toBe(reason);
  });

  it("keeps one pool for models that ask for the same, and closes every pool, also when it rejects", async () => {
    const same = [1, 2, 3].map((seed) => input(`m${seed}`, { "fc.weight": matrix(seed) }));
    const larger = input("larger", { "fc.weight": matrix(4), "head.weight": matrix(5) });
    const counts = async (inputs: typeof same, options: RankControls = {}) => {
      const { host, counted } = countingHost();
      await rankModels(inputs, options, host).catch(() => {});
      return [counted.pools, counted.closed, counted.solved];
    };
    expect(await counts(same)).toEqual([1, 1, 3]);
    expect(await counts([...same, larger, larger, same[0]])).toEqual([3, 3, 5]);
    const controller = new AbortController();
    const { signal } = controller;
    expect(await counts(same, { signal, onModel: () => controller.abort() })).toEqual([1, 1, 1]);
  });

  it("passes on an error that is no fault of a file", async () => {
    const fault = { path: "a", files: () => Promise.reject(new TypeError("ours")) };
    await expect(rank([fault])).rejects.toThrow("ours");
  });

  it("does one model after the other and tells of each when it is done", async () => {
    const seen: string[] = [];
    await rank(
      [input("a", { "fc.weight": matrix(1) }), input("b", { "fc.weight": matrix(2), "head.weight": matrix(3) })],
      {
        onModel: ({ name }) => seen.push(`model ${name}`),
        onProgress: ({ layersDone, layersTotal }, { model, models }) =>
          seen.push(`${model + 1} of ${models}: ${layersDone}/${layersTotal}`),
      },
    );
    expect(seen).toEqual([
      "1 of 2: 0/1",
      "1 of 2: 1/1",
      "model a",
      "2 of 2: 0/2",
      "2 of 2: 1/2",
      "2 of 2: 2/2",
      "model b",
    ]);
  });

  it("correlates with the scores, and orders by the column that is asked for", async () => {
    const scales = [3, 1, 5, 2, 4];
    const inputs = scales.map((scale, i) =>
      input(`m${i}`, { "fc.weight": matrix(i, (value) => scale * value) }, scale * 10),
    );
    const { models, correlations, chance_bound } = await rank(inputs, { sort: "log_norm", descending: true });
    expect(models.map(({ score }) => score)).toEqual([50, 40, 30, 20, 10]);
    const norm = correlations.find(
      ({ column, statistic, over }) => column === "log_norm" && statistic === "mean" && over === "all",
    );
    expect(norm).toMatchObject({ n: 5, spearman: 1, kendall: 1, p: 2 / 120 });
    expect(chance_bound).toBe(1);
    const plain = await rank(inputs.map(({ path, files: each }) => ({ path, files: each })));
    expect([plain.correlations, plain.chance_bound]).toEqual([[], null]);
    expect(plain.models.map(({ name }) => name)).toEqual(["m0", "m1", "m2", "m3", "m4"]);
  });

  it("has no number that is not finite", async () => {
    const { models } = await rank([
      input("a", { "fc.weight": matrix(1), "zeros.weight": { shape: [20, 20], values: new Float32Array(400) } }),
    ]);
    const numbers = (value: unknown): number[] =>
      typeof value === "number"
        ? [value]
        : typeof value === "object" && value !== null
          ? Object.values(value).flatMap(numbers)
          : [];
    expect(models.flatMap((model: RankedModel) => numbers(model)).every(Number.isFinite)).toBe(true);
  });
});
