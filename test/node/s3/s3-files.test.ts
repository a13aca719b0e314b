import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolvedS3, s3Files } from "#eigenscope/node/s3/s3-files.js";
import { pattern, type TestHost, testHost } from "../../remote/test-server.js";
import { BUCKET, fail, startS3, type TestS3 } from "./s3-server.js";

const FOLDER = `s3://${BUCKET}/models/a+b`;

describe("files in a bucket", () => {
  let server: TestS3;
  let host: TestHost;
  const bytes = pattern(100_000);
  beforeEach(async () => {
    server = await startS3();
    host = testHost();
    server.put("models/a+b/model.safetensors", bytes);
    server.put("models/a+b/config.json", "{}");
    server.put("models/a+b/unet/model.npy", "npy");
    server.put("models/a+b-secret/model.safetensors", "secret");
  });
  afterEach(() => server.close());

  const files = (address: string) => s3Files(address, { environment: server.environment, host });

  it("are an object with those beside it, read by signed ranges", async () => {
    const set = await files(`${FOLDER}/model.safetensors`);
    expect([set.label, set.entry, await set.list(), await set.folders?.()]).toEqual([
      `${FOLDER}/model.safetensors`,
      "model.safetensors",
      ["config.json", "model.safetensors"],
      [],
    ]);
    const source = await set.open("model.safetensors");
    server.seen.length = 0;
    expect([source.byteLength, await source.read(50_000, 30_000)]).toEqual([100_000, bytes.subarray(50_000, 80_000)]);
    expect(server.seen).toEqual(["GET /bucket/models/a%2Bb/model.safetensors"]);
    expect(await (await set.open("config.json")).read(0, 2)).toEqual(new TextEncoder().encode("{}"));
  });

  it.each([FOLDER, `${FOLDER}/`])("are a folder, with the folders in it: %s", async (address) => {
    const set = await files(address);
    expect([set.label, set.entry, await set.list()]).toEqual([
      `${FOLDER}/`,
      "model.safetensors",
      ["config.json", "model.safetensors"],
    ]);
    const [below] = (await set.folders?.()) ?? [];
    expect([below.label, await below.list()]).toEqual([`${FOLDER}/unet/`, ["model.npy"]]);
    expect(await resolvedS3(address, { environment: server.environment, host })).toBe(`${FOLDER}/`);
  });

  it("are not looked for where the listing has none", async () => {
    const set = await files(`${FOLDER}/model.safetensors`);
    server.seen.length = 0;
    await expect(set.open("adapter_config.json")).rejects.toThrow(
      `${FOLDER}/adapter_config.json: there is no such object. Beside it there is model.safetensors.`,
    );
    await expect(set.open("../a+b-secret/model.safetensors")).rejects.toThrow("not a plain name of a file beside it");
    expect(server.seen).toEqual([]);
  });

  it.each([
    [`${FOLDER}/none.safetensors`, "there is no such object. Beside it there is model.safetensors."],
    [`s3://${BUCKET}/none/`, "there is nothing in this folder. Check the address."],
    [`s3://${BUCKET}/none`, "there is no such object. Check the address."],
    ["s3://another/model.safetensors", "there is no such bucket"],
  ])("that are not there are named: %s", async (address, message) => {
    await expect(files(address)).rejects.toThrow(`${address.replace("/model.safetensors", "")}`);
    await expect(files(address)).rejects.toThrow(message);
  });

  it("have the state that the listing had, and no other", async () => {
    const set = await files(`${FOLDER}/model.safetensors`);
    expect(await set.modified?.("model.safetensors")).toBe(server.objects.get("models/a+b/model.safetensors")?.etag);
    const open = await set.open("model.safetensors");
    server.put("models/a+b/model.safetensors", pattern(100_000).reverse());
    await expect(open.read(50_000, 30_000)).rejects.toThrow("the file changed while it was being read");
    // One that was not open yet, too.
    server.put("models/a+b/config.json", "[]");
    await expect(set.open("config.json")).rejects.toThrow("the file changed while it was being read");
    expect(await (await (await files(`${FOLDER}/config.json`)).open("config.json")).read(0, 2)).toEqual(
      new TextEncoder().encode("[]"),
    );
  });

  it("are read in spite of a server that fails one request in five", async () => {
    let requests = 0;
    server.before = (_, response) => {
      if (++requests % 5 > 0) return false;
      fail(response, 503, "SlowDown");
      return true;
    };
    const set = await files(FOLDER);
    const source = await set.open("model.safetensors");
    for (let from = 0; from < 100_000; from += 20_000)
      expect(await source.read(from, 20_000)).toEqual(bytes.subarray(from, from + 20_000));
    expect(requests).toBeGreaterThan(5);
  });
});
