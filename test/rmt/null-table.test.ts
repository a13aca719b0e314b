import { describe, expect, it } from "vitest";
import { geometric, type NullTableData, nullTable } from "#eigenscope/rmt/null-table.js";

/** Two columns. Values are linear in ln M and in 1/sqrt(Q), so that the table gives them exactly between its cells. */
const value = (rf: number, Q: number, M: number): readonly number[] => [
  rf * (Math.log(M) + 3 / Math.sqrt(Q)),
  rf * Math.log(M),
];

/** The cells of pooled spectra end at side 32, and those at aspect ratio 4 begin at side 16. */
const data: NullTableData = {
  pooled: [1, 4],
  aspectRatios: [1, 4, 16],
  sides: [8, 16, 32, 64],
  cells: Object.fromEntries(
    [1, 4].flatMap((rf) =>
      [1, 4, 16].flatMap((Q) =>
        [8, 16, 32, 64]
          .filter((M) => (rf === 1 || M <= 32) && (Q !== 4 || M >= 16))
          .map((M) => [`${rf}/${Q}/${M}`, value(rf, Q, M)] as const),
      ),
    ),
  ),
};
/** Sums and products of a few numbers below 30. */
const ROUNDING = 1e-13;

function expectClose(found: readonly number[], wanted: readonly number[]): void {
  expect(found).toHaveLength(wanted.length);
  found.forEach((number, i) => {
    expect(Math.abs(number - wanted[i])).toBeLessThan(ROUNDING);
  });
}

describe("a table of simulated values", () => {
  const table = nullTable(data);

  it("gives each cell at its place", () => {
    for (const [name, values] of Object.entries(data.cells)) {
      const [rf, Q, M] = name.split("/").map(Number);
      expectClose(table({ M, Q, rf }), values);
    }
  });

  it("is linear in ln M and in 1/sqrt(Q) between cells, whatever sides its neighbours have", () => {
    // sqrt(Q) = 8/3 lies halfway between 4 and 16 in 1/sqrt(Q); side 20 is at another place of the two lists of sides.
    for (const M of [16, 20, 45]) expectClose(table({ M, Q: (8 / 3) ** 2, rf: 1 }), value(1, (8 / 3) ** 2, M));
    expectClose(table({ M: 20, Q: (4 / 3) ** 2, rf: 1 }), value(1, (4 / 3) ** 2, 20));
  });

  it("is linear in ln rf, or in logarithms too where it is asked for", () => {
    const [shape, once] = [{ M: 20, Q: 1 }, value(1, 1, 20)];
    // 2 is halfway from 1 to 4, whose values are 1 and 4 times `once`.
    expectClose(
      table({ ...shape, rf: 2 }),
      once.map((x) => 2.5 * x),
    );
    expectClose(
      nullTable(data, geometric)({ ...shape, rf: 2 }),
      once.map((x) => 2 * x),
    );
    // A quarter of the way: 1 + 3/4, and 4^(1/4).
    expectClose(
      table({ ...shape, rf: Math.SQRT2 }),
      once.map((x) => 1.75 * x),
    );
    expectClose(
      nullTable(data, geometric)({ ...shape, rf: Math.SQRT2 }),
      once.map((x) => Math.SQRT2 * x),
    );
  });

  it("ends at its outermost cells, at their own side for each number of matrices", () => {
    expectClose(table({ M: 4, Q: 1, rf: 1 }), value(1, 1, 8));
    expectClose(table({ M: 1000, Q: 1, rf: 1 }), value(1, 1, 64));
    expectClose(table({ M: 1000, Q: 1, rf: 9 }), value(4, 1, 32));
    expectClose(table({ M: 4, Q: 4, rf: 1 }), value(1, 4, 16));
    expectClose(table({ M: 16, Q: 0.5, rf: 1 }), value(1, 1, 16));
    expectClose(table({ M: 16, Q: 100, rf: 1 }), value(1, 16, 16));
  });
});
