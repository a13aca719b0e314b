import { describe, expect, it } from "vitest";
import { openWeightFile } from "#eigenscope/formats/index.js";
import { safetensorsWith } from "./build-safetensors.js";
import { filesInMemory, refusal, tensorNamed, valuesOf } from "./files-in-memory.js";

const one = (name: string, value: number): Uint8Array => safetensorsWith({ [name]: { shape: [1], values: [value] } });
const index = (weightMap: Record<string, string>): string =>
  JSON.stringify({ metadata: { total_size: 8 }, weight_map: weightMap });
const SHARDS = { "s1.safetensors": one("a", 1), "s2.safetensors": one("b", 2) };
const ENTRY = "model.safetensors.index.json";

describe("a sharded safetensors checkpoint", () => {
  it("is read through its index, named or found in its folder, in the order of its shards", async () => {
    const files = { [ENTRY]: index({ b: "s2.safetensors", a: "s1.safetensors" }), ...SHARDS };
    for (const entry of [ENTRY, undefined]) {
      const file = await openWeightFile(filesInMemory(files, entry));
      expect(file.tensors.map(({ name }) => name)).toEqual(["a", "b"]);
      expect(await valuesOf(tensorNamed(file, "b"))).toEqual([2]);
      expect(file.files.map(({ name }) => name)).toEqual([ENTRY, "s1.safetensors", "s2.safetensors"]);
    }
  });

  it("keeps tensors that its index does not name, with a warning", async () => {
    const file = await openWeightFile(
      filesInMemory(
        {
          [ENTRY]: index({ a: "s.safetensors" }),
          "s.safetensors": safetensorsWith({ a: { shape: [1], values: [1] }, z: { shape: [1], values: [2] } }),
        },
        ENTRY,
      ),
    );
    expect(file.tensors.map(({ name }) => name)).toEqual(["a", "z"]);
    expect(file.warnings).toEqual([expect.stringContaining("z")]);
  });

  it("without an index is the union of the folder's files", async () => {
    const file = await openWeightFile(filesInMemory(SHARDS));
    expect(file.tensors.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("without an index is refused where two files hold one name", async () => {
    const error = await refusal(
      openWeightFile(filesInMemory({ "x.safetensors": one("a", 1), "y.safetensors": one("a", 1) })),
    );
    expect(error.message).toMatch(
      /y\.safetensors, tensor "a": the file x\.safetensors also holds a tensor of this name.*name the one to read/,
    );
  });

  const HOSTILE: Record<string, { files: Record<string, string | Uint8Array>; says: RegExp; kind?: string }> = {
    "17: a shard in another folder": {
      files: { [ENTRY]: index({ a: "../x.safetensors" }) },
      says: /"\.\.\/x\.safetensors", which is not a plain name/,
    },
    "17: an absolute shard": { files: { [ENTRY]: index({ a: "/x.safetensors" }) }, says: /not a plain name/ },
    "17: a shard at an address": {
      files: { [ENTRY]: index({ a: "https://example.org/x" }) },
      says: /not a plain name/,
    },
    "17: a shard on a drive": { files: { [ENTRY]: index({ a: "C:x" }) }, says: /not a plain name/ },
    "18: a shard that is not there": {
      files: { [ENTRY]: index({ a: "s3.safetensors" }), ...SHARDS },
      says: /names the shard s3\.safetensors, which does not exist/,
      kind: "missing",
    },
    "19: a tensor that no shard holds": {
      files: { [ENTRY]: index({ a: "s1.safetensors", c: "s2.safetensors" }), ...SHARDS },
      says: /tensor "c": the index says that s2\.safetensors holds it; no shard holds it/,
    },
    "19: a tensor in another shard": {
      files: { [ENTRY]: index({ a: "s2.safetensors", b: "s1.safetensors" }), ...SHARDS },
      says: /s1\.safetensors holds it/,
    },
    "19: a tensor in two shards": {
      files: {
        [ENTRY]: index({ a: "s1.safetensors", b: "s2.safetensors" }),
        "s1.safetensors": one("a", 1),
        "s2.safetensors": safetensorsWith({ a: { shape: [1], values: [1] }, b: { shape: [1], values: [1] } }),
      },
      says: /also holds a tensor of this name/,
    },
    "15: a tensor called __proto__ in the index": {
      files: { [ENTRY]: '{"weight_map":{"__proto__":"s1.safetensors"}}', ...SHARDS },
      says: /"__proto__".*no shard holds it/,
    },
    "6: a tensor twice in the index": {
      files: { [ENTRY]: '{"weight_map":{"a":"s1.safetensors","a":"s2.safetensors"}}', ...SHARDS },
      says: /occurs twice/,
    },
    "a shard that is no string": { files: { [ENTRY]: '{"weight_map":{"a":1}}' }, says: /name is not a string/ },
    "no weight_map": { files: { [ENTRY]: '{"metadata":{}}' }, says: /"weight_map" is missing/ },
    "an empty weight_map": { files: { [ENTRY]: '{"weight_map":{}}' }, says: /names no tensor/ },
    "85: a shard that is a git-LFS pointer": {
      files: {
        [ENTRY]: index({ a: "s.safetensors" }),
        "s.safetensors": "version https://git-lfs.github.com/spec/v1\noid sha256:0",
      },
      says: /s\.safetensors: this is a git-LFS pointer.*git lfs pull/,
      kind: "unknown-format",
    },
    "a shard that is a PyTorch pickle": {
      files: { [ENTRY]: index({ a: "pytorch_model.bin" }), "pytorch_model.bin": Uint8Array.of(0x80, 2, 0x2e) },
      says: /pickle that torch\.save did not write/,
      kind: "unsupported",
    },
  };
  for (const [name, { files, says, kind }] of Object.entries(HOSTILE)) {
    it(`is refused with ${name}`, async () => {
      const watched = filesInMemory(files, ENTRY);
      const error = await refusal(openWeightFile(watched));
      expect(error.message).toMatch(says);
      expect(error.kind).toBe(kind ?? "malformed");
      expect([...watched.stillOpen]).toEqual([]);
    });
  }
});
