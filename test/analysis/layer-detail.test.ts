import { describe, expect, it } from "vitest";
import { detailFromJson, detailToJson, type LayerResult, layerDetail } from "#eigenscope/analysis/index.js";
import { MAX_DETAIL_POINTS } from "#eigenscope/analysis/layer-detail.js";
import { analyze } from "#eigenscope/node/index.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { pareto, spiked } from "#eigenscope/rmt/index.js";
import { ramFiles } from "../ram-files.js";

const normal = normalSampler(createRng(17));
const gauss = (N: number, M: number): Float32Array => Float32Array.from({ length: N * M }, normal);
const rows = (N: number, M: number, valueAt: (i: number, j: number) => number): Float32Array =>
  Float32Array.from({ length: N * M }, (_, at) => valueAt(Math.floor(at / M), at % M));

/** One layer of each kind that a detail has a branch for. */
const MATRICES = {
  random: { values: gauss(300, 200), shape: [300, 200] },
  spikes: {
    values: Float32Array.from(spiked({ N: 300, M: 200 }, [3, 4], createRng(3))),
    shape: [300, 200],
  },
  heavy: { values: Float32Array.from(pareto({ N: 300, M: 300 }, 1.5, createRng(5))), shape: [300, 300] },
  // Half of the columns are sums of the others: 40 eigenvalues of zero.
  deficient: (() => {
    const half = gauss(120, 40);
    return { values: rows(120, 80, (i, j) => half[i * 40 + (j % 40)]), shape: [120, 80] };
  })(),
  // Equal eigenvalues: no power law.
  orthogonal: { values: rows(60, 60, (i, j) => (i === j ? 2 : 0)), shape: [60, 60] },
  convolution: { values: gauss(64 * 9, 48), shape: [64, 48, 3, 3] },
  constant: { values: new Float32Array(60 * 60), shape: [60, 60] },
};

async function resultOf(name: keyof typeof MATRICES): Promise<LayerResult> {
  const [result] = await analyze(ramFiles({ [`${name}.npy`]: MATRICES[name] }), { minEigenvalues: 1 }).results();
  return result;
}

describe("the detail of a layer", () => {
  it("has the row's numbers and all eigenvalues, ascending", async () => {
    const { record, ...result } = await resultOf("random");
    const detail = layerDetail({ record, ...result })!;
    const { longname: name, N, M, Q, rf, num_evals: count } = record;
    expect(detail).toMatchObject({ name, N, M, Q, rf, count, resolvedFloor: record.resolved_floor });
    expect(detail.eigenvalues).toEqual(result.spectrum!.eigenvalues);
    expect(detail.bulk).toMatchObject({ lambdaPlus: record.lambda_plus, lambdaMinus: record.lambda_minus });
    expect(detail.bulk!.share).toBe(result.bulk!.bulkSize / 200);
    const { alpha, alpha_low: low, alpha_high: high, xmin, xmax, num_pl_spikes: nTail, D } = record;
    expect(detail.tail).toEqual({ alpha, low, high, xmin, xmax, nTail, D, valid: false });
  });

  it("owns its eigenvalues: they may be sent away while the result is still in use", async () => {
    const result = await resultOf("random");
    const { eigenvalues } = layerDetail(result)!;
    structuredClone(eigenvalues, { transfer: [eigenvalues.buffer] });
    expect(result.spectrum!.eigenvalues).toHaveLength(200);
  });

  it("counts as spikes the eigenvalues above the threshold, which is the upper end of the band", async () => {
    for (const [name, spikes] of [
      ["random", 0],
      ["spikes", 2],
    ] as const) {
      const detail = layerDetail(await resultOf(name))!;
      expect(detail.spikes).toBe(spikes);
      expect(detail.eigenvalues.filter((value) => value > detail.edge!.threshold)).toHaveLength(spikes);
      const { low, high, threshold } = detail.edge!;
      expect(high).toBe(threshold);
      expect([low < high, Math.abs(low / detail.bulk!.lambdaPlus - 1) < 0.1]).toEqual([true, true]);
    }
  });

  it("counts the eigenvalues at or below the resolved floor as zeros, and no other", async () => {
    expect(layerDetail(await resultOf("deficient"))!.zeros).toBe(40);
    const result = await resultOf("random");
    expect(layerDetail(result)!.zeros).toBe(0);
    const at = (resolvedFloor: number) =>
      layerDetail({ ...result, spectrum: { ...result.spectrum!, resolvedFloor } })!.zeros;
    const third = result.spectrum!.eigenvalues[2];
    expect([at(third * (1 - 1e-12)), at(third)]).toEqual([2, 3]);
  });

  it("says whether the power law describes the tail, as the row does", async () => {
    for (const [name, valid] of [
      ["heavy", true],
      ["random", false],
    ] as const) {
      const result = await resultOf(name);
      expect([layerDetail(result)!.tail!.valid, result.record.alpha_valid]).toEqual([valid, valid]);
    }
  });

  it("has no tail and no curve without a power law, and no edge and no spikes without a bulk", async () => {
    expect(layerDetail(await resultOf("orthogonal"))).toMatchObject({ tail: null, curve: null });
    const result = await resultOf("spikes");
    expect(layerDetail({ ...result, bulk: null, edge: null })).toMatchObject({ bulk: null, edge: null, spikes: 0 });
  });

  it("is null without an exact spectrum: the layer failed, or has an approximate one", async () => {
    const failed = await resultOf("constant");
    expect([failed.spectrum, layerDetail(failed)]).toEqual([null, null]);
    const empty = { ...(await resultOf("random")).spectrum!, eigenvalues: new Float64Array(0) };
    expect(layerDetail({ ...failed, spectrum: empty })).toBeNull();
  });

  it("has the exact alpha and D at every xmin if they are few, and at 400 of them if there are more", async () => {
    const { record, ...result } = await resultOf("random");
    const { curve, eigenvalues } = layerDetail({ record, ...result })!;
    expect(curve!.xmin).toEqual(Array.from(eigenvalues.subarray(0, 199)));
    const { xmin, alpha, D, chosen } = curve!;
    expect([xmin[chosen], alpha[chosen], D[chosen]]).toEqual([record.xmin, record.alpha, record.D]);
    // [CSN09] eq. 3.1 above the tenth eigenvalue; a sum of 190 logarithms keeps more than twelve digits.
    const tail = eigenvalues.subarray(10);
    const exact = 1 + tail.length / tail.reduce((sum, value) => sum + Math.log(value / tail[0]), 0);
    expect(Math.abs(alpha[10] / exact - 1)).toBeLessThan(1e-12);
    for (const [count, points] of [
      [401, 400],
      [2000, 400],
    ]) {
      const values = Float64Array.from({ length: count }, (_, i) => 1.01 ** i);
      const long = layerDetail({ record, ...result, spectrum: { ...result.spectrum!, eigenvalues: values } })!;
      expect(long.curve!.xmin.length).toBeLessThanOrEqual(MAX_DETAIL_POINTS);
      expect(long.curve!.xmin.length).toBeGreaterThan(points - 40);
    }
  });
});

describe("the JSON of a detail", () => {
  it("gives the same detail again, to the last bit, for every kind of layer; so does a structured clone", async () => {
    for (const name of Object.keys(MATRICES) as (keyof typeof MATRICES)[]) {
      if (name === "constant") continue;
      const detail = layerDetail(await resultOf(name))!;
      expect(detailFromJson(JSON.parse(JSON.stringify(detailToJson(detail)))), name).toEqual(detail);
      expect(structuredClone(detail), name).toEqual(detail);
    }
  });

  it("names the field that is missing or of another type, whichever it is", async () => {
    const whole = JSON.stringify(detailToJson(layerDetail(await resultOf("random"))!));
    for (const path of pathsOf(JSON.parse(whole))) {
      const named = path.join(".");
      for (const value of [undefined, "12", {}, [true]]) {
        if (named === "name" && value === "12") continue;
        const json = JSON.parse(whole);
        const parent = path.slice(0, -1).reduce((at, key) => at[key], json);
        parent[path[path.length - 1]] = value;
        expect(() => detailFromJson(json), `${named} = ${JSON.stringify(value)}`).toThrow(
          new RegExp(`the detail of a layer: ${named}\\b`),
        );
      }
    }
  });

  it("refuses what contradicts itself, and what is no object", async () => {
    const json = detailToJson(layerDetail(await resultOf("random"))!);
    expect(() => detailFromJson({ ...json, count: 199 })).toThrow("count must be 200, the number of eigenvalues");
    const curve = json.curve!;
    expect(() => detailFromJson({ ...json, curve: { ...curve, D: curve.D.slice(1) } })).toThrow(
      "curve.D must be 199 numbers, one per xmin, found a list of 198",
    );
    for (const chosen of [-1, 199, 0.5])
      expect(() => detailFromJson({ ...json, curve: { ...curve, chosen } })).toThrow("an index below 199");
    for (const value of [null, [], "detail", 3]) expect(() => detailFromJson(value)).toThrow("must be an object");
  });
});

/** The paths of all fields of a detail, its parts included. */
function pathsOf(json: Record<string, unknown>): string[][] {
  return Object.entries(json).flatMap(([key, value]) => [
    [key],
    ...(typeof value === "object" && value !== null && !Array.isArray(value)
      ? pathsOf(value as Record<string, unknown>).map((path) => [key, ...path])
      : []),
  ]);
}
