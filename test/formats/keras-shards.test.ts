import { describe, expect, it } from "vitest";
import { openWeightFile } from "#eigenscope/formats/index.js";
import { planLayers } from "#eigenscope/layers/index.js";
import { EVERYTHING } from "../layers/tensors-in-memory.js";
import { zipOf } from "./build-numpy.js";
import { filesInMemory, fixture, openOne, refusal, valuesOf } from "./files-in-memory.js";

const shards = {
  "model_00000.weights.h5": fixture("keras_shards/model_00000.weights.h5"),
  "model_00001.weights.h5": fixture("keras_shards/model_00001.weights.h5"),
};
const listed = JSON.parse(new TextDecoder().decode(fixture("keras_shards/model.weights.json"))).weight_map;
const manifest = (map: unknown): string => JSON.stringify({ metadata: {}, weight_map: map });
const LIST = "model.weights.json";
const open = (map: unknown, files: Record<string, Uint8Array> = shards, entry?: string) =>
  openWeightFile(filesInMemory({ ...files, [LIST]: manifest(map) }, entry));

describe("Keras' sharded weights", () => {
  it.each([undefined, LIST])("are one model, whether the folder or the list is named (%s)", async (entry) => {
    const file = await open(listed, shards, entry);
    expect(file.tensors.map(({ name, shape, file: shard }) => [name, shape, shard])).toEqual([
      ["layers/dense/kernel", [4, 6], "model_00000.weights.h5"],
      ["layers/dense/bias", [6], "model_00000.weights.h5"],
      ["layers/dense_1/kernel", [6, 3], "model_00000.weights.h5"],
      ["layers/dense_1/bias", [3], "model_00001.weights.h5"],
      ["layers/embedding/embeddings", [5, 4], "model_00001.weights.h5"],
    ]);
    for (const tensor of file.tensors)
      expect(await valuesOf(tensor)).toEqual(Array.from({ length: tensor.byteLength / 4 }, (_, k) => k));
    expect(planLayers(file, EVERYTHING).layers.map(({ name }) => name)).toEqual([
      ...["layers/dense", "layers/dense_1", "layers/embedding"],
    ]);
    expect(file.warnings).toEqual([]);
    await file.close();
  });

  it("may be listed by one name instead of a list", async () => {
    const first = Object.fromEntries(Object.entries(listed).map(([group, names]) => [group, (names as string[])[0]]));
    expect((await open(first)).tensors).toHaveLength(5);
  });

  it.each<[string, unknown, RegExp]>([
    ["no map", null, /"weight_map" is missing, empty, or not an object/],
    ["an empty map", {}, /is missing, empty/],
    ["a shard that is no text", { ...listed, "/layers/dense/vars": [7] }, /shard's name is not a string/],
    ["a shard outside the folder", { ...listed, "/layers/dense/vars": ["../x.weights.h5"] }, /not a plain name/],
    [
      "a shard that is not there",
      { ...listed, "/a/vars": ["x.weights.h5"] },
      /the shard x\.weights\.h5, which does not/,
    ],
    ["a group that its shard does not have", { ...listed, "/layers/x/vars": ["model_00000.weights.h5"] }, /no such/],
    ["a group in another shard", { ...listed, "/layers/dense/vars": ["model_00001.weights.h5"] }, /no such variables/],
  ])("with %s are refused", async (_, map, message) => {
    // The text that the list is recognised by stays in it.
    const entry = LIST;
    const text = JSON.stringify({ weight_map: map, note: "x.weights.h5" });
    const error = await refusal(openWeightFile(filesInMemory({ ...shards, [LIST]: text }, entry)));
    expect(error.message).toMatch(message);
  });

  it("that two shards both hold are refused", async () => {
    const twice = { ...shards, "model_00001.weights.h5": shards["model_00000.weights.h5"] };
    const map = { "/layers/dense/vars": ["model_00000.weights.h5", "model_00001.weights.h5"] };
    expect((await refusal(open(map, twice))).message).toMatch(/model_00000.* and model_00001.* both hold it/);
  });

  it("inside a .keras archive are refused with the way out", async () => {
    const archive = zipOf([
      { name: "metadata.json", data: new Uint8Array(2) },
      { name: LIST, data: new Uint8Array(2) },
    ]);
    expect((await refusal(openOne("m.keras", archive))).message).toMatch(/weights are in shards.*Unpack the archive/);
  });
});
