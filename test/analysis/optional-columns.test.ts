import { describe, expect, it } from "vitest";
import {
  type LayerRecord,
  LOCALISATION_COLUMNS,
  RANDOMISATION_COLUMNS,
  WEIGHTWATCHER_COLUMNS,
} from "#eigenscope/analysis/index.js";
import { WEIGHTWATCHER_GROUPS } from "#eigenscope/analysis/optional-columns.js";
import { permuted } from "#eigenscope/analysis/permuted-source.js";
import type { MatrixSource } from "#eigenscope/layers/index.js";
import { analyze } from "#eigenscope/node/index.js";
import { optionalRun, weightsPath } from "../goldens/weightwatcher.js";
import { ramFiles } from "../ram-files.js";

async function rowOf(name: string, options: object): Promise<LayerRecord> {
  return (await analyze(weightsPath(name), { minEigenvalues: 1, ...options }).report()).layers[0];
}

describe("optional columns", () => {
  it("are not there unless they are asked for", async () => {
    const row = await rowOf("digits_b4_fc3", {});
    expect(row).toMatchObject({ name: "digits_b4_fc3" });
    for (const name of [...WEIGHTWATCHER_COLUMNS, ...RANDOMISATION_COLUMNS, ...LOCALISATION_COLUMNS])
      expect(Object.keys(row)).not.toContain(name);
  });

  it("come with the option of their kind, all of them", async () => {
    const row = await rowOf("digits_b4_fc1", { randomize: 2, weightwatcher: true, vectors: true });
    expect(Object.keys(row)).toEqual(
      expect.arrayContaining([...WEIGHTWATCHER_COLUMNS, ...RANDOMISATION_COLUMNS, ...LOCALISATION_COLUMNS]),
    );
    expect(WEIGHTWATCHER_COLUMNS.filter((name) => row[name] === null)).toEqual([]);
    expect(LOCALISATION_COLUMNS.filter((name) => row[name] === null)).toEqual([]);
  });

  it("are WeightWatcher's from the file to the row, and near its own where chance has a part", async () => {
    const row = await rowOf("conv_16x6x5x5", { weightwatcher: true });
    const theirs = {
      ...optionalRun("conv_16x6x5x5", "vectors").row,
      ...optionalRun("conv_16x6x5x5", "randomize_mp_detX").row,
    };
    for (const name of WEIGHTWATCHER_COLUMNS.filter((each) => !/^(max_)?rand_|^ww_/.test(each))) {
      expect(Math.abs(row[name]! - (theirs[name] as number)), name).toBeLessThanOrEqual(
        1e-5 * Math.abs(theirs[name] as number),
      );
    }
    // Another shuffle of the same 2400 weights: the bulk's width to a few per cent.
    expect(Math.abs(row.rand_sigma_mp! / (theirs.rand_sigma_mp as number) - 1)).toBeLessThan(0.05);
  });

  it("are the same for the same seed, and others for another", async () => {
    const [a, again, other] = await Promise.all(
      [7, 7, 8].map((seed) => rowOf("digits_b4_fc1", { randomize: 2, seed })),
    );
    expect(a).toEqual(again);
    expect(a.rand_lambda_max).not.toBe(other.rand_lambda_max);
  });

  it("find the trap of the golden that has one", async () => {
    const row = await rowOf("trap_400x200", { randomize: 3 });
    expect([row.correlation_traps, row.correlation_traps_sd]).toEqual([1, 0]);
  });

  it("are null in a layer that has no spectrum", async () => {
    const files = ramFiles({ "zero.npy": { values: new Float32Array(600), shape: [30, 20] } });
    const [row] = (await analyze(files, { randomize: 1, weightwatcher: true, vectors: true }).report()).layers;
    expect(row.reason).toBe("all 600 weights are zero");
    for (const name of [...WEIGHTWATCHER_COLUMNS, ...RANDOMISATION_COLUMNS, ...LOCALISATION_COLUMNS])
      expect(row[name], name).toBeNull();
  });

  it(
    "of WeightWatcher can be asked for by its options and one by one: those, with the values that all together " +
      "have, and no others",
    async () => {
      const all = await rowOf("digits_b4_fc1", { weightwatcher: true });
      const columns = [
        ...WEIGHTWATCHER_GROUPS.mp_fit,
        ...WEIGHTWATCHER_GROUPS.detX,
        "tail_mean_loc_ratio",
        "rand_distance",
      ] as const;
      const some = await rowOf("digits_b4_fc1", {
        weightwatcher: ["rand_distance", "detX", "mp_fit", "tail_mean_loc_ratio"],
      });
      expect(
        Object.keys(some)
          .filter((column) => (WEIGHTWATCHER_COLUMNS as readonly string[]).includes(column))
          .sort(),
      ).toEqual([...columns].sort());
      for (const column of columns) expect([column, some[column]]).toEqual([column, all[column]]);
      expect(all.tail_mean_loc_ratio).toBeGreaterThan(0);
    },
  );

  it("are null with a note where the layer is too large for them", async () => {
    const values = Float32Array.from({ length: 1030 * 1030 }, (_, k) => ((k * 7919) % 10007) / 10007 - 0.5);
    const [row] = (
      await analyze(ramFiles({ "large.npy": { values, shape: [1030, 1030] } }), { vectors: true }).report()
    ).layers;
    expect(row.bulk_vector_entropy).toBeNull();
    expect(row.notes.join()).toContain("its eigenvectors were not computed: the smaller side 1030 is above 1024");
  });

  it.each([
    [{ randomize: -1 }, "option randomize: found -1, expected a whole number from 0 to 1000"],
    [{ randomize: 1.5 }, "option randomize: found 1.5"],
    [{ weightwatcher: "yes" }, 'option weightwatcher: found "yes", expected true, false or a list of names'],
    [{ weightwatcher: [] }, "option weightwatcher: found [], expected true, false or a list of names"],
    [
      { weightwatcher: ["mp_fit", "mpfit"] },
      'option weightwatcher: found "mpfit", expected some of mp_fit, detX, randomize, vectors, num_spikes',
    ],
  ])("refuse %j", (options, sentence) => {
    expect(() => analyze(weightsPath("digits_b4_fc3"), options as object)).toThrow(sentence);
  });
});

describe("permuted weights", () => {
  const source: MatrixSource = {
    count: 2,
    rows: 30,
    cols: 7,
    async *blocks() {
      // Blocks that do not end with the matrices.
      const all = Float32Array.from({ length: 420 }, (_, k) => k);
      for (const [from, to] of [
        [0, 91],
        [91, 280],
        [280, 420],
      ])
        yield all.slice(from, to);
    },
  };
  const read = async (seed: number, replicate = 0): Promise<number[]> => {
    const values: number[] = [];
    for await (const block of permuted(source, { seed, layer: 3, replicate }).blocks()) values.push(...block);
    return values;
  };

  it("are the same weights, each matrix's its own", async () => {
    const values = await read(1);
    const sorted = (part: number[]): number[] => part.slice().sort((a, b) => a - b);
    expect(sorted(values.slice(0, 210))).toEqual(Array.from({ length: 210 }, (_, k) => k));
    expect(sorted(values.slice(210))).toEqual(Array.from({ length: 210 }, (_, k) => 210 + k));
    expect(values.slice(0, 210)).not.toEqual(values.slice(210).map((value) => value - 210));
  });

  it("depend on seed and replicate and on nothing else; seeds may have 53 bits", async () => {
    expect(await read(1)).toEqual(await read(1));
    expect(await read(1)).not.toEqual(await read(2));
    expect(await read(1)).not.toEqual(await read(1, 1));
    expect(await read(1)).not.toEqual(await read(1 + 2 ** 40));
  });
});
