import { describe, expect, it } from "vitest";
import { identityOf, shortDigest } from "../../app/sources/identity.js";
import { together } from "../../app/sources/together.js";

const file = (name: string): File => new File(["x"], name);
const groups = (...names: readonly string[]): string[][] =>
  together(names.map((name) => [file(name)])).map((files) => files.map(({ name }) => name));

describe("files that are dropped together", () => {
  it("are one model each", () => {
    expect(groups("a.safetensors", "b.safetensors")).toEqual([["a.safetensors"], ["b.safetensors"]]);
  });

  it("are one model where they are its shards", () => {
    const shards = ["m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors"];
    expect(groups(...shards)).toEqual([shards]);
    expect(groups(...shards, "n-00001-of-00001.safetensors")).toEqual([shards, ["n-00001-of-00001.safetensors"]]);
  });

  it("are no shards where the number is shorter than a shard's", () => {
    expect(groups("m-01-of-02.pt", "m-02-of-02.pt")).toHaveLength(2);
  });

  it("keep a configuration with the weights beside it", () => {
    expect(groups("config.json", "m.safetensors")).toEqual([["m.safetensors", "config.json"]]);
  });

  it("are reports where there are only JSON files", () => {
    expect(groups("a.json", "b.json")).toEqual([["a.json"], ["b.json"]]);
  });

  it("give each of several models what bears its name", () => {
    expect(groups("a.onnx", "a.onnx_data", "b.onnx", "b.onnx_data")).toEqual([
      ["a.onnx", "a.onnx_data"],
      ["b.onnx", "b.onnx_data"],
    ]);
  });

  it("are one model of TensorFlow.js: its directory and its shards", () => {
    expect(groups("model.json", "group1-shard1of2.bin", "group1-shard2of2.bin")).toEqual([
      ["model.json", "group1-shard1of2.bin", "group1-shard2of2.bin"],
    ]);
  });

  it("leave a folder as it is", () => {
    const folder = [file("a.safetensors"), file("config.json")];
    expect(together([folder, [file("b.safetensors")]])).toEqual([
      [expect.objectContaining({ name: "b.safetensors" })],
      folder,
    ]);
    expect(together([[]])).toEqual([]);
  });
});

describe("the identity of a file", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  // Published values of FNV-1a with 64 bits (draft-eastlake-fnv, appendix C).
  it.each([
    ["", "cbf29ce484222325"],
    ["a", "af63dc4c8601ec8c"],
    ["foobar", "85944171f73967e8"],
  ])("is the 64-bit FNV-1a hash: %j", (text, digest) => {
    expect(shortDigest([bytes(text)])).toBe(digest);
    expect(shortDigest([...text].map(bytes))).toBe(digest);
  });

  it("follows name, size and beginning, and is the same for the same file", async () => {
    const of = (name: string, content: string): Promise<string> => identityOf(new File([content], name));
    const first = await of("a.bin", "one");
    expect(await of("a.bin", "one")).toBe(first);
    expect(await of("b.bin", "one")).not.toBe(first);
    expect(await of("a.bin", "two")).not.toBe(first);
    expect(await of("a.bin", "one ")).not.toBe(first);
  });

  it("reads no more than the beginning of a large file", async () => {
    let asked = 0;
    const large = new File([new Uint8Array(1 << 20)], "large.bin");
    const slice = large.slice.bind(large);
    large.slice = (from = 0, to = large.size) => {
      asked += to - from;
      return slice(from, to);
    };
    await identityOf(large);
    expect(asked).toBe(1 << 16);
  });

  it("of an address is the address", async () => {
    expect(await identityOf("org/model")).toBe("org/model");
  });
});
