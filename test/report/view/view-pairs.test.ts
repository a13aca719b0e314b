import { describe, expect, it } from "vitest";
import type { LayerComparison, SmallPicture } from "#eigenscope/analysis/index.js";
import { comparedLayers, mostChanged, viewPairs } from "#eigenscope/report/view/comparison.js";

const change = (a: number | null, b: number | null) => ({ a, b, change: a === null || b === null ? null : b - a });

function pair(overrides: Partial<LayerComparison>): LayerComparison {
  return {
    name: "net.a.weight",
    name_b: "net.a.weight",
    phase_a: "heavy-tailed",
    phase_b: "heavy-tailed",
    alpha_valid_a: true,
    alpha_valid_b: true,
    kind: "unchanged",
    relative_change: 0.1,
    columns: {
      alpha: change(3, 4),
      alpha_low: change(2.5, 3.5),
      alpha_high: change(3.5, 4.5),
      lambda_max: change(9, 9),
    },
    ...overrides,
  } as unknown as LayerComparison;
}

const picture = (count: number): SmallPicture => ({ count, zeros: 0, histogram: null }) as unknown as SmallPicture;

describe("the pairs of a comparison", () => {
  it("have short names, places in order, and the block of A's layer", () => {
    const blocks = new Map([["net.b.weight", "b1"]]);
    const pairs = viewPairs(
      { layers: [pair({}), pair({ name: "net.b.weight" })] },
      { a: new Map(), b: new Map(), blocks },
    );
    expect(pairs.map(({ index, short, block }) => [index, short, block])).toEqual([
      [0, "a", ""],
      [1, "b", "b1"],
    ]);
  });

  it("have both spectra or none; B's are found by the name that B has", () => {
    const layer = pair({ name: "net.a.weight", name_b: "other" });
    const [a, b] = [new Map([["net.a.weight", picture(1)]]), new Map([["other", picture(2)]])];
    const none = new Map<string, SmallPicture>();
    const of = (x: typeof a, y: typeof b) =>
      viewPairs({ layers: [layer] }, { a: x, b: y, blocks: new Map() })[0].pictures;
    expect(of(a, b)).toEqual([picture(1), picture(2)]);
    expect(of(a, none)).toBeNull();
    expect(of(none, b)).toBeNull();
    expect(viewPairs({ layers: [layer] })[0].pictures).toBeNull();
  });

  it("say failed where there is no eigenvalue, undecided where there is no phase", () => {
    const [failed, open, known] = viewPairs({
      layers: [
        pair({ phase_b: null, columns: { lambda_max: change(9, null) } as never }),
        pair({ phase_a: null, columns: { lambda_max: change(9, 9) } as never }),
        pair({}),
      ],
    });
    expect([failed.before, failed.after]).toEqual(["heavy-tailed", "failed"]);
    expect([open.before, open.after]).toEqual(["undecided", "heavy-tailed"]);
    expect([known.before, known.after]).toEqual(["heavy-tailed", "heavy-tailed"]);
  });

  it("draw alpha only where it is valid, with the interval of A", () => {
    const [both, none] = comparedLayers(
      viewPairs({ layers: [pair({}), pair({ alpha_valid_a: false, alpha_valid_b: false, columns: {} as never })] }),
    );
    expect(both).toMatchObject({ before: 3, after: 4, interval: [2.5, 3.5], block: null, moved: 0.1 });
    expect(none).toMatchObject({ before: null, after: null, interval: null });
  });

  it("list as most changed the serious kinds, worst first, and other changes of phase; then by move", () => {
    const pairs = viewPairs({
      layers: [
        pair({ name: "n.same" }),
        pair({ name: "n.phase", phase_b: "bulk-decay", kind: "noise" as never }),
        pair({ name: "n.structured", kind: "structured" as never }),
        pair({ name: "n.retrained", kind: "retrained" as never }),
        pair({ name: "n.damaged", kind: "damaged" as never, relative_change: 0.2 }),
        pair({ name: "n.more", kind: "damaged" as never, relative_change: 0.3 }),
      ],
    });
    expect(mostChanged(pairs).map(({ short }) => short)).toEqual([
      "more",
      "damaged",
      "retrained",
      "structured",
      "phase",
    ]);
  });
});
