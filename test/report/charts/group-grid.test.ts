import { describe, expect, it } from "vitest";
import { makeGroup } from "#eigenscope/analysis/groups/make-group.js";
import type { LayerGroup } from "#eigenscope/analysis/index.js";
import { cellsPath } from "#eigenscope/report/charts/grid-path.js";
import { groupGrid, TINTS } from "#eigenscope/report/charts/group-grid.js";

function groupOf(experts: number, blocks: number, phaseAt = (_: number): "heavy-tailed" | null => "heavy-tailed") {
  const members = Array.from({ length: experts * blocks }, (_, k) => ({
    ...{ block: Math.floor(k / experts), member: k % experts, layer_id: k, name: `e.${k}`, N: 9, M: 4 },
    ...{ phase: phaseAt(k), alpha: 2 + (k % 7), alpha_valid: k % 2 === 0, norm: k === 1 ? 900 : 1 + (k % 5) / 99 },
    ...{ lambda_max: 1 + (k % 3) / 99, stable_rank: 3 + (k % 4) / 99 },
  }));
  return makeGroup(members, { kind: "experts", name: "e.*", role: null }) as LayerGroup;
}

/** x, y, right end and lower end of the rectangles of all paths with this fill. */
function rectangles(svg: string, fill: string): number[][] {
  const paths = [...svg.matchAll(/<path d="([^"]*)" fill="([^"]*)"/g)].filter(([, , own]) => own === fill);
  return paths.flatMap(([, d]) =>
    [...d.matchAll(/M([\d.]+) ([\d.]+)H([\d.]+)V([\d.]+)H[\d.]+z/g)].map((found) => found.slice(1).map(Number)),
  );
}

describe("the picture of a grid", () => {
  it("covers each cell once, neighbours of one phase as one rectangle", () => {
    const svg = groupGrid(
      groupOf(4, 2, (k) => (k === 2 ? null : "heavy-tailed")),
      { quantity: "phase", width: 200 },
    );
    // Four columns of 22 pixels from 46 on, rows of 22 from 6 on.
    expect(rectangles(svg, "var(--phase-heavy-tailed)")).toEqual([
      [46, 6, 90, 28],
      [112, 6, 134, 28],
      [46, 28, 134, 50],
    ]);
    expect(rectangles(svg, "var(--sunk)")).toEqual([[90, 6, 112, 28]]);
  });

  it("frames outliers with a halo, and has no frame without", () => {
    const frames = (group: LayerGroup) =>
      groupGrid(group, { quantity: "phase", width: 200 }).match(/stroke="var\(--ink\)"/g)?.length ?? 0;
    expect(frames(groupOf(4, 2))).toBe(1);
    expect(frames({ ...groupOf(4, 2), outliers: [] })).toBe(0);
  });

  it("tints a statistic in steps, and leaves empty what has none", () => {
    const svg = groupGrid(groupOf(8, 2), { quantity: "alpha", width: 200 });
    const tints = [...svg.matchAll(/fill-opacity="([\d.]+)"/g)].map(([, tint]) => Number(tint));
    expect(tints.every((tint) => (TINTS as readonly number[]).includes(tint))).toBe(true);
    const covered = rectangles(svg, "var(--ink)").reduce((sum, [x, , right]) => sum + right - x, 0);
    expect(covered).toBeCloseTo(8 * ((200 - 46 - 12) / 8), 0);
  });

  it("marks a phase that is not the commonest one, if cells are large enough", () => {
    const rare = groupOf(8, 4, (k) => (k === 5 ? null : "heavy-tailed"));
    const marks = (width: number) => groupGrid(rare, { quantity: "phase", width }).includes("<g transform");
    expect([marks(46 + 12 + 8 * 16), marks(46 + 12 + 8 * 15)]).toEqual([true, false]);
  });

  it("is short for 256 experts in 61 blocks", () => {
    const large = groupGrid(groupOf(256, 61), { quantity: "stable_rank", width: 1240 });
    // The longest case: no neighbours are alike, 26 bytes a cell.
    expect(large.length).toBeLessThan(450_000);
    expect(large).toContain('aria-label="The stable rank of 15,616 experts of e.* in 61 blocks; 1 outlier."');
  });
});

describe("the path of some cells", () => {
  it("joins neighbours in a row only", () => {
    const cells = [
      { row: 0, column: 0 },
      { row: 0, column: 1 },
      { row: 0, column: 3 },
      { row: 1, column: 4 },
    ];
    expect(cellsPath(cells, { width: 1, height: 1 }, (row, column) => [column, row])).toBe(
      "M0 0H2V1H0zM3 0H4V1H3zM4 1H5V2H4z",
    );
    expect(cellsPath([], { width: 1, height: 1 }, () => [0, 0])).toBe("");
  });
});
