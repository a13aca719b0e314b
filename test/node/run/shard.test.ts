import { describe, expect, it } from "vitest";
import type { Placement } from "#eigenscope/analysis/store/run-keeper.js";
import { shardsOf } from "#eigenscope/node/run/shard.js";

type Unit = Parameters<typeof shardsOf>[0][number];

const layer = (index: number, work: number, file = "a"): Unit => ({
  layer: { index } as Placement["layer"],
  origin: { kind: "stored", file } as Placement["origin"],
  work,
});
const members = (shares: readonly ReadonlySet<number>[]): number[][] =>
  shares.map((share) => [...share].sort((a, b) => a - b));

describe("the shares of a run", () => {
  it("hold each layer once, whatever their number", () => {
    const layers = Array.from({ length: 23 }, (_, i) => layer(i, 1 + ((i * 7) % 5), `file-${i % 4}`));
    for (const count of [1, 2, 3, 7, 40]) {
      const shares = shardsOf(layers, count);
      // Those beyond the number of layers would be empty.
      expect(shares).toHaveLength(Math.min(count, layers.length));
      expect(
        members(shares)
          .flat()
          .sort((a, b) => a - b),
      ).toEqual(layers.map((_, i) => i));
    }
  });

  it("are about equal in work: the largest layers first, each to the share with the least", () => {
    const layers = [5, 4, 3, 3, 3].map((work, i) => layer(i, work));
    expect(members(shardsOf(layers, 2))).toEqual([
      [0, 3],
      [1, 2, 4],
    ]);
  });

  it("keep the layers of a file together while they are no more than a share", () => {
    const layers = [layer(0, 1, "a"), layer(1, 1, "b"), layer(2, 1, "a"), layer(3, 1, "b")];
    expect(members(shardsOf(layers, 2))).toEqual([
      [0, 2],
      [1, 3],
    ]);
    // One more would make file a more than half of all work: its layers are then spread.
    expect(members(shardsOf([...layers, layer(4, 1, "a")], 2)).map(({ length }) => length)).toEqual([3, 2]);
  });

  it("keep a file together that is exactly a share", () => {
    const exact = [layer(0, 2, "a"), layer(1, 1, "a"), layer(2, 1, "a"), layer(3, 3, "b"), layer(4, 1, "b")];
    expect(members(shardsOf(exact, 2))).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
  });

  it("of a sum take its first term's file", () => {
    const sum = (file: string): Placement["origin"] => ({
      kind: "sum",
      terms: [
        { kind: "stored", file } as Placement["origin"],
        { kind: "stored", file: "adapter" } as Placement["origin"],
      ],
    });
    const layers = ["a", "b", "a", "b"].map((file, i) => ({ ...layer(i, 1), origin: sum(file) }));
    expect(members(shardsOf(layers, 2))).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });
});
