import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openWeightFile } from "#eigenscope/formats/index.js";
import { urlFiles } from "#eigenscope/remote/index.js";
import { safetensorsWith } from "../formats/build-safetensors.js";
import { refusal, tensorNamed, valuesOf } from "../formats/files-in-memory.js";
import { startServer, type TestServer, testHost } from "./test-server.js";

const SHARDS = {
  "/m/one.safetensors": safetensorsWith({ "a.weight": { shape: [2, 2], values: [1, 2, 3, 4] } }),
  "/m/two words.safetensors": safetensorsWith({ "b.weight": { shape: [2], values: [5, 6] } }),
  "/m/model.safetensors.index.json": JSON.stringify({
    weight_map: { "a.weight": "one.safetensors", "b.weight": "two words.safetensors" },
  }),
};

describe("an address of a weight file", () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startServer(SHARDS);
  });
  afterEach(() => server.close());

  const files = (path: string) => urlFiles(server.origin + path, { host: testHost() });

  it("opens with what it names beside it, by one request a small file", async () => {
    const file = await openWeightFile(files("/m/model.safetensors.index.json?sig=a%2Fb"));
    expect(await valuesOf(tensorNamed(file, "b.weight"))).toEqual([5, 6]);
    await file.close();
    expect(server.seen.map(({ path }) => path).sort()).toEqual([
      "/m/model.safetensors.index.json?sig=a%2Fb",
      "/m/one.safetensors?sig=a%2Fb",
      "/m/two%20words.safetensors?sig=a%2Fb",
    ]);
  });

  it("is shown without its query, and its file by its plain name", async () => {
    const set = files("/m/two%20words.safetensors?X-Amz-Signature=topsecret");
    expect([set.label, set.entry, await set.list()]).toEqual([
      `${server.origin}/m/two%20words.safetensors`,
      "two words.safetensors",
      ["two words.safetensors"],
    ]);
    expect((await openWeightFile(set)).tensors).toHaveLength(1);
  });

  it.each(["../secret", "/etc/passwd", "https://evil.example/x", "a\\b"])(
    "6: does not leave its folder for %j",
    async (name) => {
      expect((await refusal(files("/m/one.safetensors").open(name))).kind).toBe("malformed");
      expect(server.seen).toEqual([]);
    },
  );

  it("18: tells which shard is not there", async () => {
    server.files.delete("/m/one.safetensors");
    expect((await refusal(openWeightFile(files("/m/model.safetensors.index.json")))).message).toContain(
      "names the shard one.safetensors, which does not exist",
    );
  });

  it("86: knows a login page", async () => {
    server.files.set("/m/login.bin", new TextEncoder().encode("<!doctype html><title>Sign in</title>"));
    expect((await refusal(openWeightFile(files("/m/login.bin")))).message).toContain("this is a web page (HTML)");
  });

  it("must name a file", () => {
    expect(() => files("/m/")).toThrow("the address names a folder. Name a file in it.");
  });
});
