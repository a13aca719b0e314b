import { describe, expect, it } from "vitest";
import { makeGroup } from "#eigenscope/analysis/groups/make-group.js";
import type { LayerGroup } from "#eigenscope/analysis/index.js";
import { groupPicture, placeIn, sharedPhase, shownStatistic } from "#eigenscope/report/group-cells.js";
import { groupText } from "#eigenscope/report/group-text.js";
import { renderGroups } from "#eigenscope/report/groups.js";
import { renderTable } from "#eigenscope/report/table.js";
import { tableEntries } from "#eigenscope/report/table-entries.js";
import { layerRecord } from "./example-report.js";

/** Experts that alternate between two phases; one of block 1 has a hundredfold norm. */
function mixture(experts: number, blocks: number): LayerGroup {
  const members = Array.from({ length: experts * blocks }, (_, k) => {
    const [block, member] = [Math.floor(k / experts), k % experts];
    const wave = 1 + 0.05 * Math.sin(7 * k);
    const name = `model.layers.${block}.mlp.experts.${member}.w1`;
    const heavy = (block + member) % 3 !== 0;
    return {
      ...{ block, member, layer_id: k, name, N: 96, M: 48, alpha: 3 * wave, alpha_valid: heavy },
      phase: heavy ? ("heavy-tailed" as const) : ("bulk+spikes" as const),
      ...{ norm: wave * (block === 1 && member === 2 ? 100 : 1), lambda_max: 2 * wave, stable_rank: 5 / wave },
    };
  });
  return makeGroup(members, {
    kind: "experts",
    name: "model.layers.*.mlp.experts.*.w1",
    role: "mlp.gate",
  }) as LayerGroup;
}

describe("groups in a terminal", () => {
  it("have numbers, phases, the two grids side by side, and the outliers", () => {
    expect(renderGroups([mixture(4, 6)])).toBe(`experts model.layers.*.mlp.experts.*.w1
  24 matrices of 96 x 48: 4 experts in each of 6 blocks
  Medians and quartiles: alpha 3.00 (2.92 to 3.12) of 16, norm 1.01 (0.976 to
    1.04), lambda_max 2.01 (1.95 to 2.08), stable rank 4.97 (4.82 to 5.14)
  8 bulk+spikes, 16 heavy-tailed
  Down: experts by number. Across: blocks.
       phase    alpha
    0  SHHSHH   ·▅▄·▃▆
    1  HHSHHS   ▅▄·▄▄·
    2  HSHHSH   ▆*▅▃·▄
    3  SHHSHH   ·▃▆·▆▃
  * Outliers, beyond 10 robust deviations from their block:
    block 1, expert 2: norm 95.4, its block 0.996 (+175 deviations)

  S bulk+spikes  H heavy-tailed
`);
  });

  it.each([
    [8, 32],
    [256, 61],
    [3, 1],
  ])("of %d experts in %d blocks fit 80 columns and few lines", (experts, blocks) => {
    const lines = renderGroups([mixture(experts, blocks)]).split("\n");
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines.length).toBeLessThanOrEqual(30);
  });

  it("say what neighbours in a cell share", () => {
    expect(renderGroups([mixture(256, 61)])).toMatch(/A cell is 8 experts by 4 blocks:\s+their commonest phase/);
    expect(renderGroups([mixture(8, 32)])).not.toMatch(/A cell is/);
    expect(renderGroups([mixture(3, 1)])).toContain("Across: experts.");
  });

  it("are the same in colour without the codes of colour", () => {
    const [plain, coloured] = [false, true].map((color) => renderGroups([mixture(4, 6)], { color }));
    expect(coloured).not.toBe(plain);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the codes of colour
    expect(coloured.replace(/\u001b\[\d+m/g, "")).toBe(plain);
  });

  it("explain their letters in lines that fit", () => {
    const labels = [
      "random-like",
      "bleeding-out",
      "bulk+spikes",
      "bulk-decay",
      "heavy-tailed",
      "rank-collapse",
    ] as const;
    const group = mixture(6, 1);
    const lines = (width: number) =>
      renderGroups([{ ...group, grid: { ...group.grid, phase: [labels] } }], { width })
        .trimEnd()
        .split("\n");
    expect(lines(80).slice(-2)).toEqual([
      "  R random-like  B bleeding-out  S bulk+spikes  D bulk-decay  H heavy-tailed",
      "  C rank-collapse",
    ]);
    // The first line has 76 characters.
    expect(lines(76).slice(-2)).toEqual(lines(80).slice(-2));
    expect(lines(75).at(-1)).toBe("  H heavy-tailed  C rank-collapse");
  });

  it("are nothing without groups, and print no control character of a name", () => {
    expect(renderGroups([])).toBe("");
    expect(renderGroups([{ ...mixture(4, 2), name: "a\u001b[2Jb" }])).not.toContain("\u001b");
  });
});

describe("a group in the table", () => {
  const group = mixture(4, 6);
  const rows = [
    layerRecord({ name: "embed", layer_id: 100 }),
    ...Array.from({ length: 24 }, (_, layer_id) =>
      layerRecord({ layer_id, name: `model.layers.${Math.floor(layer_id / 4)}.mlp.experts.${layer_id % 4}.w1` }),
    ),
    layerRecord({ name: "head", layer_id: 101 }),
  ];

  it("has one row, in the place of its first layer", () => {
    expect(tableEntries(rows, [group]).map(({ layer }) => layer.name)).toEqual(["embed", group.name, "head"]);
    expect(tableEntries(rows, [])).toHaveLength(26);
    const lines = renderTable(rows, { groups: [group] })
      .trimEnd()
      .split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[2]).toMatch(/^model\.…experts\.\*\.w1 24 experts 96x48: alpha 3\.00, 1 outlier, 8 bulk/);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(renderTable(rows).trimEnd().split("\n")).toHaveLength(27);
  });

  it("says alpha only if one member has it, and outliers only if there are any", () => {
    expect(groupText({ ...group, outliers: [] })).toBe("24 experts 96x48: alpha 3.00, 8 bulk+spikes, 16 heavy-tailed");
    const without = { ...group.alpha, median: null, members: 0 };
    expect(groupText({ ...group, kind: "heads", alpha: without })).toBe(
      "24 heads 96x48: 1 outlier, 8 bulk+spikes, 16 heavy-tailed",
    );
  });
});

describe("the cells of a grid", () => {
  it("have the longer axis across, and neighbours together if there are too many", () => {
    const most = { across: 4, down: 2 };
    const tall = groupPicture(mixture(3, 9), most);
    expect([tall.across, tall.shared, tall.rows.length, tall.rows[0].cells.length]).toEqual([
      "blocks",
      { across: 3, down: 2 },
      2,
      3,
    ]);
    expect(tall.rows.map(({ first }) => first)).toEqual([0, 2]);
    const wide = groupPicture(mixture(9, 3), most);
    expect([wide.across, wide.rows[0].cells.length]).toEqual(["members", 3]);
    expect(groupPicture(mixture(4, 4), most)).toMatchObject({ across: "members", shared: { across: 1, down: 2 } });
    // Block 1, expert 2 is in the first row and the third column.
    expect(groupPicture(mixture(4, 4), most).rows.map(({ cells }) => cells.map(({ outlier }) => outlier))).toEqual([
      [false, false, true, false],
      [false, false, false, false],
    ]);
  });

  it("show alpha if more than half of the members have a valid one, else the stable rank", () => {
    const of = (members: number) => shownStatistic({ alpha: { ...mixture(4, 2).alpha, members }, members: 8 });
    expect([of(4), of(5)]).toEqual(["stable_rank", "alpha"]);
  });

  it("stand for the commonest phase, the worse of two, or for what must not be missed", () => {
    expect(sharedPhase([])).toBeNull();
    expect(sharedPhase(["heavy-tailed", "heavy-tailed", "random-like"])).toBe("heavy-tailed");
    expect(sharedPhase(["heavy-tailed", "random-like"])).toBe("random-like");
    expect(sharedPhase(["heavy-tailed", "heavy-tailed", "rank-collapse"])).toBe("rank-collapse");
    expect(sharedPhase(["heavy-tailed", "rank-collapse", "failed"])).toBe("failed");
  });

  it("have their place between the fences of the group, by the logarithm", () => {
    const spread = { median: 4, lower_quartile: 2, upper_quartile: 8, members: 9 };
    // The quartiles are a factor 4 apart, the fences 1.5 times that beyond: 1/4 and 64.
    expect([0.1, 0.25, 4, 64, 99].map((value) => placeIn(spread, value))).toEqual([
      0,
      expect.closeTo(0, 12),
      expect.closeTo(0.5, 12),
      expect.closeTo(1, 12),
      1,
    ]);
    expect(placeIn({ ...spread, upper_quartile: 2 }, 9)).toBe(0.5);
    expect(placeIn({ ...spread, lower_quartile: 0 }, 9)).toBe(0.5);
    expect(placeIn({ ...spread, lower_quartile: null }, 9)).toBe(0.5);
  });
});
