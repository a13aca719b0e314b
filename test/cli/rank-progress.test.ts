import { describe, expect, it } from "vitest";
import type { Progress } from "#eigenscope/analysis/index.js";
import { rankProgress } from "#eigenscope/cli/rank-progress.js";

const at = (layersDone: number, layersTotal: number, layer?: string): Progress =>
  ({
    ...{ layersDone, layersTotal, workDone: 10 * layersDone, workTotal: 10 * layersTotal },
    ...(layer !== undefined && { last: { record: { name: layer } } }),
  }) as Progress;

describe("the progress of a ranking", () => {
  it("says which model is at work, and which layer was last", () => {
    const progress = rankProgress(["out/step-1.pt", "out/step-2.pt"]);
    expect(progress(at(0, 4), 0).last?.record.name).toBe("model 1 of 2, step-1");
    expect(progress(at(1, 4, "fc1"), 1).last?.record.name).toBe("model 2 of 2, step-2: fc1");
  });

  it("counts over all models, those to come as large as the mean of those that are known", () => {
    const progress = rankProgress(["a", "b", "c", "d"]);
    expect(progress(at(1, 4), 0)).toMatchObject({ layersDone: 1, layersTotal: 16, workDone: 10, workTotal: 160 });
    progress(at(4, 4), 0);
    expect(progress(at(2, 8), 1)).toMatchObject({ layersDone: 6, layersTotal: 24, workDone: 60, workTotal: 240 });
    // The third could not be read: it does not count.
    expect(progress(at(1, 6), 3)).toMatchObject({ layersDone: 7, layersTotal: 18 });
    expect(progress(at(6, 6), 3)).toMatchObject({ layersDone: 12, layersTotal: 18, workDone: 120, workTotal: 180 });
  });
});
