import { describe, expect, it } from "vitest";
import { naturalOrder } from "#eigenscope/bytes/natural-order.js";

describe("naturalOrder", () => {
  it("sorts names by the numbers in them", () => {
    const sorted = ["a9", "a10", "b", "checkpoint-60", "checkpoint-500", "checkpoint-1000"];
    expect(sorted.toReversed().toSorted(naturalOrder)).toEqual(sorted);
  });
});
