import { describe, expect, it } from "vitest";
import { createRng } from "#eigenscope/numeric/index.js";
import {
  compared,
  comparedModels,
  edgeOf,
  lowRank,
  type Matrix,
  noise,
  plus,
  STORED,
  scaled,
  transposed,
} from "./compared.js";

const [ROWS, COLS] = [120, 60];
const SIGMA = 0.05;

/** A trained layer: noise and some directions beyond its edge, of these multiples of the edge's singular value. */
function trained(seed: number, multiples: readonly number[] = [6, 4, 3, 2]): Matrix {
  const rng = createRng(seed);
  const edge = Math.sqrt(edgeOf({ rows: ROWS, cols: COLS }, SIGMA));
  return plus(
    noise(ROWS, COLS, SIGMA, rng),
    lowRank(
      ROWS,
      COLS,
      multiples.map((multiple) => multiple * edge),
      rng,
    ),
  );
}

describe("what fine-tuning did", () => {
  const A = trained(1);

  it.each([1, 4, 8])("finds a change of rank %d in noise, with an interval that covers it", async (rank) => {
    const rng = createRng(10 + rank);
    const sigma = 0.1 * SIGMA;
    const edge = Math.sqrt(edgeOf(A, sigma));
    const B = plus(A, noise(ROWS, COLS, sigma, rng), lowRank(ROWS, COLS, new Array(rank).fill(7 * edge), rng));
    const layer = await compared(A, B);
    expect(layer).toMatchObject({ dw_rank: rank, kind: "low-rank", spikes_lost: 0 });
    expect(layer.dw_rank_low).toBeLessThanOrEqual(rank);
    expect(layer.dw_rank_low).toBeGreaterThan(0);
    expect(layer.dw_rank_high).toBeGreaterThanOrEqual(rank);
    // Sampling error 1/sqrt(2 N M) = 1 %, three of them; the edge follows sigma^2, and the bulk has k rows and columns
    // less.
    expect(Math.abs(layer.dw_sigma! / sigma - 1)).toBeLessThan(0.03);
    const bulk = { rows: ROWS - rank, cols: COLS - rank };
    expect(Math.abs(layer.dw_edge! / edgeOf(bulk, sigma) - 1)).toBeLessThan(0.07);
  });

  it("covers the rank of a change just beyond the noise in at least 37 of 40 draws", async () => {
    let covered = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const rng = createRng(100 + seed);
      const sigma = 0.1 * SIGMA;
      // 1.2 to 2 times the critical strength sigma (N M)^(1/4).
      const critical = sigma * (ROWS * COLS) ** 0.25;
      const change = lowRank(
        ROWS,
        COLS,
        [1.2, 1.5, 2].map((multiple) => multiple * critical),
        rng,
      );
      const layer = await compared(A, plus(A, noise(ROWS, COLS, sigma, rng), change));
      if (layer.dw_rank_low! <= 3 && 3 <= layer.dw_rank_high!) covered++;
    }
    // The interval has 99 %.
    expect(covered).toBeGreaterThanOrEqual(37);
  });

  it.each([
    ["F32", "of f32, whose rounding is a bulk"],
    ["F64", "of f64, where nothing but the change is left"],
  ] as const)("finds the rank of an adapter merged into weights stored as %s, %s", async (type, _) => {
    const B = plus(A, lowRank(ROWS, COLS, [1, 0.5, 0.2, 0.1, 0.05, 0.02], createRng(5)));
    const layer = await compared(A, B, [type, type]);
    expect(layer).toMatchObject({ dw_rank: 6, dw_rank_low: 6, kind: "low-rank" });
    expect(layer.dw_rank_high).toBeLessThanOrEqual(type === "F64" ? 6 : 8);
    expect(layer.dw_rank_share).toBeCloseTo(1, 6);
    if (type === "F64") expect([layer.dw_sigma, layer.dw_edge]).toEqual([0, 0]);
  });

  it("takes directions of like strengths for the rank and not for noise, if nothing else is there", async () => {
    // Twelve singular values as a 120 x 12 random matrix has them.
    const singular = Array.from({ length: 12 }, (_, k) => 0.8 + 0.05 * k);
    const layer = await compared(A, plus(A, lowRank(ROWS, COLS, singular, createRng(7))), ["F64", "F64"]);
    expect(layer).toMatchObject({ dw_rank: 12, dw_rank_low: 12, dw_rank_high: 12, dw_sigma: 0, kind: "low-rank" });
  });

  it.each([
    [0.6, "low-rank"],
    [0.4, "structured"],
  ])("calls three directions with a share of %d of the change %s", async (share, kind) => {
    const rng = createRng(21);
    const sigma = 0.1 * SIGMA;
    const energy = (sigma ** 2 * ROWS * COLS * share) / (1 - share);
    const B = plus(
      A,
      noise(ROWS, COLS, sigma, rng),
      lowRank(ROWS, COLS, new Array(3).fill(Math.sqrt(energy / 3)), rng),
    );
    const layer = await compared(A, B);
    expect(layer).toMatchObject({ dw_rank: 3, kind });
    // A spike contains the noise in its own directions.
    expect(Math.abs(layer.dw_rank_share! - share)).toBeLessThan(0.07);
  });

  it("calls a change of many directions structured, however much of it they have", async () => {
    const B = plus(A, lowRank(ROWS, COLS, new Array(20).fill(1), createRng(6)));
    expect(await compared(A, B)).toMatchObject({ dw_rank: 20, kind: "structured" });
    const few = plus(A, lowRank(ROWS, COLS, new Array(14).fill(1), createRng(6)));
    expect(await compared(A, few)).toMatchObject({ dw_rank: 14, kind: "low-rank" });
  });

  it("says of one value added everywhere that it is one direction", async () => {
    const shifted = { ...A, values: A.values.map((value) => Math.fround(value) + 0.25) };
    const layer = await compared(A, shifted, ["F32", "F64"]);
    expect(layer).toMatchObject({ dw_rank: 1, dw_rank_low: 1, dw_rank_high: 1, dw_edge: 0, kind: "low-rank" });
    const operator = (0.25 * Math.sqrt(ROWS * COLS)) / layer.columns.sv_max.a!;
    expect(layer.relative_change_operator).toBeCloseTo(operator, 12);
  });
});

describe("what noise did", () => {
  it("finds no rank in noise, and its size", async () => {
    const A = trained(2);
    const layer = await compared(A, plus(A, noise(ROWS, COLS, 0.3 * SIGMA, createRng(3))));
    expect(layer).toMatchObject({ kind: "noise", dw_rank: 0, dw_rank_low: 0, spikes_a: 4, spikes_lost: 0 });
    expect(layer.spikes_turned).toBe(0);
    const operator = Math.sqrt(edgeOf(A, 0.3 * SIGMA)) / layer.columns.sv_max.a!;
    // A Tracy-Widom scale is 1.6 % of the largest singular value; 99 % of the law are within -3.9 and 2 of them.
    expect(Math.abs(layer.relative_change_operator! / operator - 1)).toBeLessThan(0.065);
  });

  it("counts the spikes of A that are not above the edge of the noise as lost, one by one", async () => {
    const A = trained(3, [8, 4, 2]);
    const { columns } = await compared(A, A);
    expect(columns.spikes.a).toBe(3);
    for (const [multiple, lost] of [
      [1.2, 0],
      [3, 1],
      [6, 2],
      [12, 3],
    ]) {
      const layer = await compared(A, plus(A, noise(ROWS, COLS, multiple * SIGMA, createRng(4))));
      expect(layer, `${multiple}`).toMatchObject({ spikes_a: 3, spikes_lost: lost });
      expect(layer.kind).toBe(lost === 0 ? "noise" : "damaged");
    }
  });

  it("counts every direction of a matrix of low rank as a spike", async () => {
    const A = lowRank(ROWS, COLS, [3, 2, 1, 0.5, 0.02, 0.01], createRng(8));
    const layer = await compared(A, plus(A, noise(ROWS, COLS, 0.005, createRng(9))));
    // The edge is at a singular value of 0.094.
    expect(layer).toMatchObject({ spikes_a: 6, spikes_lost: 2, kind: "damaged" });
  });

  it("says that a layer is damaged if it lost rank and its stored type is the same", async () => {
    const A = trained(11);
    const cut = lowRank(ROWS, COLS, [3, 2.5, 2, 1.5, 1], createRng(11));
    const [before, after] = [plus(cut, scaled(A, 0.1)), cut];
    expect(await compared(before, after)).toMatchObject({ phase_b: "rank-collapse", kind: "damaged" });
    expect((await compared(before, after, ["F64", "F32"])).kind).not.toBe("damaged");
  });
});

describe("what rounding did", () => {
  const A = trained(31);

  it.each([
    ["F32", "BF16"],
    ["F64", "F32"],
    ["F32", "I8"],
    ["BF16", "I8"],
  ] as const)("is recognised from %s to %s", async (inA, inB) => {
    const layer = await compared(A, A, [inA, inB]);
    expect(layer).toMatchObject({ kind: "rounding", spikes_a: 4, spikes_lost: 0, spikes_turned: 0 });
    const largest = (layer.relative_change_operator! * layer.columns.sv_max.a!) ** 2;
    expect(largest).toBeLessThanOrEqual(layer.rounding_edge!);
    // The bound is not loose: rounding has at least a tenth of it.
    expect(largest).toBeGreaterThan(0.1 * layer.rounding_edge!);
  });

  it("is recognised where rows have very different sizes, and their errors too", async () => {
    const uneven = { ...A, values: A.values.map((value, k) => (k < 5 * COLS ? 100 : 1) * value) };
    const layer = await compared(uneven, uneven, ["F32", "BF16"]);
    expect(layer.kind).toBe("rounding");
    // Rows of 100 times the size have nearly all errors: as the rounding of a 5 x 60 matrix.
    expect(layer).toMatchObject({ dw_rank: 0, dw_rank_low: 0 });
    const even = await compared(A, A, ["F32", "BF16"]);
    const perEnergy = ({ rounding_edge, columns }: typeof layer) => rounding_edge! / columns.norm.a!;
    expect(perEnergy(layer)).toBeGreaterThan(3 * perEnergy(even));
  });

  it("does not explain a change of one direction that is as large as all of the rounding", async () => {
    // The relative error of bf16 is 2^-8/sqrt(3) at most.
    const size = (2 ** -8 / Math.sqrt(3)) * Math.sqrt(A.values.reduce((sum, value) => sum + value * value, 0));
    for (const [factor, kind] of [
      [0.05, "rounding"],
      [0.4, "structured"],
      [3, "low-rank"],
    ] as const) {
      const change = lowRank(ROWS, COLS, [factor * size], createRng(12));
      expect((await compared(A, plus(A, change), ["F32", "BF16"])).kind, `${factor}`).toBe(kind);
    }
  });

  it("does not explain a change of all directions that has more energy, though none is larger", async () => {
    const [part] = Object.values(STORED.BF16(A));
    const words = Uint32Array.from(new Uint16Array(part.bytes.buffer), (half) => half << 16);
    const grid = { ...A, values: Float64Array.from(new Float32Array(words.buffer)) };
    const meanSquare = grid.values.reduce((sum, value) => sum + value * value, 0) / grid.values.length;
    const edge = edgeOf(A, (2 ** -8 / Math.sqrt(3)) * Math.sqrt(meanSquare));
    for (const [share, kind] of [
      [0.9, "not"],
      [0.3, "rounding"],
    ] as const) {
      const flat = lowRank(ROWS, COLS, new Array(COLS).fill(Math.sqrt(share * edge)), createRng(13));
      const layer = await compared(grid, plus(grid, flat), ["BF16", "F64"]);
      // The 99 % point of the largest eigenvalue is two Tracy-Widom scales of 3.2 % beyond the edge.
      expect(Math.abs(layer.rounding_edge! / edge - 1.06)).toBeLessThan(0.02);
      expect((layer.relative_change_operator! * layer.columns.sv_max.a!) ** 2).toBeLessThan(layer.rounding_edge!);
      if (kind === "rounding") expect(layer.kind).toBe(kind);
      else expect(layer.kind).not.toBe("rounding");
    }
  });

  it("leaves nothing to say of a layer that is the same", async () => {
    expect(await compared(A, A)).toMatchObject({
      ...{ kind: "unchanged", status: "unchanged", dw_rank: 0, dw_rank_high: 0, spikes_lost: 0 },
      ...{ relative_change_operator: 0, leading: null, overlap_left: null, spikes_turned: null },
    });
  });

  it("is the same for a 1 x 1 convolution and the matrix that it equals, by another eigenvalue scale", async () => {
    const conv = (parts: ReturnType<(typeof STORED)["F32"]>) => {
      const [part] = Object.values(parts);
      return { "x.weight": { ...part, shape: [...part.shape, 1, 1] } };
    };
    const B = plus(A, noise(ROWS, COLS, 4 * SIGMA, createRng(32)), lowRank(ROWS, COLS, [20], createRng(33)));
    const [a, b] = [STORED.F32(A), STORED.F32(B)];
    const models = [
      [a, b],
      [conv(a), b],
      [a, conv(b)],
      [conv(a), conv(b)],
    ] as const;
    const found = await Promise.all(models.map(async ([one, other]) => (await comparedModels(one, other)).layers[0]));
    const scales = found.map(({ difference }) => difference!.lambda_max! / found[0].difference!.lambda_max!);
    expect(scales.map((scale) => Number(scale.toFixed(9)))).toEqual([1, 1, 0.5, 0.5]);
    expect(found[0]).toMatchObject({ spikes_a: 4, dw_rank: 1 });
    expect(found[0].spikes_lost).toBeGreaterThan(0);
    for (const [k, layer] of found.entries()) {
      for (const column of ["spikes_a", "spikes_lost", "spikes_turned", "dw_rank", "kind", "leading"] as const)
        expect(layer[column], `${column} ${k}`).toBe(found[0][column]);
      for (const column of ["dw_sigma", "relative_change_operator", "overlap_left", "dw_rank_share"] as const)
        expect(layer[column], `${column} ${k}`).toBeCloseTo(found[0][column]!, 9);
      for (const column of ["dw_edge", "rounding_edge"] as const)
        expect(layer[column]! / found[0][column]!, `${column} ${k}`).toBeCloseTo(scales[k], 9);
    }
  });

  it("is told from a stack of convolutions as from matrices", async () => {
    const conv = (matrix: Matrix, type: "F32" | "BF16") => {
      const [part] = Object.values(STORED[type](matrix));
      return { "x.weight": { ...part, shape: [60, 30, 2, 2] } };
    };
    const { layers } = await comparedModels(conv(A, "F32"), conv(A, "BF16"));
    expect(layers[0]).toMatchObject({ rf: 4, N: 60, M: 30, kind: "rounding" });
    expect(layers[0].overlap_left).toBeGreaterThan(0.99);
  });
});

describe("what became of A's directions", () => {
  /** Directions of A of given singular values, in noise; B has other left vectors in place of the first `moved`. */
  function turnedBy(moved: number, seed: number): readonly [Matrix, Matrix] {
    const rng = createRng(seed);
    const background = noise(ROWS, COLS, SIGMA, rng);
    const edge = Math.sqrt(edgeOf(background, SIGMA));
    const parts = [8, 6, 5, 4].map((multiple) => lowRank(ROWS, COLS, [multiple * edge], rng));
    const others = [8, 6, 5, 4].map((multiple) => lowRank(ROWS, COLS, [multiple * edge], rng));
    return [
      plus(background, ...parts),
      plus(background, ...parts.map((part, k) => (k < moved ? others[k] : part)), noise(ROWS, COLS, 0.1 * SIGMA, rng)),
    ];
  }

  it.each([0, 1, 2])("counts the %d spikes that turned to other directions", async (moved) => {
    const layer = await compared(...turnedBy(moved, 41));
    expect(layer).toMatchObject({ spikes_a: 4, leading: 4, spikes_turned: moved });
    // The lost ones overlap like random directions, some 4/60 and 4/120.
    expect(Math.abs(layer.overlap_right! - (4 - moved) / 4)).toBeLessThan(0.12);
    if (moved > 0) expect(Math.min(layer.angle_left!, layer.angle_right!)).toBeGreaterThan(45);
    else expect(Math.max(layer.angle_left!, layer.angle_right!)).toBeLessThan(6);
    expect([layer.overlap_left_chance, layer.overlap_right_chance]).toEqual([4 / ROWS, 4 / COLS]);
    expect(Math.max(layer.overlap_left_p!, layer.overlap_right_p!)).toBeLessThan(1e-6);
  });

  it("counts a spike that turned on one side only, whichever it is", async () => {
    const rng = createRng(46);
    const background = noise(ROWS, COLS, SIGMA, rng);
    const [kept, turning] = [6, 5].map((multiple) =>
      lowRank(ROWS, COLS, [multiple * Math.sqrt(edgeOf(background, SIGMA))], rng),
    );
    // The rows in reverse order: another left vector, the same right one.
    const reversed = {
      ...turning,
      values: turning.values.map((_, k) => turning.values[(ROWS - 1 - Math.floor(k / COLS)) * COLS + (k % COLS)]),
    };
    const [A, B] = [plus(background, kept, turning), plus(background, kept, reversed)];
    const [left, right] = [await compared(A, B), await compared(transposed(A), transposed(B))];
    expect(left).toMatchObject({ spikes_a: 2, spikes_turned: 1 });
    expect(right).toMatchObject({ spikes_a: 2, spikes_turned: 1 });
    expect([left.angle_left! > 60, left.angle_right! < 18]).toEqual([true, true]);
    expect([right.angle_right! > 60, right.angle_left! < 18]).toEqual([true, true]);
  });

  it("does not count a weak spike as turned that the noise explains, although it turned far", async () => {
    const A = trained(44, [8, 6, 1.3]);
    const layer = await compared(A, plus(A, noise(ROWS, COLS, 0.9 * SIGMA, createRng(45))));
    expect(layer).toMatchObject({ spikes_a: 3, spikes_lost: 0, spikes_turned: 0 });
    // More than 18 degrees, MIN_TURN.
    expect(Math.max(layer.angle_left!, layer.angle_right!)).toBeGreaterThan(19);
  });

  it("has left and right the other way round for the transposed layer", async () => {
    const [A, B] = turnedBy(1, 42);
    const [tall, wide] = [await compared(A, B), await compared(transposed(A), transposed(B))];
    for (const [mine, its] of [
      ["overlap_left", "overlap_right"],
      ["overlap_right", "overlap_left"],
      ["angle_left", "angle_right"],
      ["angle_right", "angle_left"],
    ] as const)
      expect(wide[its]).toBeCloseTo(tall[mine]!, 9);
    expect(wide).toMatchObject({ spikes_turned: 1, leading: 4 });
  });

  it("overlap no better than chance in a model trained from another start, which is called so", async () => {
    const layer = await compared(trained(51), trained(52));
    expect(layer.kind).toBe("retrained");
    expect(Math.min(layer.overlap_left_p!, layer.overlap_right_p!)).toBeGreaterThan(0.01);
    expect(Math.abs(layer.overlap_left! - layer.overlap_left_chance!)).toBeLessThan(0.1);
  });

  it("are those of its stable rank if it has no spikes", async () => {
    const A = noise(ROWS, COLS, SIGMA, createRng(61));
    const layer = await compared(A, plus(A, noise(ROWS, COLS, 0.01 * SIGMA, createRng(62))));
    expect(layer).toMatchObject({ spikes_a: 0, spikes_lost: 0, spikes_turned: 0 });
    expect(layer.leading).toBe(Math.ceil(layer.columns.stable_rank.a!));
  });
});
