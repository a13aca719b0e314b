import { beforeAll, describe, expect, it } from "vitest";
import { columnWorkInPlace } from "#eigenscope/analysis/column-work.js";
import type { Extra, ExtrasRequest } from "#eigenscope/analysis/extras/extra.js";
import { EXTRAS } from "#eigenscope/analysis/extras/index.js";
import {
  extraColumns,
  extrasAsked,
  extrasWork,
  measureExtras,
  withExtras,
} from "#eigenscope/analysis/extras/measure-extras.js";
import { PERMUTED_WEIGHTS } from "#eigenscope/analysis/extras/needs.js";
import { permutedSpectra } from "#eigenscope/analysis/extras/permuted-spectra.js";
import type { LayerRecord, LayerResult } from "#eigenscope/analysis/index.js";
import { WEIGHTWATCHER_GROUPS, weightWatcherColumnsOf } from "#eigenscope/analysis/optional-columns.js";
import { type ExtraName, NOTHING_OPTIONAL } from "#eigenscope/analysis/options.js";
import { spectrumWork } from "#eigenscope/analysis/spectrum-work.js";
import type { MatrixSource } from "#eigenscope/layers/index.js";
import { analyze } from "#eigenscope/node/index.js";
import { createRng } from "#eigenscope/numeric/index.js";
import { COLUMNS_BY_OPTION, OPTIONAL_COLUMNS } from "#eigenscope/report/columns.js";
import { createReferenceEngine, inPlacePool, type SpectralPool } from "#eigenscope/spectra/index.js";
import { ramFiles } from "../ram-files.js";

/** Each option on its own, with a value that asks for its measurement. */
const ASKING: Readonly<Record<ExtraName, Partial<ExtrasRequest>>> = {
  weightwatcher: { weightwatcher: true },
  randomize: { randomize: 2 },
  vectors: { vectors: true },
  tails: { tails: true },
  bootstrap: { bootstrap: 20 },
  farms: { farms: true },
  heads: { heads: true },
};
const NOTHING: ExtrasRequest = { ...NOTHING_OPTIONAL, seed: 3 };
const EVERYTHING: ExtrasRequest = Object.assign({ ...NOTHING }, ...Object.values(ASKING));

function asking(options: Partial<ExtrasRequest>): ExtrasRequest {
  return { ...NOTHING, ...options };
}

function extraOf(name: ExtraName): Extra {
  return EXTRAS.find((extra) => extra.name === name)!;
}

/** The result of a layer of heavy-tailed weights, without optional columns. */
async function measured(rows: number, cols: number): Promise<LayerResult> {
  const rng = createRng(1);
  const values = Float32Array.from({ length: rows * cols }, () => (rng() - 0.5) / Math.sqrt(rng()));
  const [result] = await analyze(ramFiles({ "w.npy": { values, shape: [rows, cols] } })).results();
  return result;
}

/** A pool that records what it solves: the first values of each stack, and how many stacks ran at once. */
function recordingPool(fail: (solves: number) => unknown = () => undefined) {
  const inPlace = inPlacePool(createReferenceEngine());
  const record = { solved: [] as string[], eigenvectors: 0, mostAtOnce: 0 };
  let running = 0;
  const pool: SpectralPool = {
    ...inPlace,
    async solve(source, signal, options) {
      running++;
      record.mostAtOnce = Math.max(record.mostAtOnce, running);
      for await (const block of source.blocks()) {
        record.solved.push(`${source.rows} x ${source.cols}: ${block.slice(0, 8).join()}`);
        break;
      }
      const failure = fail(record.solved.length);
      try {
        if (failure !== undefined) throw failure;
        return await inPlace.solve(source, signal, options);
      } finally {
        running--;
      }
    },
    eigenvectors(...args) {
      record.eigenvectors++;
      return inPlace.eigenvectors(...args);
    },
  };
  return { pool, record };
}

/** The result with a matrix too large for permutations and eigenvectors (1), for eigenvectors (2), for neither (0). */
function ofSize(result: LayerResult, size: 0 | 1 | 2): LayerResult {
  const { source } = result.layer;
  // 2^26 entries are permuted, and not one column more; above 2^24 there are no eigenvectors.
  const [rows, cols] = [
    [source.rows, source.cols],
    [2 ** 16, 2 ** 10 + 1],
    [2 ** 16, 2 ** 10],
  ][size];
  const large: MatrixSource = { ...source, rows, cols };
  return { ...result, layer: { ...result.layer, source: size === 0 ? source : large } };
}

const NOT_RANDOMISED =
  `its weights were not randomised: 65536 x 1025 entries are more than ${2 ** 26}, the most that are held in ` +
  "memory at once";
const noVectors = (reason: string): string => `its eigenvectors were not computed: ${reason}`;

describe("the list of optional measurements", () => {
  it("has one entry for every option that adds columns", () => {
    expect(EXTRAS.map(({ name }) => name).sort()).toEqual(Object.keys(NOTHING_OPTIONAL).sort());
  });

  it("has every optional column of the report in exactly one entry, in the report's order", () => {
    expect(extraColumns(EVERYTHING)).toEqual(OPTIONAL_COLUMNS.map(({ name }) => name));
    expect(new Set(extraColumns(EVERYTHING)).size).toBe(OPTIONAL_COLUMNS.length);
  });

  it.each(EXTRAS)("has for $name the columns that the report gives its option, and no others", ({ name }) => {
    const { columns } = COLUMNS_BY_OPTION.find(({ option }) => option === `--${name}`)!;
    const request = asking(ASKING[name]);
    expect(extraColumns(request)).toEqual(columns.map((column) => column.name));
    expect(extrasAsked(request).map((extra) => extra.name)).toEqual([name]);
  });

  it.each(EXTRAS)("asks for no columns, no work and no needs of $name with any option but its own", (extra) => {
    const others = asking({ ...EVERYTHING, [extra.name]: NOTHING_OPTIONAL[extra.name] });
    const layer = { N: 400, M: 200, rf: 1, source: { count: 1, rows: 400, cols: 200 } } as never;
    for (const request of [NOTHING, others]) {
      expect(extra.columns(request)).toEqual([]);
      expect(extra.work(layer, request)).toBe(0);
      expect(extra.needs(request)).toEqual([]);
    }
  });

  it.each(EXTRAS)(
    "measures with $name all of its columns and no default column but those of the bootstrap",
    async (extra) => {
      const plain = await measured(40, 20);
      const heads = { count: 2, size: 20, along: "rows", from: "the test" } as const;
      const result = { ...plain, layer: { ...plain.layer, ...(extra.name === "heads" && { heads }) } };
      const request = asking(ASKING[extra.name]);
      const { record } = await measureExtras(result, {
        request,
        pool: recordingPool().pool,
        columnWorker: columnWorkInPlace(),
      });
      const changed = Object.keys(record).filter((name) => record[name as never] !== result.record[name as never]);
      const replaced = extra.name === "bootstrap" ? ["alpha_low", "alpha_high"] : [];
      const verdict = ["notes", "verdict", "verdict_reason"];
      expect(changed.filter((name) => !verdict.includes(name)).sort()).toEqual(
        [...extra.columns(request), ...replaced].sort(),
      );
      expect(extra.columns(request).filter((name) => record[name] !== null)).not.toEqual([]);
    },
  );
});

describe("the work of optional measurements", () => {
  const tall = { N: 400, M: 200, rf: 1, source: { count: 1, rows: 400, cols: 200 } };
  const small = { N: 90, M: 30, rf: 2, source: { count: 2, rows: 30, cols: 90 } };
  const square = { N: 100, M: 100, rf: 1, source: { count: 1, rows: 100, cols: 100 } };

  const large = { N: 1025, M: 1025, rf: 1, source: { count: 1, rows: 1025, cols: 1025 } };
  const vectorWork = ({ N, M, rf }: typeof tall): number => rf * (N * M * M + 7 * M ** 3);

  // Of 400 x 200, three windows; of 90 x 30, five. WeightWatcher permutes 2 times from 100 eigenvalues, else 6 times.
  it.each([
    [tall, { randomize: 5 }, 5 * spectrumWork(tall)],
    [tall, { weightwatcher: true }, 2 * spectrumWork(tall) + vectorWork(tall)],
    [small, { weightwatcher: true }, 6 * spectrumWork(small) + vectorWork(small)],
    [small, { weightwatcher: ["mp_fit", "detX"] }, 0],
    [small, { weightwatcher: ["mp_fit", "detX", "vectors"] }, vectorWork(small)],
    [small, { weightwatcher: ["rand_distance"] }, 6 * spectrumWork(small)],
    [small, { weightwatcher: true, randomize: 2 }, 6 * spectrumWork(small) + vectorWork(small)],
    [small, { weightwatcher: true, randomize: 9 }, 9 * spectrumWork(small) + vectorWork(small)],
    [tall, { farms: true }, 3 * spectrumWork({ N: 200, M: 200, rf: 1 })],
    [small, { farms: true, randomize: 1 }, 5 * spectrumWork({ N: 30, M: 30, rf: 2 }) + spectrumWork(small)],
    [square, { farms: true }, 0],
    [square, { tails: true, bootstrap: 20 }, 0],
    [square, { vectors: true, tails: true }, vectorWork(square)],
    // Eigenvectors are computed up to M = 1024.
    [large, { vectors: true, weightwatcher: ["vectors"] }, 0],
  ])("on %j is for %j that of its spectra and eigenvectors", (layer, options, work) => {
    // The sum of two products against one product of the sum: a few roundings.
    expect(Math.abs(extrasWork(layer as never, asking(options)) - work)).toBeLessThanOrEqual(4 * Number.EPSILON * work);
  });
});

describe("the optional measurements of a layer", () => {
  let small: LayerResult;
  beforeAll(async () => {
    small = await measured(40, 20);
  });
  const measure = async (result: LayerResult, options: Partial<ExtrasRequest>, { pool, record } = recordingPool()) => {
    const more = await measureExtras(result, { request: asking(options), pool, columnWorker: columnWorkInPlace() });
    return { row: more.record, ...record };
  };

  // 20 eigenvalues: WeightWatcher pools 5 permutations and takes one more.
  it.each([
    [{ randomize: 2 }, 2],
    [{ weightwatcher: true }, 6],
    [{ weightwatcher: true, randomize: 2 }, 6],
    [{ weightwatcher: ["randomize"], randomize: 9 }, 9],
    [{ weightwatcher: ["mp_fit", "detX"] }, 0],
  ])("solve for %j %i permutations, none of them twice and one at a time", async (options, count) => {
    const { solved, mostAtOnce } = await measure(small, options);
    expect(solved).toHaveLength(count);
    expect(new Set(solved).size).toBe(count);
    expect(mostAtOnce).toBe(Math.min(1, count));
  });

  it("have together the values that each has alone", async () => {
    const together = (await measure(small, EVERYTHING)).row;
    for (const { name } of EXTRAS) {
      const { row } = await measure(small, ASKING[name]);
      for (const column of extraOf(name).columns(EVERYTHING))
        expect([column, row[column]]).toEqual([column, together[column]]);
    }
  });

  it.each([[["rand_distance"]], [["detX_num", "tail_mean_loc_ratio"]]])(
    "add only the asked-for columns of WeightWatcher: %j",
    async (names) => {
      const { row } = await measure(small, { weightwatcher: names });
      expect(Object.keys(row).slice(Object.keys(small.record).length)).toEqual(names);
      for (const name of names) expect(row[name as keyof LayerRecord], name).not.toBeNull();
    },
  );

  it("solve the windows of a matrix together, and of a square matrix none: it is its own window", async () => {
    const tall = await measure(small, { farms: true });
    expect([tall.row.farms_windows, tall.solved.length]).toEqual([3, 1]);
    const square = await measure(await measured(20, 20), { farms: true });
    expect([square.row.farms_windows, square.solved.length]).toEqual([1, 0]);
    expect(square.row.farms_alpha).not.toBeNull();
  });

  it("share permutations also when two ask at the same time", async () => {
    const { pool, record } = recordingPool();
    const spectra = permutedSpectra(small.layer, { seed: 3, pool });
    const [three, five] = await Promise.all([spectra(3), spectra(5)]);
    expect([three.length, five.length, record.solved.length, record.mostAtOnce]).toEqual([3, 5, 5, 1]);
    expect(five.slice(0, 3)).toEqual(three);
  });

  it("reject with the pool's error, and solve no further permutation after it", async () => {
    const broken = new Error("the file is gone");
    const recording = recordingPool((solves) => (solves === 2 ? broken : undefined));
    await expect(measure(small, { randomize: 5 }, recording)).rejects.toBe(broken);
    expect(recording.record.solved).toHaveLength(2);
  });

  it("return the result itself where nothing is asked for, with or without a spectrum", async () => {
    const nothing = { request: NOTHING, pool: recordingPool().pool, columnWorker: columnWorkInPlace() };
    expect(await measureExtras(small, nothing)).toBe(small);
    expect(withExtras({ ...small, spectrum: null }, NOTHING, [])).toEqual({ ...small, spectrum: null });
  });

  it("are null in the report's order, without a note, in a layer without a spectrum", async () => {
    const { row, solved, eigenvectors } = await measure(ofSize({ ...small, spectrum: null }, 1), EVERYTHING);
    const added = Object.keys(row).slice(Object.keys(small.record).length);
    expect(added).toEqual(OPTIONAL_COLUMNS.map(({ name }) => name));
    for (const name of extraColumns(EVERYTHING)) expect(row[name], name).toBeNull();
    expect([row.notes, solved.length, eigenvectors]).toEqual([small.record.notes, 0, 0]);
  });

  const tooManyEntries = (cols: number) => noVectors(`the smaller side ${cols} is above 1024`);
  const tooLong = noVectors(`65536 x 1024 entries are more than ${2 ** 24}`);
  it.each<[0 | 1 | 2, Partial<ExtrasRequest>, string[]]>([
    [0, { randomize: 1, weightwatcher: true, vectors: true }, []],
    [1, { randomize: 1 }, [NOT_RANDOMISED]],
    [1, { weightwatcher: ["randomize"] }, [NOT_RANDOMISED]],
    [1, { weightwatcher: true, randomize: 1, vectors: true }, [NOT_RANDOMISED, tooManyEntries(1025)]],
    [1, { weightwatcher: ["vectors"], randomize: 1 }, [NOT_RANDOMISED, tooManyEntries(1025)]],
    [1, { weightwatcher: ["mp_fit", "detX"], tails: true }, []],
    [2, { vectors: true }, [tooLong]],
    [2, { weightwatcher: ["vectors"], vectors: true }, [tooLong]],
  ])("say once, in order, what a layer of size %i is too large for: %j", async (size, options, notes) => {
    const { row, solved, eigenvectors } = await measure(ofSize(small, size), options);
    expect(row.notes).toEqual([...small.record.notes, ...notes]);
    if (size > 0) expect([solved, eigenvectors]).toEqual([[], 0]);
  });

  it("permute up to 2^26 entries in memory", () => {
    expect(PERMUTED_WEIGHTS.objection(ofSize(small, 2).layer)).toBeNull();
    expect(PERMUTED_WEIGHTS.objection(ofSize(small, 1).layer)).toBe(NOT_RANDOMISED);
  });

  it("measure what a layer that is too large for permutations and eigenvectors still allows", async () => {
    const { row } = await measure(ofSize(small, 1), { weightwatcher: true, randomize: 1, vectors: true });
    const allowed: readonly string[] = [...WEIGHTWATCHER_GROUPS.mp_fit, ...WEIGHTWATCHER_GROUPS.detX];
    for (const name of extraColumns(asking({ weightwatcher: true, randomize: 1, vectors: true })))
      expect([name, row[name] === null]).toEqual([name, !allowed.includes(name)]);
  });

  it.each([
    [0.9, (small) => small.verdict],
    [1, () => "correlation trap"],
  ] as [number, (row: LayerRecord) => string][])(
    "decide the verdict again: with %d correlation traps",
    (correlation_traps, verdict) => {
      const { record } = withExtras(small, asking({ randomize: 1 }), [{ correlation_traps }]);
      expect([record.correlation_traps, record.verdict]).toEqual([correlation_traps, verdict(small.record)]);
      expect(record.rand_lambda_max).toBeNull();
    },
  );
});

describe("the parameters of an optional measurement", () => {
  const parametersOf = (name: ExtraName, options: Partial<ExtrasRequest>) => extraOf(name).parameters(asking(options));

  it("hold what its values depend on", () => {
    expect(parametersOf("randomize", { randomize: 4, seed: 9 })).toEqual({ replicates: 4, seed: 9 });
    expect(parametersOf("bootstrap", { bootstrap: 50, seed: 9 })).toEqual({ replicates: 50, seed: 9 });
    expect(parametersOf("tails", { tails: true, seed: 9 })).toEqual({ seed: 9 });
    expect(parametersOf("weightwatcher", { weightwatcher: ["rand_distance", "detX"], seed: 9 })).toEqual({
      columns: [...WEIGHTWATCHER_GROUPS.detX, "rand_distance"],
      seed: 9,
    });
  });

  it("hold nothing else: no seed where nothing is drawn, no option of another measurement", () => {
    expect(parametersOf("weightwatcher", { weightwatcher: ["mp_fit"], seed: 9 })).toEqual({
      columns: WEIGHTWATCHER_GROUPS.mp_fit,
    });
    expect(parametersOf("vectors", { ...EVERYTHING, seed: 9 })).toEqual({});
    expect(parametersOf("farms", { ...EVERYTHING, seed: 9 })).toEqual({});
    for (const { name, parameters } of EXTRAS) {
      const alone = asking(ASKING[name]);
      expect(parameters(EVERYTHING)).toEqual(parameters(alone));
      expect(JSON.parse(JSON.stringify(parameters(alone)))).toEqual(parameters(alone));
    }
  });

  it("are the same for the same columns, however they are asked for", () => {
    const all = parametersOf("weightwatcher", { weightwatcher: true });
    expect(all).toEqual(parametersOf("weightwatcher", { weightwatcher: Object.keys(WEIGHTWATCHER_GROUPS) }));
    expect(all.columns).toEqual(weightWatcherColumnsOf(true));
  });
});
