import { describe, expect, it } from "vitest";
import type { Tensor } from "#eigenscope/formats/index.js";
import { counting, layerOf, matricesOf, matrix } from "./tensors-in-memory.js";

describe("a layer's source", () => {
  it("gives whole rows whatever chunks the tensor yields", async () => {
    for (const yields of [1, 2, 3, 4, 7, 100]) {
      for (const [name, shape] of [
        ["fc.weight", [6, 5]],
        ["conv.weight", [6, 5, 3, 3]],
        ["lstm/recurrent_kernel", [5, 20]],
      ] as const) {
        const { source } = layerOfFirst(counting(name, shape, { yields }));
        const reference = layerOfFirst(counting(name, shape)).source;
        const flat = async ({ blocks }: typeof source): Promise<number[]> => {
          const values: number[] = [];
          for await (const block of blocks()) {
            expect(block.length % source.cols).toBe(0);
            values.push(...block);
          }
          return values;
        };
        expect(await flat(source)).toEqual(await flat(reference));
      }
    }
  });

  it("can be read twice, and its blocks are the reader's own", async () => {
    const layer = layerOf(counting("conv.weight", [6, 5, 3, 3]));
    const first = await matricesOf(layer);
    for await (const block of layer.source.blocks()) block.fill(0);
    expect(await matricesOf(layer)).toEqual(first);
  });

  it("gives the memory of rows back from which entries were picked, and of the loaded ones", async () => {
    const chunksOf = async (name: string, shape: number[], yields: number): Promise<Float32Array[]> => {
      const tensor = counting(name, shape, { yields });
      const chunks: Float32Array[] = [];
      const watched: Tensor = {
        ...tensor,
        async *values(range) {
          for await (const chunk of tensor.values(range)) {
            chunks.push(chunk as Float32Array);
            yield chunk;
          }
        },
      };
      for await (const block of layerOf(watched).source.blocks()) if (chunks.length > 2 || block.length === 0) break;
      return chunks;
    };
    const loaded = await chunksOf("conv.weight", [64, 64, 3, 3], 64 * 64 * 9);
    expect(loaded.map(({ length }) => length)).toEqual([0]);
    // Too large to be loaded: the third is being read.
    const large = await chunksOf("conv.weight", [1100, 2048, 3, 3], 2 ** 20);
    expect(large.map(({ length }) => length > 0)).toEqual([false, false, true]);
    const whole = await chunksOf("fc.weight", [256, 256], 2 ** 16);
    expect(whole.map(({ length }) => length)).toEqual([2 ** 16]);
  });

  it("keeps to blocks of a few MiB for a matrix of any height", async () => {
    const layer = layerOf(counting("embed.weight", [200_000, 64]));
    let rows = 0;
    let largest = 0;
    for await (const block of layer.source.blocks()) {
      rows += block.length / 64;
      largest = Math.max(largest, block.byteLength);
    }
    expect(rows).toBe(200_000);
    expect(largest).toBeLessThanOrEqual(4 * 2 ** 20);
  });

  it("streams a kernel that is too large to be loaded once a position, a block at a time", async () => {
    const [out, inputs, positions] = [1100, 2048, 9];
    let longest = 0;
    const tensor = counting("conv.weight", [out, inputs, 3, 3]);
    const watched: Tensor = {
      ...tensor,
      async *values(range) {
        for await (const chunk of tensor.values(range)) {
          longest = Math.max(longest, chunk.length);
          yield chunk;
        }
      },
    };
    const { source } = layerOf(watched);
    let at = 0;
    for await (const block of source.blocks()) {
      if (at >= 2 * out * inputs) break;
      // Entry (i, j) of position k is element (i * in + j) * 9 + k.
      const [k, place] = [Math.floor(at / (out * inputs)), at % (out * inputs)];
      expect(block[0]).toBe(Math.fround(place * positions + k));
      expect(block[block.length - 1]).toBe(Math.fround((place + block.length - 1) * positions + k));
      at += block.length;
    }
    expect(longest * 4).toBeLessThanOrEqual(4 * 2 ** 20);
  });

  it("stops with the signal's reason, and fails with the tensor's name where values are missing", async () => {
    const layer = layerOf(counting("conv.weight", [6, 5, 3, 3]));
    const aborted = async (): Promise<void> => {
      for await (const _ of layer.source.blocks(AbortSignal.abort(new Error("enough"))));
    };
    await expect(aborted()).rejects.toThrow("enough");
    const short: Tensor = {
      ...counting("fc.weight", [6, 5]),
      async *values() {
        yield new Float32Array(7);
      },
    };
    await expect(matricesOf(layerOf(short))).rejects.toThrow(/"fc\.weight": its values ended after 7 of 30/);
  });

  it("keeps doubles doubles", async () => {
    const tensor: Tensor = {
      ...counting("conv.weight", [3, 2, 1, 2], { storedBits: 64, dtype: "F64" }),
      async *values() {
        yield Float64Array.from({ length: 12 }, (_, k) => k + 1e-12);
      },
    };
    expect(await matricesOf(layerOf(tensor))).toEqual(
      [0, 1].map((k) => matrix(3, 2, (i, j) => (i * 2 + j) * 2 + k + 1e-12)),
    );
  });
});

/** The first layer of a tensor that may be split. */
function layerOfFirst(tensor: Tensor) {
  return layerOf(tensor, tensor.name.includes("recurrent") ? { include: ["*[[]f]"] } : {});
}
