import { describe, expect, it } from "vitest";
import { DegenerateWeights, withDegeneracyCheck } from "#eigenscope/analysis/weights-state.js";

type Values = Float32Array | Float64Array;

/** What is said of a stack that comes in these blocks: undefined if nothing. */
async function complaintOf(...blocks: readonly Values[]): Promise<string | undefined> {
  const rows = blocks.reduce((sum, block) => sum + block.length, 0);
  const source = {
    ...{ count: 1, rows, cols: 1 },
    async *blocks() {
      yield* blocks;
    },
  };
  try {
    for await (const _ of withDegeneracyCheck(source).blocks());
    return undefined;
  } catch (cause) {
    expect(cause).toBeInstanceOf(DegenerateWeights);
    return (cause as Error).message;
  }
}

describe("weights without a useful spectrum", () => {
  it("are those that are all equal, in whatever blocks they come", async () => {
    expect(await complaintOf(Float32Array.of(0, 0), Float32Array.of(-0))).toBe("all 3 weights are zero");
    expect(await complaintOf(Float64Array.of(2), Float64Array.of(2, 2))).toBe("all 3 weights equal 2");
  });

  it("are not those of which one differs, first, last or between", async () => {
    for (const at of [0, 1, 2, 3]) {
      const values = Float32Array.of(1, 1, 1, 1);
      values[at] = 2;
      expect(await complaintOf(values.slice(0, 2), values.slice(2))).toBeUndefined();
    }
  });

  it("are not those of two blocks, each of one value", async () => {
    expect(await complaintOf(Float32Array.of(1, 1), Float32Array.of(2, 2))).toBeUndefined();
    expect(await complaintOf(Float32Array.of(1, 2), Float32Array.of(1, 1))).toBeUndefined();
  });

  it("are those that are not all finite: NaN and Inf are counted, up to the block that has the first", async () => {
    const { NaN: nan, POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: negative } = Number;
    expect(await complaintOf(Float32Array.of(1, nan, inf), Float32Array.of(negative))).toBe(
      "2 of the first 3 weights are not finite (1 NaN, 1 Inf)",
    );
    expect(await complaintOf(Float64Array.of(1, 2), Float64Array.of(inf, nan, negative))).toBe(
      "3 of 5 weights are not finite (1 NaN, 2 Inf)",
    );
    expect(await complaintOf(Float32Array.of(nan, nan))).toBe("2 of 2 weights are not finite (2 NaN, 0 Inf)");
  });

  it("are not those at the ends of the numbers", async () => {
    expect(await complaintOf(Float64Array.of(Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324))).toBeUndefined();
    expect(await complaintOf(Float32Array.of(3.4028234663852886e38, -1e-45))).toBeUndefined();
  });
});
