import { describe, expect, it } from "vitest";
import { adviseAdapter } from "#eigenscope/advise/advise-lora.js";
import { adapterEdgeRank, edgeRank, rankWithin, truncationError } from "#eigenscope/advise/edge-rank.js";
import { adapterProducts, factorPairs } from "#eigenscope/advise/peft-adapter.js";
import { type Factors, productError, productSvd } from "#eigenscope/advise/shrink-adapter.js";
import { shrunkAdapter } from "#eigenscope/advise/shrunk-adapter.js";
import { openWeightFile, type Tensor } from "#eigenscope/formats/index.js";
import { safetensorsBytes } from "#eigenscope/formats/safetensors/writer.js";
import { parseAdapterConfig } from "#eigenscope/layers/index.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { fitBulk, testEdge, wishart } from "#eigenscope/rmt/index.js";
import { safetensorsOfParts, safetensorsWith } from "../formats/build-safetensors.js";
import { filesInMemory } from "../formats/files-in-memory.js";
import { spectrumOf } from "../spectrum-of.js";

/** Random factors of variance 1, and `signals` directions of the given strength in B. */
function factorsOf(
  { out, inputs, rank }: { out: number; inputs: number; rank: number },
  seed: number,
  signals: readonly number[] = [],
): Factors & { b: Float64Array; a: Float64Array } {
  const normal = normalSampler(createRng(seed));
  const a = Float64Array.from({ length: rank * inputs }, normal);
  const b = Float64Array.from({ length: out * rank }, normal);
  for (const strength of signals) {
    const [u, v] = [Float64Array.from({ length: out }, normal), Float64Array.from({ length: rank }, normal)];
    for (let i = 0; i < out; i++)
      for (let j = 0; j < rank; j++) b[i * rank + j] += (strength * u[i] * v[j]) / Math.sqrt(rank);
  }
  return { out, inputs, rank, a, b };
}

function product({ out, inputs, rank, a, b }: Factors): Float64Array {
  const w = new Float64Array(out * inputs);
  for (let i = 0; i < out; i++)
    for (let k = 0; k < rank; k++)
      for (let j = 0; j < inputs; j++) w[i * inputs + j] += b[i * rank + k] * a[k * inputs + j];
  return w;
}

const normOf = (w: ArrayLike<number>): number => Math.sqrt(Array.from(w).reduce((sum, x) => sum + x * x, 0));
const eigenvaluesOf = (factors: Factors): Float64Array =>
  productSvd(factors)
    .values.map((s) => s * s)
    .reverse();

describe("the decomposition of an adapter's product", () => {
  const factors = factorsOf({ out: 30, inputs: 50, rank: 6 }, 1, [2]);

  it("has the singular values of the whole product", () => {
    const w = product(factors);
    const turned = Float64Array.from(w, (_, at) => w[(at % 30) * 50 + Math.floor(at / 30)]);
    const { eigenvalues } = spectrumOf(turned, { N: 50, M: 30 });
    const whole = Array.from(eigenvalues.slice(-6)).reverse().map(Math.sqrt);
    // The reference forms the whole product and W'W: 30 eps in lambda.
    productSvd(factors).values.forEach((value, i) => {
      expect(Math.abs(value / whole[i] - 1)).toBeLessThan(1e-12);
    });
  });

  it.each([1, 3, 6])(
    "truncated to rank %i is the best approximation, its error that of the singular values left out",
    (k) => {
      const { values, truncated } = productSvd(factors);
      const [w, shrunk] = [product(factors), truncated(k)];
      const distance = normOf(product(shrunk).map((x, i) => x - w[i]));
      expect(Math.abs(distance - normOf(values.slice(k)))).toBeLessThan(1e-12 * values[0]);
      // 1e-8: the formula takes the difference of squares.
      expect(Math.abs(productError(factors, shrunk) - distance / normOf(w))).toBeLessThan(1e-7);
      expect(Math.abs(truncationError(eigenvaluesOf(factors), k) - distance / normOf(w))).toBeLessThan(1e-12);
      // Both factors carry the same norm.
      expect(Math.abs(normOf(shrunk.a) / normOf(shrunk.b) - 1)).toBeLessThan(1e-12);
    },
  );

  it("of an untrained adapter, whose B is zero, is zero", () => {
    const untrained = { ...factors, b: new Float64Array(30 * 6) };
    const { values, truncated } = productSvd(untrained);
    expect(values).toEqual(new Float64Array(6));
    expect(truncated(2).b).toEqual(new Float64Array(60));
    expect(productError(untrained, truncated(2))).toBe(0);
    expect(truncationError(values, 1)).toBe(0);
  });

  it("of factors whose rank is larger than a side still gives the product back", () => {
    const sides = { out: 4, inputs: 9, rank: 6 };
    const wide = factorsOf(sides, 2);
    const { values, truncated } = productSvd(wide);
    const w = product(wide);
    expect(normOf(product(truncated(6)).map((x, i) => x - w[i]))).toBeLessThan(1e-12 * values[0]);
    expect(values[4]).toBeLessThan(1e-12 * values[0]);
  });
});

describe("the rank by the edge", () => {
  it("of an adapter of pure noise is 0 in 94 of 100 draws or more", () => {
    const sides = { out: 96, inputs: 160 };
    let above = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const edge = adapterEdgeRank(eigenvaluesOf(factorsOf({ ...sides, rank: 24 }, seed)), sides);
      if (edge === null || edge.rank > 0) above++;
    }
    // 4 of these 100. The law whose ratio is the sum of both gives 8, that of one factor alone 64.
    expect(above).toBeLessThanOrEqual(6);
  });

  it.each([1, 4, 8])("of an adapter with %i strong directions is that number, within its interval", (k) => {
    for (const seed of [1, 2, 3]) {
      const eigenvalues = eigenvaluesOf(
        factorsOf(
          { out: 96, inputs: 160, rank: 24 },
          seed,
          Array.from({ length: k }, () => 3),
        ),
      );
      const edge = adapterEdgeRank(eigenvalues, { out: 96, inputs: 160 });
      expect(edge?.rank).toBe(k);
      expect(edge!.low).toBeLessThanOrEqual(k);
      expect(edge!.high).toBeGreaterThanOrEqual(k);
    }
  });

  it("is not known where no bulk is left: too few directions, or half of them signal", () => {
    const sides = { out: 96, inputs: 160 };
    expect(adapterEdgeRank(eigenvaluesOf(factorsOf({ ...sides, rank: 4 }, 1)), sides)).toBeNull();
    expect(
      adapterEdgeRank(
        Float64Array.from({ length: 16 }, (_, i) => 4 ** i),
        sides,
      ),
    ).toBeNull();
  });

  it("has an interval: 0.1 % with a bulk two errors stronger, 50 % with one two errors weaker", () => {
    const shape = { N: 400, M: 200 };
    const noise = spectrumOf(wishart(shape, createRng(5)), shape).eigenvalues;
    const bulk = fitBulk(noise, shape)!;
    const threshold = (errors: number, level: number): number =>
      testEdge(noise, { ...bulk, sigma2: bulk.sigma2 + errors * bulk.sigma2Se }, { level }).threshold;
    // One eigenvalue on each side of each threshold.
    const around = [threshold(-2, 0.5), threshold(0, 0.01), threshold(2, 0.001)].flatMap((t) => [
      t * 0.9999,
      t * 1.0001,
    ]);
    expect(around).toEqual(around.toSorted((x, y) => x - y));
    expect(edgeRank(Float64Array.of(...noise.slice(0, 150), ...around), bulk)).toEqual({ rank: 3, low: 1, high: 5 });
  });
});

describe("the rank within an error", () => {
  it("is the smallest whose truncation error is not larger", () => {
    // ||W||^2 = 100; leaving out 1 and 3 loses 2 of 10.
    const eigenvalues = Float64Array.of(1, 3, 96);
    expect([0, 0.0999, 0.1, 0.1999, 0.2, 0.9, 0.97].map((error) => rankWithin(eigenvalues, error))).toEqual([
      3, 3, 2, 2, 1, 1, 1,
    ]);
    // Exactly the error that is allowed: (1/4)^(1/2).
    expect(rankWithin(Float64Array.of(1, 3), 0.5)).toBe(1);
  });
});

const PREFIX = "base_model.model.model.layers";

describe("the advice for an adapter", () => {
  const sides = { out: 96, inputs: 160, rank: 24 };
  const productsOf = (...signals: number[]) =>
    signals.map((k, i) => ({
      ...{ module: `model.layers.${i}.q_proj`, ...sides, reason: null },
      eigenvalues: eigenvaluesOf(
        factorsOf(
          sides,
          i + 1,
          Array.from({ length: k }, () => 3),
        ),
      ),
    }));
  const options = { maxRank: 64, scale: 1, config: parseAdapterConfig({ r: 24, lora_alpha: 48 }) };

  it("keeps the scale alpha/r of each module, or alpha/sqrt(r) if it is rank-stabilised", () => {
    const { ranks } = adviseAdapter(productsOf(4, 1), options);
    expect(ranks.map(({ rank, alpha }) => [rank, alpha])).toEqual([
      [4, 8],
      [1, 2],
    ]);
    const stabilised = parseAdapterConfig({ r: 24, lora_alpha: 48, use_rslora: true });
    const [{ rank, alpha }] = adviseAdapter(productsOf(4), { ...options, config: stabilised }).ranks;
    // Twelve digits are written.
    expect(Math.abs(alpha / Math.sqrt(rank) / (48 / Math.sqrt(24)) - 1)).toBeLessThan(1e-11);
  });

  it("keeps one direction of pure noise, and caps ranks", () => {
    expect(adviseAdapter(productsOf(0), options).ranks[0].rank).toBe(1);
    expect(adviseAdapter(productsOf(4), { ...options, maxRank: 3 }).ranks[0].rank).toBe(3);
  });

  it("keeps the rank where no bulk fits, unless an error is allowed", () => {
    const none = [{ module: "m.q", out: 9, inputs: 9, rank: 3, eigenvalues: Float64Array.of(1, 3, 96), reason: null }];
    expect(adviseAdapter(none, options).ranks[0]).toMatchObject({ rank: 3, edge: null, error: 0 });
    expect(adviseAdapter(none, options).warnings.join()).toMatch(/keep their rank/);
    expect(adviseAdapter(none, { ...options, maxError: 0.2 }).ranks[0]).toMatchObject({ rank: 1 });
    expect(adviseAdapter(none, { ...options, maxError: 0.1 }).ranks[0]).toMatchObject({
      rank: 2,
      error: expect.closeTo(0.1, 12),
    });
  });

  it("raises the rank above the edge where the cut would lose more than is allowed", () => {
    const [{ rank, error }] = adviseAdapter(productsOf(4), { ...options, maxError: 0.05 }).ranks;
    expect(rank).toBeGreaterThan(4);
    expect(error).toBeLessThanOrEqual(0.05);
  });

  it("counts a module without a spectrum as failed, and names the reason", () => {
    const broken = { module: "m.q", out: 9, inputs: 9, rank: 3, eigenvalues: null, reason: "it has NaN" };
    const advice = adviseAdapter([broken, ...productsOf(1)], options);
    expect(advice).toMatchObject({ failed: 1, left_out: [{ name: "m.q", reason: "it has NaN" }] });
    expect(advice.ranks).toHaveLength(1);
  });

  it.each([{ maxRank: 0 }, { maxRank: 1.5 }, { scale: 0 }, { maxError: 1 }, { maxError: -0.1 }])(
    "refuses %j",
    (wrong) => {
      expect(() => adviseAdapter([], { ...options, ...wrong })).toThrow(RangeError);
    },
  );
});

async function tensorsOf(file: Uint8Array): Promise<readonly Tensor[]> {
  return (await openWeightFile(filesInMemory({ "a.safetensors": file }, "a.safetensors"))).tensors;
}

async function valuesOf(tensors: readonly Tensor[], name: string): Promise<number[]> {
  const values: number[] = [];
  for await (const chunk of tensors.find((tensor) => tensor.name === name)!.values()) values.push(...chunk);
  return values;
}

describe("an adapter at lower ranks", () => {
  const factors = factorsOf({ out: 12, inputs: 20, rank: 4 }, 3, [3]);
  const names = { a: `${PREFIX}.0.q_proj.lora_A.weight`, b: `${PREFIX}.0.q_proj.lora_B.weight` };
  const file = safetensorsWith({
    [names.a]: { shape: [4, 20], values: factors.a },
    [names.b]: { shape: [12, 4], values: factors.b },
    [`${PREFIX}.0.q_proj.lora_magnitude_vector`]: { shape: [12], values: new Float64Array(12).fill(2) },
  });
  const ranks = [{ module: "model.layers.0.q_proj", rank: 2, alpha: 6 }];
  const config = { peft_type: "LORA", r: 4, lora_alpha: 12, target_modules: ["q_proj"], rank_pattern: { x: 1 } };

  it("is the best approximation of its product, in the same type; everything else is kept", async () => {
    const made = await shrunkAdapter(await tensorsOf(file), config, { ranks });
    const written = await tensorsOf(safetensorsBytes(made.tensors));
    expect(written.map(({ name, shape, dtype }) => [name, shape, dtype])).toEqual([
      [names.a, [2, 20], "F32"],
      [names.b, [12, 2], "F32"],
      [`${PREFIX}.0.q_proj.lora_magnitude_vector`, [12], "F32"],
    ]);
    expect(await valuesOf(written, `${PREFIX}.0.q_proj.lora_magnitude_vector`)).toEqual(new Array(12).fill(2));
    const [a, b] = [await valuesOf(written, names.a), await valuesOf(written, names.b)];
    const w = product(factors);
    const distance = normOf(product({ out: 12, inputs: 20, rank: 2, a, b }).map((x, i) => x - w[i])) / normOf(w);
    // Factors in f32: 6e-8 each.
    expect(Math.abs(distance - truncationError(eigenvaluesOf(factors), 2))).toBeLessThan(1e-6);
    expect(Math.abs((made.errors.get("model.layers.0.q_proj") as number) - distance)).toBeLessThan(1e-6);
    expect(made.config).toEqual({
      ...{ peft_type: "LORA", r: 2, lora_alpha: 6, target_modules: ["q_proj"], rank_pattern: {}, alpha_pattern: {} },
    });
  });

  it("has 16-bit factors where it had them, and the error of their rounding is counted", async () => {
    const bits = (values: Float64Array): Uint8Array =>
      new Uint8Array(
        Uint16Array.from(
          Float32Array.from(values),
          (_, i) => new Uint32Array(Float32Array.of(values[i]).buffer)[0] >>> 16,
        ).buffer,
      );
    const half = safetensorsOfParts({
      [names.a]: { dtype: "BF16", shape: [4, 20], bytes: bits(factors.a) },
      [names.b]: { dtype: "BF16", shape: [12, 4], bytes: bits(factors.b) },
    });
    const made = await shrunkAdapter(await tensorsOf(half), config, { ranks: [{ ...ranks[0], rank: 3 }] });
    const written = await tensorsOf(safetensorsBytes(made.tensors));
    expect(written.map(({ dtype }) => dtype)).toEqual(["BF16", "BF16"]);
    const original = {
      ...factors,
      a: await valuesOf(await tensorsOf(half), names.a),
      b: await valuesOf(await tensorsOf(half), names.b),
    };
    const cut = { ...factors, rank: 3, a: await valuesOf(written, names.a), b: await valuesOf(written, names.b) };
    const error = made.errors.get("model.layers.0.q_proj") as number;
    expect(Math.abs(error - productError(original, cut))).toBeLessThan(1e-12);
    // Rounding adds to the error of the cut.
    expect(error).toBeGreaterThan(truncationError(eigenvaluesOf(original), 3));
  });

  it("keeps the bits of a module that keeps its rank", async () => {
    const made = await shrunkAdapter(await tensorsOf(file), config, { ranks: [{ ...ranks[0], rank: 4 }] });
    expect(await valuesOf(await tensorsOf(safetensorsBytes(made.tensors)), names.a)).toEqual(
      Array.from(Float32Array.from(factors.a)),
    );
    expect(made.errors.get("model.layers.0.q_proj")).toBe(0);
  });

  it("is refused if a module has no rank, a factor has no partner, or the two do not fit", async () => {
    await expect(
      shrunkAdapter(await tensorsOf(file), config, { ranks: [{ ...ranks[0], module: "other" }] }),
    ).rejects.toThrow("no rank is advised for its module");
    const alone = await tensorsOf(safetensorsWith({ [names.a]: { shape: [4, 2], values: new Float64Array(8) } }));
    expect(() => factorPairs(alone)).toThrow("its other factor is not in the file");
    const misfit = await tensorsOf(
      safetensorsWith({
        [names.a]: { shape: [4, 2], values: new Float64Array(8) },
        [names.b]: { shape: [2, 3], values: new Float64Array(6) },
      }),
    );
    expect(() => factorPairs(misfit)).toThrow("A is 4 x 2, B is 2 x 3");
  });

  it("is read by the names that PEFT gives factors, also of embeddings and running models", async () => {
    const shape = { shape: [1, 1], values: [1] };
    const tensors = await tensorsOf(
      safetensorsWith({
        "base_model.model.a.lora_A.weight": shape,
        "base_model.model.a.lora_B.weight": shape,
        "base_model.model.b.lora_embedding_A": shape,
        "base_model.model.b.lora_embedding_B": shape,
        "c.lora_A.default.weight": shape,
        "c.lora_B.default.weight": shape,
        "d.weight": shape,
      }),
    );
    expect(factorPairs(tensors).map(({ module }) => module)).toEqual(["a", "b", "c"]);
  });

  it("has no spectrum for a module with NaN", async () => {
    const tensors = await tensorsOf(
      safetensorsWith({
        [names.a]: { shape: [1, 2], values: [1, Number.NaN] },
        [names.b]: { shape: [2, 1], values: [1, 1] },
      }),
    );
    expect(await adapterProducts(factorPairs(tensors))).toMatchObject([
      { eigenvalues: null, reason: expect.stringMatching(/NaN/) },
    ]);
  });
});
