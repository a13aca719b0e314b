import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { analyze, describe as describeModel } from "#eigenscope/node/index.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { type StoredPart, safetensorsOfParts } from "../formats/build-safetensors.js";
import { refusal } from "../formats/files-in-memory.js";
import { SHA, startHub, type TestHub, TOKEN } from "./hub-server.js";

const normal = normalSampler(createRng(5));
const matrix = (rows: number, cols: number): StoredPart => ({
  dtype: "F32",
  shape: [rows, cols],
  bytes: new Uint8Array(Float32Array.from({ length: rows * cols }, normal).buffer),
});

/** Four layers of 2 MiB in all, and as much that nobody analyses. */
const LAYERS = {
  "a.weight": matrix(512, 256),
  "b.weight": matrix(400, 300),
  "c.weight": matrix(300, 400),
  "d.weight": matrix(512, 256),
};
const WHOLE = safetensorsOfParts({
  ...LAYERS,
  ids: { dtype: "I64", shape: [262_144], bytes: new Uint8Array(2 ** 21) },
});
const ANALYSED_BYTES = Object.values(LAYERS).reduce((sum, { bytes }) => sum + bytes.length, 0);
const PAGE = 16_384;

const SHARDS = {
  "model-00001-of-00002.safetensors": safetensorsOfParts({ "a.weight": LAYERS["a.weight"] }),
  "model-00002-of-00002.safetensors": safetensorsOfParts({ "b.weight": LAYERS["b.weight"] }),
  "model.safetensors.index.json": JSON.stringify({
    weight_map: { "a.weight": "model-00001-of-00002.safetensors", "b.weight": "model-00002-of-00002.safetensors" },
  }),
};

let server: TestHub;
let home: string;

/** The environment says where the hub is; nothing of the machine's own is seen. */
async function serve(files: Record<string, Uint8Array | string>): Promise<void> {
  server = await startHub(files);
  vi.stubEnv("HF_ENDPOINT", server.endpoint);
}

/** Files in the cache as huggingface_hub lays them out. */
async function cache(
  files: Record<string, Uint8Array | string>,
  refs: Record<string, string> = { main: SHA },
): Promise<string> {
  const repository = join(home, "hub", "models--org--model");
  const snapshot = join(repository, "snapshots", SHA);
  for (const folder of [snapshot, join(repository, "refs"), join(repository, "blobs")])
    await mkdir(folder, { recursive: true });
  for (const [ref, sha] of Object.entries(refs)) await writeFile(join(repository, "refs", ref), sha);
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(repository, "blobs", `etag-${name}`), content);
    await symlink(`../../blobs/etag-${name}`, join(snapshot, name));
  }
  return snapshot;
}

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "eigenscope-hub-"));
  for (const name of [
    "HF_TOKEN",
    "HF_TOKEN_PATH",
    "HF_HUB_CACHE",
    "HUGGINGFACE_HUB_CACHE",
    "HF_HUB_OFFLINE",
    "XDG_CACHE_HOME",
  ])
    vi.stubEnv(name, undefined);
  vi.stubEnv("HF_HOME", home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server?.close();
  await rm(home, { recursive: true, force: true });
});

describe("a model of a hub, cold", () => {
  it("is read by ranges: what is analysed, the header, and nothing else", async () => {
    await serve({ "model.safetensors": WHOLE, "config.json": "{}", "tokenizer.json": "{}" });
    const report = await analyze("org/model").report();
    expect(report.layers.map(({ name, status }) => [name, status])).toEqual(
      ["a", "b", "c", "d"].map((name) => [name, "success"]),
    );
    expect(report.input.label).toBe(`org/model@${SHA}`);
    const asked = server.seen();
    expect(asked[0].path).toBe("/api/models/org/model/revision/main");
    expect(
      asked
        .slice(1)
        .every(({ range, path }) => range !== undefined && path.includes(`/resolve/${SHA}/model.safetensors`)),
    ).toBe(true);
    expect(server.storage.sent).toBeLessThanOrEqual(1.02 * ANALYSED_BYTES + PAGE);
    expect(server.storage.sent).toBeGreaterThanOrEqual(ANALYSED_BYTES);
  });

  it("gives the numbers of the same file on disk", async () => {
    await serve({ "model.safetensors": WHOLE });
    const path = join(home, "local.safetensors");
    await writeFile(path, WHOLE);
    expect((await analyze("org/model").report()).layers).toEqual((await analyze(path).report()).layers);
  });

  it("opens by its index, and asks for each shard's address once", async () => {
    await serve({ ...SHARDS, "pytorch_model.bin": "not looked at" });
    const report = await analyze("org/model@v1").report();
    expect(report.layers).toHaveLength(2);
    expect(server.hub.seen.map(({ path }) => path.split("/").at(-1))).toEqual([
      "v1",
      ...["model.safetensors.index.json", ...Object.keys(SHARDS).slice(0, 2)],
    ]);
  });

  it("opens by a file, a folder, a revision beside the name, and its web address", async () => {
    const small = safetensorsOfParts({ "a.weight": matrix(20, 15) });
    await serve({ "unet/a.safetensors": small, "unet/b.safetensors": "<html>", "odd name.safetensors": small });
    const layersOf = async (name: string, revision?: string) =>
      (await describeModel(name, { hub: { revision } })).layers.length;
    expect(await layersOf("org/model:unet/a.safetensors")).toBe(1);
    expect(await layersOf("org/model:odd name.safetensors", "v1")).toBe(1);
    expect(await layersOf("org/model:unet/")).toBe(1);
    expect(await layersOf(`${server.endpoint}/org/model/blob/main/unet/a.safetensors`)).toBe(1);
  });

  it("is read with a token from HF_TOKEN or the token's file, which no other host is sent", async () => {
    await serve({ "model.safetensors": WHOLE });
    server.access = "private";
    vi.stubEnv("HF_TOKEN", `${TOKEN}\n`);
    await analyze("org/model", { layers: ["a"] }).report();
    vi.stubEnv("HF_TOKEN", undefined);
    await writeFile(join(home, "token"), `${TOKEN}\n`);
    await analyze("org/model", { layers: ["b"] }).report();
    expect(server.hub.seen.every(({ headers }) => headers.authorization === `Bearer ${TOKEN}`)).toBe(true);
    expect(server.storage.seen).toHaveLength(4);
    expect(server.storage.seen.map(({ headers }) => headers.authorization).filter(Boolean)).toEqual([]);
  });

  it("that changes in mid-run is noticed: its layers fail with the reason", async () => {
    await serve({ "model.safetensors": WHOLE });
    server.storage.tricks.push((request) => {
      if (request.headers.range !== "bytes=0-16383") server.storage.etag = '"v2"';
      return false;
    });
    const report = await analyze("org/model").report();
    const noticed = report.layers.map(({ reason }) => /the file changed while it was being read/.test(reason ?? ""));
    expect(noticed).toEqual([true, true, true, true]);
  });
});

describe("a model of a hub that cannot be had", () => {
  const REFUSALS: Record<
    string,
    { name?: string; token?: string; access?: TestHub["access"]; says: string; kind: string }
  > = {
    "a wrong token": { token: "hf_wrong", says: "the hub does not accept the token of HF_TOKEN", kind: "unreadable" },
    "a token that is none": { token: "hf wrong", says: "HF_TOKEN is not a valid token", kind: "unreadable" },
    "a model that does not exist": {
      name: "org/none",
      says: "no such model, or it is private. Check the name; a private model needs HF_TOKEN.",
      kind: "missing",
    },
    "a private model": { access: "private", says: "no such model, or it is private", kind: "missing" },
    "a gated model, without a token": {
      access: "gated",
      says: "then set HF_TOKEN to one of your tokens",
      kind: "unreadable",
    },
    "a gated model, with a token": {
      access: "gated",
      token: TOKEN,
      says: "with the account of HF_TOKEN",
      kind: "unreadable",
    },
    "a revision that does not exist": {
      name: "org/model@v9",
      says: "org/model@v9: the repository has no such revision",
      kind: "missing",
    },
    "a file that does not exist": {
      name: "org/model:x.bin",
      says: "the repository has no such file. It has model.safetensors.",
      kind: "missing",
    },
  };
  it.each(Object.entries(REFUSALS))(
    "%s gets the sentence that helps, and no token is shown",
    async (_, { name = "org/model", token, access, says, kind }) => {
      await serve({ "model.safetensors": WHOLE });
      server.access = access ?? "public";
      vi.stubEnv("HF_TOKEN", token);
      const error = await refusal(describeModel(name));
      expect([error.kind, error.message]).toEqual([kind, expect.stringContaining(says)]);
      expect(JSON.stringify([error.message, error.details, error.stack])).not.toContain(token ?? "hf_");
      expect(server.storage.seen).toEqual([]);
    },
  );

  it("an endpoint that is no hub gets one", async () => {
    await serve({});
    server.hub.before = (_request, response) => {
      response.writeHead(200).end("<html>");
      return true;
    };
    expect((await refusal(describeModel("org/model"))).message).toContain(
      "Is HF_ENDPOINT the address of a Hugging Face hub?",
    );
  });
});

describe("a model in the hub's cache", () => {
  it("is read there, by its index, without any request", async () => {
    await serve({});
    await cache(SHARDS);
    const report = await analyze("org/model").report();
    expect([report.layers.length, report.input.label]).toEqual([2, `org/model@${SHA}`]);
    expect((await describeModel(`org/model@${SHA}:model-00001-of-00002.safetensors`)).layers).toHaveLength(1);
    expect(server.seen()).toEqual([]);
  });

  it.each([
    ["HF_HUB_CACHE", "hub"],
    ["HUGGINGFACE_HUB_CACHE", "hub"],
    ["XDG_CACHE_HOME", ""],
  ])("is found by %s", async (variable, folder) => {
    await serve({});
    if (variable === "XDG_CACHE_HOME") home = join(home, "huggingface");
    await cache(SHARDS);
    if (variable === "XDG_CACHE_HOME") home = join(home, "..");
    vi.stubEnv("HF_HOME", variable === "XDG_CACHE_HOME" ? undefined : "/nowhere");
    vi.stubEnv(variable, join(home, folder));
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    expect((await describeModel("org/model")).layers).toHaveLength(2);
  });

  it("gets from the hub the shard that it lacks, at the commit that it has", async () => {
    await serve(SHARDS);
    const { "model-00002-of-00002.safetensors": _, ...some } = SHARDS;
    await cache(some);
    expect((await analyze("org/model").report()).layers).toHaveLength(2);
    expect(new Set(server.hub.seen.map(({ path }) => path))).toEqual(
      new Set([`/org/model/resolve/${SHA}/model-00002-of-00002.safetensors`]),
    );
  });

  it("counts as not there where only its tokenizer is", async () => {
    await serve(SHARDS);
    await cache({ "tokenizer.json": "{}" });
    expect((await describeModel("org/model")).layers).toHaveLength(2);
    vi.stubEnv("HF_HUB_OFFLINE", "yes");
    expect((await refusal(describeModel("org/model"))).message).toContain("its weights are not in the cache");
  });

  it("offline, is all there is", async () => {
    await serve(SHARDS);
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    const error = await refusal(describeModel("org/model"));
    expect(error.message).toContain(
      `not in the cache (${join(home, "hub")}), and the network is disabled. Unset HF_HUB_OFFLINE`,
    );
    await cache({ "model.safetensors.index.json": SHARDS["model.safetensors.index.json"] });
    expect((await refusal(describeModel("org/model"))).message).toMatch(
      /names the shard model-0000\d-of-00002.safetensors, which does not exist/,
    );
    expect(server.seen()).toEqual([]);
  });

  it("6: does not follow a link out of the model's own folder", async () => {
    await serve({});
    const snapshot = await cache({});
    await writeFile(join(home, "hub", "secret.safetensors"), SHARDS["model-00001-of-00002.safetensors"]);
    await symlink("../../../secret.safetensors", join(snapshot, "model.safetensors"));
    expect((await refusal(describeModel("org/model"))).message).toContain(
      "a link that leads out of the model's folder",
    );
    expect(server.seen()).toEqual([]);
  });

  it("knows no revision that leads out of it", async () => {
    await serve(SHARDS);
    await writeFile(join(home, "hub-ref"), SHA);
    await cache(SHARDS, {});
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    expect((await refusal(describeModel("org/model", { hub: { revision: "../../../hub-ref" } }))).message).toContain(
      "is not a valid revision",
    );
  });
});
