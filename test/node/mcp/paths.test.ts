import { mkdir, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startHub } from "../hub-server.js";
import { noiseModel } from "../serve/serving.js";
import { folderWith, type Message, serving } from "./client.js";

let home: Awaited<ReturnType<typeof folderWith>>;
let root: string;
let other: string;
beforeAll(async () => {
  home = await folderWith({ "secret.txt": "a secret" });
  [root, other] = ["root", "other"].map((name) => join(home.path, name));
  const model = noiseModel({ "a.weight": [30, 20] });
  for (const path of ["root/sub", "root/.hidden", "other", "outside"])
    await mkdir(join(home.path, path), { recursive: true });
  for (const path of ["root/a", "root/sub/b", "root/.hidden/c", "other/d", "outside/o"])
    await writeFile(join(home.path, `${path}.safetensors`), model);
  await symlink(join(home.path, "outside"), join(root, "folder-out"));
  await symlink(join(home.path, "outside", "o.safetensors"), join(root, "out.safetensors"));
  await symlink(join(root, "a.safetensors"), join(root, "in.safetensors"));
  await symlink(root, join(home.path, "link-to-root"));
});
afterAll(() => home.remove());
afterEach(() => vi.unstubAllEnvs());

const TOOLS: Readonly<Record<string, (path: string) => object>> = {
  describe: (path) => ({ path }),
  analyze: (path) => ({ path }),
  compare: (path) => ({ a: "a.safetensors", b: path }),
  rank: (path) => ({ paths: [path] }),
};

describe("paths of an agent", () => {
  it("name files below the folders, relative or absolute, by links within them too", async () => {
    const { client } = await serving([root, other]);
    for (const path of [
      ...["a.safetensors", "./a.safetensors", "sub/b.safetensors", "sub", "sub/", "in.safetensors", "d.safetensors"],
      ...[join(root, "a.safetensors"), join(root, "sub", "..", "a.safetensors"), join(other, "d.safetensors")],
    ])
      expect((await client.result("describe", { path })).rows, path).toHaveLength(1);
  });

  it("name files by the folder as it was named, and as it is", async () => {
    const link = join(home.path, "link-to-root");
    const { client } = await serving([link]);
    for (const path of [join(link, "a.safetensors"), join(root, "a.safetensors")])
      expect((await client.result("describe", { path })).rows).toHaveLength(1);
  });

  it.each(Object.keys(TOOLS))("lead %s nowhere else", async (name) => {
    const { client, faults } = await serving([root]);
    for (const [path, words] of [
      ["../outside/o.safetensors", /only what lies below/i],
      ["sub/../../outside/o.safetensors", /only what lies below/i],
      ["out.safetensors", /leads out/],
      ["folder-out", /leads out/],
      ["folder-out/o.safetensors", /leads out/],
      [".hidden/c.safetensors", /hidden/],
      ["nothing.safetensors", /There is no "nothing\.safetensors"/],
      [join(home.path, "outside", "o.safetensors"), /outside the folders/],
      [join(root, "..", "outside", "o.safetensors"), /outside the folders/],
      [`${root}-not/o.safetensors`, /outside the folders/],
      [home.path, /outside the folders/],
      ["/etc/passwd", /outside the folders/],
      ["a\u0000.safetensors", /characters/],
      ["..\\outside", /characters/],
      ["org/model", /--network/],
      ["https://example.com/model.safetensors", /--network/],
      ["file:///etc/passwd", /There is no|--network|hidden|begin below/],
    ] as const)
      expect(await client.refusal(name, TOOLS[name](path)), path).toMatch(words);
    expect(faults).toEqual([]);
  });

  it("are listed without links that lead out, and without what is hidden", async () => {
    const { client } = await serving([root]);
    const { rows } = await client.result("list", {});
    expect(rows.map(({ path }: Message) => basename(path))).toEqual(["sub", "a.safetensors", "in.safetensors"]);
    for (const folder of ["..", "folder-out", ".hidden", home.path, "/"])
      expect(await client.refusal("list", { folder }), folder).toMatch(/below|leads out|hidden|outside/);
    expect(await client.refusal("list", { folder: "nothing" })).toMatch(/no folder "nothing"/);
  });

  it("begin with the folders, if there are several", async () => {
    const { client } = await serving([root, other]);
    const { rows } = await client.result("list", {});
    expect(rows.map(({ path }: Message) => path)).toEqual([root, other]);
    const listed = await client.result("list", { folder: other });
    expect(listed.rows.map(({ path }: Message) => path)).toEqual([join(other, "d.safetensors")]);
  });

  it("take no folder for a model that has more below by a link", async () => {
    const { client } = await serving([root]);
    const { rows } = await client.result("rank", { paths: ["."] });
    expect(rows.map(({ path }: Message) => basename(path))).not.toContain("o.safetensors");
    expect(rows.map(({ path }: Message) => basename(path))).not.toContain("out.safetensors");
  });

  it.each([false, true])("of a hub are asked of the network: %s", async (network) => {
    const hub = await startHub({ "model.safetensors": noiseModel({ "a.weight": [30, 20] }) });
    vi.stubEnv("HF_ENDPOINT", hub.endpoint);
    vi.stubEnv("HF_HUB_CACHE", join(home.path, "cache"));
    const { client } = await serving([root], { network });
    if (network) expect((await client.result("describe", { path: "org/model" })).rows).toHaveLength(1);
    else expect(await client.refusal("describe", { path: "org/model" })).toContain("--network");
    expect(hub.seen().length > 0).toBe(network);
    await hub.close();
  });
});

describe("the folders of a server", () => {
  it("must be folders", async () => {
    await expect(serving([join(home.path, "nowhere")])).rejects.toThrow(/nowhere/);
    await expect(serving([join(home.path, "secret.txt")])).rejects.toThrow(/is not a folder/);
  });
});
