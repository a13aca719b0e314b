import { describe, expect, it } from "vitest";
import { squareWindows } from "#eigenscope/analysis/extras/aspect-windows.js";
import { BOOTSTRAP_COLUMNS, FARMS_COLUMNS, type LayerRecord, TAIL_COLUMNS } from "#eigenscope/analysis/index.js";
import type { Values } from "#eigenscope/formats/index.js";
import type { MatrixSource } from "#eigenscope/layers/index.js";
import { analyze } from "#eigenscope/node/index.js";
import { weightsPath } from "../goldens/weightwatcher.js";
import { ramFiles } from "../ram-files.js";

async function rowOf(name: string, options: object): Promise<LayerRecord> {
  return (await analyze(weightsPath(name), { minEigenvalues: 1, ...options }).report()).layers[0];
}

describe("the tail's optional columns", () => {
  it("are not there unless they are asked for", async () => {
    const names = Object.keys(await rowOf("digits_b4_fc3", {}));
    for (const name of [...TAIL_COLUMNS, ...BOOTSTRAP_COLUMNS, ...FARMS_COLUMNS]) expect(names).not.toContain(name);
  });

  it("tell a power law from the others, and its mu, where the entries are heavy-tailed", async () => {
    const row = await rowOf("pareto_mu1.5_300x300", { tails: true });
    expect(row).toMatchObject({ alpha_valid: true, best_law: "PL", num_fingers: 0, clipped_alpha: row.alpha });
    expect(row.exp_ratio).toBeGreaterThan(2);
    expect(row.exp_p).toBeLessThan(0.05);
    expect([row.mu_low! < 1.5, row.mu_high! > 1.5, row.universality_class]).toEqual([true, true, "very heavy-tailed"]);
    for (const name of TAIL_COLUMNS) expect(row, name).toHaveProperty(name);
  });

  it("say nothing of mu where alpha is not valid: a random layer has none", async () => {
    const row = await rowOf("gauss_1000x500", { tails: true });
    expect(row).toMatchObject({ alpha_valid: false, mu: null, mu_low: null, mu_high: null, universality_class: null });
    expect(row.best_law).not.toBeNull();
  });

  it("hold alpha in its interval, reject a random layer's power law, not a true one's, and repeat", async () => {
    const options = { bootstrap: 60, seed: 3 };
    const [row, again, random] = await Promise.all([
      rowOf("plspectrum_600x400", options),
      rowOf("plspectrum_600x400", options),
      rowOf("gauss_1000x500", options),
    ]);
    expect(row).toEqual(again);
    expect([row.alpha_low! < row.alpha!, row.alpha! < row.alpha_high!, row.xmin_low! <= row.xmin_high!]).toEqual([
      true,
      true,
      true,
    ]);
    expect(row.power_law_p).toBeGreaterThan(0.1);
    expect(row.alpha_se).toBeGreaterThan(row.sigma! * 0.8);
    expect(random.power_law_p).not.toBeNull();
  });

  it("are null in a layer that has no spectrum", async () => {
    const files = ramFiles({ "zero.npy": { values: new Float32Array(600), shape: [30, 20] } });
    const [row] = (await analyze(files, { tails: true, bootstrap: 20, farms: true }).report()).layers;
    for (const name of [...TAIL_COLUMNS, ...BOOTSTRAP_COLUMNS, ...FARMS_COLUMNS]) expect(row[name], name).toBeNull();
  });

  it(
    "take the aspect ratio out of alpha: a square part of a matrix has the alpha of the whole in farms, not in " +
      "Hill's",
    async () => {
      let state = 1;
      const values = Float32Array.from({ length: 400 * 100 }, () => {
        state = (state * 48271) % 2147483647;
        return state / 2147483647 - 0.5;
      });
      const rowFor = async (rows: number) => {
        const files = ramFiles({ "w.npy": { values: values.slice(0, rows * 100), shape: [rows, 100] } });
        return (await analyze(files, { farms: true }).report()).layers[0];
      };
      const [tall, square] = await Promise.all([rowFor(400), rowFor(100)]);
      expect([tall.farms_windows, square.farms_windows, square.farms_alpha_sd]).toEqual([7, 1, null]);
      expect(Math.abs(tall.farms_alpha! - square.farms_alpha!)).toBeLessThan(3 * tall.farms_alpha_sd! + 0.05);
      expect(square.farms_alpha).toBeCloseTo(square.alpha_hill!, 12);
      expect(Math.abs(tall.alpha_hill! - square.alpha_hill!)).toBeGreaterThan(1);
    },
  );

  it.each([
    [{ bootstrap: 5 }, "option bootstrap: found 5, expected 0 or a whole number from 20 to 100000"],
    [{ tails: 1 }, "option tails: found 1, expected true or false"],
    [{ farms: "yes" }, 'option farms: found "yes", expected true or false'],
  ])("refuse %j", (options, sentence) => {
    expect(() => analyze(weightsPath("digits_b4_fc3"), options as object)).toThrow(sentence);
  });
});

describe("square windows", () => {
  /** Two matrices whose entries are their place, in blocks that do not end with them. */
  function stack(rows: number, cols: number, rowsAtOnce: number): MatrixSource {
    return {
      count: 2,
      rows,
      cols,
      async *blocks() {
        const all = Float32Array.from({ length: 2 * rows * cols }, (_, k) => k);
        for (let from = 0; from < all.length; from += rowsAtOnce * cols)
          yield all.slice(from, from + rowsAtOnce * cols);
      },
    };
  }

  async function collect(source: MatrixSource): Promise<Values[]> {
    const all: Values[] = [];
    for await (const block of source.blocks()) all.push(block);
    return all;
  }

  it.each([
    [7, 3, 2],
    [7, 3, 5],
    [9, 4, 9],
    [4, 4, 3],
    [3, 8, 2],
  ])(
    "of %i x %i, %i rows a block, are the entries of those rows and columns, both ends included",
    async (rows, cols, rowsAtOnce) => {
      const source = stack(rows, cols, rowsAtOnce);
      const windows = squareWindows(source);
      const side = Math.min(rows, cols);
      const found = await collect(windows);
      expect([windows.rows, windows.cols, windows.count, found.length]).toEqual([
        side,
        side,
        2 * windows.windows,
        2 * windows.windows,
      ]);
      for (const [k, window] of found.entries()) {
        const matrix = Math.floor(k / windows.windows);
        const first = window[0] - matrix * rows * cols;
        const [row, col] = [Math.floor(first / cols), first % cols];
        const expected = Array.from({ length: side * side }, (_, i) => {
          return matrix * rows * cols + (row + Math.floor(i / side)) * cols + col + (i % side);
        });
        expect([...window]).toEqual(expected);
        const at = k % windows.windows;
        if (at === 0) expect([row, col]).toEqual([0, 0]);
        if (at === windows.windows - 1) expect([row, col]).toEqual([rows - side, cols - side]);
      }
    },
  );
});
