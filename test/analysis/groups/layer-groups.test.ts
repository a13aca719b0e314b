import { describe, expect, it } from "vitest";
import { layerGroups } from "#eigenscope/analysis/groups/layer-groups.js";
import { makeGroup } from "#eigenscope/analysis/groups/make-group.js";
import type { LayerRecord } from "#eigenscope/analysis/report.js";
import { layerRecord } from "../../report/example-report.js";

const nameOf = (block: number, expert: number, role = "w1"): string => `layers.${block}.moe.experts.${expert}.${role}`;

/** Experts of some blocks, as rows of a report; `change` says what is special. */
function expertRows(
  { blocks, experts }: { blocks: number; experts: number },
  change: (block: number, expert: number) => Partial<LayerRecord> = () => ({}),
): LayerRecord[] {
  return Array.from({ length: blocks * experts }, (_, k) => {
    const [block, expert] = [Math.floor(k / experts), k % experts];
    const wave = 1 + 0.02 * Math.sin(7 * k + 1);
    return layerRecord({
      ...{ layer_id: k, name: nameOf(block, expert), block, role: "mlp.gate", phase: "heavy-tailed" },
      ...{ alpha: 3 * wave, alpha_valid: true, norm: 5 * wave, lambda_max: 2 * wave, stable_rank: 4 / wave },
      ...change(block, expert),
    });
  });
}

describe("the groups of a report", () => {
  it("are the experts of one role in all blocks, with their grid", () => {
    const rows = [
      layerRecord({ name: "layers.0.attn.q_proj", layer_id: 90 }),
      ...expertRows({ blocks: 3, experts: 4 }),
      ...expertRows({ blocks: 3, experts: 4 }).map((row) => ({ ...row, longname: row.longname.replace("w1", "w2") })),
    ];
    const groups = layerGroups(rows);
    expect(groups.map(({ kind, name, blocks, members }) => [kind, name, blocks, members])).toEqual([
      ["experts", "layers.*.moe.experts.*.w1", 3, 12],
      ["experts", "layers.*.moe.experts.*.w2", 3, 12],
    ]);
    const [{ grid, role, alpha, outliers, N, M }] = groups;
    expect(grid.blocks).toEqual([0, 1, 2]);
    expect(grid.members).toEqual([0, 1, 2, 3]);
    expect(grid.layer_id).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9, 10, 11],
    ]);
    expect([role, alpha.members, outliers, N, M]).toEqual(["mlp.gate", 12, [], 784, 300]);
  });

  it("count phases, members without a phase and members without a spectrum", () => {
    const [group] = layerGroups(
      expertRows({ blocks: 2, experts: 4 }, (block, expert) => {
        if (block === 0 && expert === 0) return { phase: "undecided" };
        if (block === 0 && expert === 1) return { phase: null };
        if (block === 1 && expert === 3) return { phase: null, lambda_max: null, norm: null, stable_rank: null };
        return block === 1 && expert === 0 ? { phase: "random-like", alpha_valid: false } : {};
      }),
    );
    expect(group.phases).toMatchObject({ "random-like": 1, "heavy-tailed": 4, "bulk+spikes": 0 });
    expect([group.undecided, group.failed, group.alpha.members, group.lambda_max.members]).toEqual([2, 1, 7, 7]);
    expect(group.grid.phase).toEqual([
      ["undecided", "undecided", "heavy-tailed", "heavy-tailed"],
      ["random-like", "heavy-tailed", "heavy-tailed", "failed"],
    ]);
    expect(group.grid.alpha[1][0]).toBeNull();
  });

  it("have median and quartiles", () => {
    const [group] = layerGroups(
      expertRows({ blocks: 1, experts: 5 }, (_, expert) => ({ norm: [5, 1, 3, 2, 4][expert] })),
    );
    expect(group.norm).toEqual({ median: 3, lower_quartile: 2, upper_quartile: 4, members: 5 });
    const [even] = layerGroups(expertRows({ blocks: 1, experts: 4 }, (_, expert) => ({ norm: expert + 1 })));
    expect(even.norm).toMatchObject({ median: 2.5, lower_quartile: 1.5, upper_quartile: 3.5 });
  });

  it("name the members that differ from their block, most different first", () => {
    const planted = layerGroups(
      expertRows({ blocks: 4, experts: 8 }, (block, expert) => ({
        // Blocks may differ: the norm grows tenfold from one to the next.
        norm: 10 ** block * (1 + 0.02 * Math.sin(5 * expert + block)) * (block === 2 && expert === 6 ? 3 : 1),
        ...(block === 1 && expert === 0 && { stable_rank: 400 }),
      })),
    );
    const [{ outliers, outlier_score }] = planted;
    expect(outlier_score).toBe(10);
    expect(
      outliers.map(({ block, member, statistic, name, layer_id }) => [block, member, statistic, name, layer_id]),
    ).toEqual([
      [1, 0, "stable_rank", nameOf(1, 0), 8],
      [2, 6, "norm", nameOf(2, 6), 22],
    ]);
    expect(outliers[0].score).toBeGreaterThan(outliers[1].score);
    expect(outliers[1]).toMatchObject({ median: expect.closeTo(100, -1), value: expect.closeTo(300, -1) });
  });

  it("hold an outlier just beyond the score, and not one just below it", () => {
    const of = (factor: number) =>
      layerGroups(
        expertRows({ blocks: 1, experts: 9 }, (_, expert) => ({
          norm: 10 ** [-2, -1, 0, 1, 2, -1, 1, 0, factor][expert],
        })),
      )[0].outliers.filter(({ statistic }) => statistic === "norm").length;
    // Sizes of the residuals: 0 0 1 1 1 1 2 2 and the last: their median is 1, a deviation 1.4826, the limit 14.826.
    expect([of(14.8), of(14.9)]).toEqual([0, 1]);
  });

  it("are none for one expert, or for numbers so scattered that the grid would be empty", () => {
    expect(layerGroups(expertRows({ blocks: 1, experts: 1 }))).toEqual([]);
    expect(layerGroups(expertRows({ blocks: 1, experts: 2 }))).toHaveLength(1);
    const scattered = (count: number) =>
      makeGroup(
        expertRows({ blocks: count, experts: 1 }).map((row, k) => ({
          ...row,
          name: row.longname,
          block: k,
          member: k,
        })),
        { kind: "experts", name: "e", role: null },
      );
    expect(scattered(16)).not.toBeNull();
    expect(scattered(17)).toBeNull();
  });

  it("leave null in the grid where a block has no such expert", () => {
    const rows = expertRows({ blocks: 2, experts: 3 }).filter(({ layer_id }) => layer_id !== 4);
    const [{ grid, members }] = layerGroups(rows);
    expect(members).toBe(5);
    expect(grid.layer_id[1]).toEqual([3, null, 5]);
    expect(grid.phase[1][1]).toBeNull();
  });

  it("are the heads of one role in all blocks, if layers have heads", () => {
    const heads = (rank: number) => ({
      ...{ reason: [null, null], alpha: [2, 3], alpha_valid: [true, false], alpha_low: [1, 1], alpha_high: [4, 4] },
      ...{ lambda_max: [1, 2], stable_rank: [rank, 5], norm: [4, 10], spikes: [1, 2], tail_index: [0.2, 0.3] },
      ...{ phase: ["heavy-tailed", "undecided"] as const, phase_confidence: [0.9, null] },
    });
    const rows = [0, 1].map((block) =>
      layerRecord({
        ...{ layer_id: block, name: `h.${block}.attn.q_proj`, block, role: "attention.q", N: 784, M: 300 },
        ...{ heads: heads(block + 1), head_size: 150, head_count: 2 },
      }),
    );
    const [group] = layerGroups(rows);
    expect(group).toMatchObject({ kind: "heads", name: "h.*.attn.q_proj", members: 4, N: 784, M: 150 });
    expect(group.grid.stable_rank).toEqual([
      [1, 5],
      [2, 5],
    ]);
    expect(group.grid.alpha).toEqual([
      [2, null],
      [2, null],
    ]);
    // Along the longer side: 784 = 8 x 98 rows of a head, across 300.
    const [wide] = layerGroups(rows.map((row) => ({ ...row, head_size: 392 })));
    expect(wide).toMatchObject({ N: 392, M: 300 });
  });
});
