import { describe, expect, it } from "vitest";
import { addColumnProducts, rowProducts } from "#eigenscope/analysis/gram-matrices.js";
import { wholeMatrices } from "#eigenscope/analysis/matrix-blocks.js";
import { finish, unpaced } from "#eigenscope/bytes/pace.js";
import { openWeightFile, type Values } from "#eigenscope/formats/index.js";
import { planLayers } from "#eigenscope/layers/index.js";
import {
  weightWatcherBulk,
  weightWatcherRandomised,
  weightWatcherReplicates,
  weightWatcherTraceLog,
  weightWatcherVectorMeasures,
  weightWatcherVectors,
} from "#eigenscope/metrics/weightwatcher/index.js";
import { localFiles } from "#eigenscope/node/index.js";
import { symmetricEigen } from "#eigenscope/numeric/symmetric-eigen.js";
import { GOLDENS, optionalRun, weightsPath } from "../goldens/weightwatcher.js";

/** Given the stored eigenvalues; the goldens' README promises it for a faithful implementation. */
const RELATIVE = 1e-6;

function expectSame(ours: object | null, theirs: Readonly<Record<string, unknown>>, columns: readonly string[]): void {
  expect(ours).not.toBeNull();
  for (const column of columns) {
    const [value, expected] = [(ours as Record<string, number | null>)[column], theirs[column]];
    if (expected === "NaN") expect(value, column).toBeNull();
    else
      expect(Math.abs(value! - (expected as number)), `${column}: ${value} against ${expected}`).toBeLessThanOrEqual(
        RELATIVE * Math.abs(expected as number),
      );
  }
}

/**
 * All eigenvalues are equal, or most are zero: the eigenvectors of a degenerate eigenvalue are any basis (README of the
 * goldens).
 */
const VECTORS_ARE_NOISE = new Set(["orth_128x128", "lowrank20_500x400", "zeros_half_200x100"]);
/** Ten components in ten bins: the entropies of its bulk are equal, and their variance is rounding. */
const VARIANCE_IS_ROUNDING = new Set(["digits_b4_fc3"]);

describe.each(GOLDENS)("WeightWatcher's options on $name", ({ name, eigenvalues, row }) => {
  const shape = { eigenvalues, M: row.M as number, Q: row.Q as number };

  it("mp_fit has its numbers", () => {
    expectSame(weightWatcherBulk(shape), optionalRun(name, "mp_fit").row, [
      "W_scale",
      "sigma_mp",
      "num_spikes",
      "mp_softrank",
      "bulk_max",
      "bulk_min",
    ]);
  });

  it("detX has its numbers", () => {
    expectSame(weightWatcherTraceLog(shape), optionalRun(name, "detX").row, [
      "detX_num",
      "detX_val",
      "detX_val_unrescaled",
    ]);
  });

  it("randomize has its numbers, given its random eigenvalues", () => {
    const { row: theirs, first, second } = optionalRun(name, "randomize_mp_detX");
    expect(first!.length).toBe(eigenvalues.length * weightWatcherReplicates(eigenvalues.length));
    const ours = weightWatcherRandomised(shape, { first: first!, second: second! });
    expectSame(ours, theirs, Object.keys(ours));
  });

  it.skipIf(VECTORS_ARE_NOISE.has(name))(
    "vectors has its numbers, with the eigenvalue at xmin on one side or the other",
    async () => {
      const theirs = optionalRun(name, "vectors").row;
      const measures = await vectorMeasures(name);
      const sides = [0, 1].map((less) => weightWatcherVectors(measures, (row.num_pl_spikes as number) - less));
      const columns = Object.keys(sides[0]).filter(
        (column) => !(VARIANCE_IS_ROUNDING.has(name) && column === "bulk_var_vec_entropy"),
      );
      const near = sides.find(
        ({ tail_mean_loc_ratio }) => Math.abs(tail_mean_loc_ratio! - (theirs.tail_mean_loc_ratio as number)) < 1e-6,
      );
      expectSame(near ?? sides[0], theirs, columns);
    },
  );
});

/**
 * WeightWatcher's measures of every eigenvector of the smaller side (of the rows of a square matrix), by ascending
 * eigenvalue over all slices.
 */
async function vectorMeasures(name: string) {
  const file = await openWeightFile(await localFiles(weightsPath(name)));
  const [layer] = planLayers(file, { conv: "slices", include: [], exclude: [], minEigenvalues: 1 }).layers;
  const { rows, cols } = layer.source;
  const M = Math.min(rows, cols);
  const all: { eigenvalue: number; vec_entropy: number; loc_ratio: number; part_ratio: number }[] = [];
  for await (const matrix of wholeMatrices(layer.source)) {
    const gram = rows <= cols ? finish(rowProducts(matrix, layer.source, unpaced())) : columnGram(matrix, cols);
    const { values, vectors } = symmetricEigen(gram, M);
    for (let i = 0; i < M; i++)
      all.push({ eigenvalue: values[i], ...weightWatcherVectorMeasures(vectors.subarray(i * M, (i + 1) * M)) });
  }
  await file.close();
  return all.sort((a, b) => a.eigenvalue - b.eigenvalue);
}

function columnGram(matrix: Values, cols: number): Float64Array {
  const gram = new Float64Array(cols * cols);
  finish(addColumnProducts(gram, [matrix, matrix], { cols, pace: unpaced() }));
  return gram;
}

describe("WeightWatcher's columns where it fails", () => {
  it("are null for a zero spectrum, and not -1", () => {
    const zero = { eigenvalues: new Float64Array(20), M: 20, Q: 2 };
    expect([weightWatcherBulk(zero), weightWatcherTraceLog(zero)]).toEqual([null, null]);
  });

  it("do not overflow where WeightWatcher's product of eigenvalues does", () => {
    const heavy = Float64Array.from({ length: 8000 }, (_, i) => ((i + 1) / 8000) ** -0.5).sort();
    // The eigenvalues above the mean, the largest quarter, have a product of about e^1000.
    const found = weightWatcherTraceLog({ eigenvalues: heavy })!;
    expect(found.detX_num).toBeGreaterThan(2000);
    expect(found.detX_num).toBeLessThan(8000);
  });
});
