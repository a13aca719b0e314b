import { describe, expect, it } from "vitest";
import type { Placement } from "#eigenscope/analysis/store/run-keeper.js";
import { byFile, priorityOf } from "#eigenscope/node/fleet/layer-jobs.js";

describe("the order of jobs", () => {
  it("is that of adding for layers of up to a second, else the largest first in quarter octaves", () => {
    expect(priorityOf(0, 5)).toBe(priorityOf(1e9, 5));
    expect(priorityOf(1.01e9, 5)).toBe(priorityOf(1e9, 5) - 1);
    expect(priorityOf(2 ** 0.25 * 1e9 - 1, 5)).toBe(priorityOf(1.01e9, 5));
    expect(priorityOf(2e9, 5)).toBe(priorityOf(1e9, 5) - 4);
    expect(priorityOf(2 ** 70 * 1e9, 5)).toBe(priorityOf(2 ** 64 * 1e9, 5));
  });

  it("has urgency above size, reports before everything, and stays within BullMQ's range", () => {
    for (let urgency = 1; urgency <= 9; urgency++)
      expect(priorityOf(1, urgency - 1)).toBeLessThan(priorityOf(Number.MAX_VALUE, urgency));
    expect(priorityOf(Number.MAX_VALUE, 0)).toBeGreaterThan(1);
    expect(priorityOf(0, 9)).toBeLessThan(2 ** 21);
  });

  it("is file by file, the largest first in each", () => {
    const layer = (file: string, work: number): Placement =>
      ({ work, origin: { kind: "stored", file, tensor: "w" } }) as unknown as Placement;
    const layers = [layer("a", 1), layer("b", 9), layer("a", 3), layer("b", 2)];
    expect(byFile(layers).map(({ work }) => work)).toEqual([3, 1, 9, 2]);
  });
});
