import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openWeightFile, type Tensor } from "#eigenscope/formats/index.js";
import { streamTiles, type Tile, tilingObjection } from "#eigenscope/formats/tiled-values.js";
import { Call, dict, Name, type Pickled, pickleOf, tuple } from "./build-pickle.js";
import { archiveOf, f32, tensor } from "./build-pytorch.js";
import { concat, filesInMemory, fixture, refusal, valuesOf } from "./files-in-memory.js";

const counted = (count: number): number[] => Array.from({ length: count }, (_, k) => k);
const named = (folder: string, ...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, fixture(`${folder}/${name}`)]));

const META = "torch.distributed.checkpoint.metadata";
const made = (name: string, state: Record<string, Pickled>, module = META): Call =>
  new Call(new Name(module, name), [], { state: dict(state) });
const size = (...sides: number[]): Call => new Call(new Name("torch", "Size"), [tuple(...sides)]);

interface Part {
  readonly offsets: readonly number[];
  readonly sizes: readonly number[];
  readonly bytes: Uint8Array;
  readonly file?: string;
  readonly transforms?: readonly string[];
}

const archive = (sides: readonly number[], values: readonly number[]): Uint8Array =>
  archiveOf({ pickle: tensor({ size: sides }), records: { 0: f32(...values) } });

/** A checkpoint of one tensor "w" in one file of parts, as PyTorch 2 writes it. */
function checkpoint(
  sides: readonly number[],
  parts: readonly Part[],
  { dtype = "float32", names = { w: ["w"] } as Record<string, readonly string[]> } = {},
) {
  const chunk = ({ offsets, sizes }: Part): Call =>
    made("ChunkStorageMetadata", { offsets: size(...offsets), sizes: size(...sizes) });
  let at = 0;
  const stored = new Map<Pickled, Pickled>(
    parts.map(({ offsets, bytes, file = "__0_0.distcp", transforms }, k) => {
      const index = made("MetadataIndex", { fqn: "w", offset: size(...offsets), index: k });
      const info = {
        relative_path: file,
        offset: at,
        length: bytes.length,
        ...(transforms && { transform_descriptors: transforms }),
      };
      at += bytes.length;
      return [index, made("_StorageInfo", info, "torch.distributed.checkpoint.filesystem")];
    }),
  );
  const properties = new Call(new Name(META, "TensorProperties"), [], {
    state: tuple(new Name("torch", dtype), null, true, 0, false),
  });
  const listed = made("TensorStorageMetadata", { properties, size: size(...sides), chunks: parts.map(chunk) });
  const plan = made("Metadata", {
    state_dict_metadata: dict({ w: listed }),
    planner_data: new Map(Object.entries(names).map(([name, path]) => [name, tuple(...path)])),
    storage_data: stored,
  });
  return { ".metadata": pickleOf(plan), "__0_0.distcp": concat(...parts.map(({ bytes }) => bytes)) };
}

const WHOLE: Part = { offsets: [0, 0], sizes: [2, 3], bytes: archive([2, 3], counted(6)) };
const open = (files: Record<string, Uint8Array>, entry?: string) => openWeightFile(filesInMemory(files, entry));

describe("a checkpoint of torch.distributed.checkpoint", () => {
  it("by PyTorch 1.13 gives its tensors, and no value of another kind", async () => {
    const file = await open(named("dcp_113", ".metadata", "__0_0.distcp", "__0_1.distcp", "__0_2.distcp"));
    expect(file.tensors.map(({ name, shape, dtype }) => [name, shape, dtype])).toEqual([
      ["fc.weight", [4, 6], "F32"],
      ["fc.bias", [4], "F32"],
    ]);
    expect(await Promise.all(file.tensors.map((each) => valuesOf(each)))).toEqual([counted(24), counted(4)]);
    expect(file.warnings).toEqual(["1 value of the checkpoint is no tensor and was skipped"]);
  });

  it("by PyTorch 2 puts the parts of all ranks together, and leaves the optimizer", async () => {
    const contents = named("dcp_2x", ".metadata", "__0_0.distcp", "__1_0.distcp");
    for (const entry of [undefined, "__1_0.distcp", ".metadata"]) {
      const file = await open(contents, entry);
      expect(file.tensors.map(({ name, shape, dtype }) => [name, shape, dtype])).toEqual([
        ["rows.weight", [5, 4], "F32"],
        ["grid.weight", [4, 6], "BF16"],
        ["whole.weight", [3, 4], "F32"],
      ]);
      for (const each of file.tensors) expect(await valuesOf(each)).toEqual(counted(each.shape[0] * each.shape[1]));
      expect(file.warnings[0]).toBe('the weights were taken from "model"; skipped: "optimizer" (1 tensor)');
      await file.close();
    }
    const root = await openWeightFile(filesInMemory(contents), { root: "optimizer.state.rows.weight" });
    expect(root.tensors.map(({ name }) => name)).toEqual(["exp_avg"]);
    await expect(openWeightFile(filesInMemory(contents), { root: "ema" })).rejects.toThrow(/holds model, optimizer/);
  });

  it("by Megatron has stacked layers, and states of its optimizer that are left", async () => {
    const file = await open(named("dcp_megatron", ".metadata", "__0_0.distcp", "__1_0.distcp"));
    expect(file.tensors.map(({ name, shape }) => [name, shape])).toEqual([
      ["model.decoder.layers.mlp.linear_fc1.weight", [2, 4, 3]],
    ]);
    expect(await valuesOf(file.tensors[0])).toEqual(counted(24));
  });

  it("keeps a name that only begins like a checkpoint's key", async () => {
    const file = await open(checkpoint([2, 3], [WHOLE], { names: { w: ["model.layers.0.weight"] } }));
    expect(file.tensors.map(({ name }) => name)).toEqual(["model.layers.0.weight"]);
  });

  it("reads a part that is bare bytes of its type", async () => {
    const [file] = (await open(checkpoint([2, 3], [{ ...WHOLE, bytes: f32(...counted(6)) }]))).tensors;
    expect(await valuesOf(file)).toEqual(counted(6));
  });

  it("lists a tensor whose bytes were compressed with the name of the compression", async () => {
    const { tensors } = await open(checkpoint([2, 3], [{ ...WHOLE, transforms: ["zstd"] }]));
    expect(tensors[0]).toMatchObject({ floating: false, unreadable: expect.stringContaining("transformed (zstd)") });
  });

  it("in which no plan lists the archives is refused: they are never read as one", async () => {
    const several = concat(archive([2, 3], counted(6)), archive([2, 3], counted(6)));
    const without = await refusal(open({ "__0_0.distcp": several }));
    expect(without.message).toMatch(/whose plan \.metadata is not beside it/);
    const empty = await refusal(open({ ".metadata": pickleOf(dict({})), "__0_0.distcp": several }));
    expect(empty.message).toMatch(/not a plan of torch\.distributed\.checkpoint.*dcp_to_torch/);
    const renamed = await refusal(open({ "model.pt": several }, "model.pt"));
    expect(renamed.message).toMatch(/several archives follow each other/);
  });

  it("with zip64 records, whose offsets fit the first archive too, is not taken for one archive", async () => {
    const one = archiveOf({
      pickle: tensor({ size: [2, 3] }),
      records: { 0: f32(...counted(6)) },
      writing: { zip64: true },
    });
    expect((await open({ "model.pt": one }, "model.pt")).tensors).toHaveLength(1);
    expect((await refusal(open({ "model.pt": concat(one, one) }, "model.pt"))).message).toMatch(/several archives/);
  });

  it.each<[string, Record<string, Uint8Array>, RegExp]>([
    [
      "parts that overlap",
      checkpoint(
        [2, 3],
        [
          { ...WHOLE, sizes: [2, 2], bytes: archive([2, 2], [0, 1, 2, 3]) },
          { ...WHOLE, offsets: [0, 1], sizes: [1, 2], bytes: archive([1, 2], [0, 1]) },
        ],
      ),
      /parts at \(0, 0\) and \(0, 1\) overlap/,
    ],
    ["a part that is missing", checkpoint([4, 3], [WHOLE]), /have 6 elements together, but it has 12/],
    ["a part beyond the shape", checkpoint([1, 6], [WHOLE]), /part of \(2, 3\) at \(0, 0\) leaves the shape \(1, 6\)/],
    ["a part of another rank", checkpoint([6], [WHOLE]), /leaves the shape/],
    [
      "a file outside the folder",
      checkpoint([2, 3], [{ ...WHOLE, file: "../x" }]),
      /not a plain name of a file beside/,
    ],
    [
      "a file that is not there",
      checkpoint([2, 3], [{ ...WHOLE, file: "__9_0.distcp" }]),
      /names the file __9_0\.distcp/,
    ],
    [
      "a truncated file",
      { ...checkpoint([2, 3], [WHOLE]), "__0_0.distcp": WHOLE.bytes.subarray(0, 100) },
      /a part of it ends at \d+ of __0_0\.distcp, which has 100 bytes/,
    ],
  ])("with %s is refused", async (_, files, message) => {
    const error = await refusal(open(files));
    expect(error.message).toMatch(message);
  });

  it.each([
    ["another type", checkpoint([2, 3], [WHOLE], { dtype: "float64" }), /should be F64 \(2, 3\), but is F32 \(2, 3\)/],
    ["other sides", checkpoint([3, 2], [{ ...WHOLE, sizes: [3, 2] }]), /should be F32 \(3, 2\), but is F32 \(2, 3\)/],
    ["no archive", checkpoint([2, 3], [{ ...WHOLE, bytes: f32(1, 2, 3) }]), /no archive of torch\.save/],
  ])("with a part of %s is refused when it is read", async (_, files, message) => {
    const file = await open(files);
    await expect(valuesOf(file.tensors[0])).rejects.toThrow(message);
  });

  it("runs nothing of its plan, and refuses other names with strict pickles", async () => {
    const plan = pickleOf(new Call(new Name("posix", "system"), ["echo"]));
    const files = { ".metadata": plan, "__0_0.distcp": WHOLE.bytes };
    expect((await refusal(open(files))).message).toMatch(/not a plan/);
    const strict = await refusal(openWeightFile(filesInMemory(files), { strictPickle: true }));
    expect(strict.message).toMatch(/names posix\.system/);
    const sound = await openWeightFile(filesInMemory(checkpoint([2, 3], [WHOLE])), { strictPickle: true });
    expect(sound.tensors).toHaveLength(1);
  });
});

/** Cuts a box at random places along random axes. */
const cuts = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { maxLength: 12 });
function tilesOf(shape: readonly number[], at: readonly (readonly [number, number, number])[]): Tile[] {
  const tiles: Tile[] = [{ offsets: shape.map(() => 0), sizes: [...shape] }];
  for (const [which, axisAt, place] of at) {
    if (shape.length === 0) break;
    const k = which % tiles.length;
    const axis = axisAt % shape.length;
    const { offsets, sizes } = tiles[k];
    if (sizes[axis] < 2) continue;
    const first = 1 + (place % (sizes[axis] - 1));
    const other = { offsets: offsets.with(axis, offsets[axis] + first), sizes: sizes.with(axis, sizes[axis] - first) };
    tiles[k] = { offsets, sizes: sizes.with(axis, first) };
    tiles.push(other);
  }
  return tiles.reverse();
}

describe("a tensor in tiles", () => {
  it("is streamed in C order, however it is cut, in any range, chunk and slab", async () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        shapes,
        cuts,
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 40 }),
        async (shape, at, a, b, chunk, slabElements) => {
          const total = shape.reduce((product, side) => product * side, 1);
          const [from, to] = [a % (total + 1), b % (total + 1)].sort((x, y) => x - y);
          const tiles = tilesOf(shape, at);
          expect(tilingObjection(shape, tiles, () => {})).toBeUndefined();
          const strides = shape.map((_, k) => shape.slice(k + 1).reduce((product, side) => product * side, 1));
          const stored = ({ offsets, sizes }: Tile): Pick<Tensor, "values"> => {
            const count = sizes.reduce((product, side) => product * side, 1);
            const place = (element: number): number => {
              let rest = element;
              let sum = 0;
              for (let k = shape.length - 1; k >= 0; k--) {
                sum += ((rest % sizes[k]) + offsets[k]) * strides[k];
                rest = Math.floor(rest / sizes[k]);
              }
              return sum;
            };
            return {
              async *values({ from: first = 0, to: last = count } = {}) {
                for (let k = first; k < last; k += 2)
                  yield Float32Array.from({ length: Math.min(2, last - k) }, (_, i) => place(k + i));
              },
            };
          };
          const open = async (tile: Tile) => stored(tile);
          const values: number[] = [];
          for await (const part of streamTiles(shape, tiles, { from, to, chunk, slabElements, open, where: {} })) {
            expect(part.length).toBeLessThanOrEqual(chunk);
            values.push(...part);
          }
          expect(values).toEqual(Array.from({ length: to - from }, (_, k) => from + k));
        },
      ),
      { numRuns: 400 },
    );
  });
});
