import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localFiles } from "#eigenscope/node/file-set.js";
import type { Listing } from "#eigenscope/node/serve/served-files.js";
import { noiseModel, posted, serving } from "./serving.js";

const SECRET = "a secret outside of the served folder";
let home: string;
let root: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "serve-paths-"));
  root = join(home, "root");
  await mkdir(join(root, "sub", "deep"), { recursive: true });
  await mkdir(join(home, "outside"));
  await mkdir(join(root, ".hidden"));
  const model = noiseModel({ w: [20, 12] });
  for (const path of ["root/a.safetensors", "root/sub/b.safetensors", "root/.hidden/c.safetensors", "root/.d.npy"])
    await writeFile(join(home, path), model);
  await writeFile(join(home, "outside", "o.safetensors"), model);
  await writeFile(join(home, "secret.txt"), SECRET);
  await writeFile(join(root, "notes.txt"), "no weights");
  await writeFile(join(root, "optimizer.pt"), "state");
  await symlink(join(home, "outside"), join(root, "folder-out"));
  await symlink(join(home, "outside", "o.safetensors"), join(root, "out.safetensors"));
  await symlink(join(root, "a.safetensors"), join(root, "in.safetensors"));
  await symlink(join(root, "sub"), join(root, "folder-in"));
  await symlink(join(home, "nowhere"), join(root, "broken.safetensors"));
  // A tool's file that names the current state; here it leads out by a link.
  await mkdir(join(root, "states"));
  await writeFile(join(root, "states", "latest"), "now");
  await symlink(join(home, "outside"), join(root, "states", "now"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe("paths of requests", () => {
  it.each([
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/%2E%2E%2Fsecret.txt",
    "/.%2e/secret.txt",
    "/%2e%2e%5csecret.txt",
    "/..\\secret.txt",
    "/%252e%252e%252fsecret.txt",
    "/%25252e%25252e/secret.txt",
    "/assets/..%00/secret.txt",
    "/secret.txt%00.html",
    "/%00",
    "/%c0%ae%c0%ae/secret.txt",
    "/%e0%80%ae%e0%80%ae/secret.txt",
    "/%",
    "/%zz",
    "//../secret.txt",
    "/./../secret.txt",
    "/..;/secret.txt",
    "http://evil.example/",
    "*",
    "/api/../secret.txt",
    "/api/models/..%2f..%2fsecret.txt/report",
  ])("give nothing outside of the application: %s", async (target) => {
    const { ask } = await serving({ application: join(root, "sub") });
    const { status, text } = await ask(target);
    expect([400, 404]).toContain(status);
    expect(text).not.toContain(SECRET);
  });

  it("with two dots inside of a name are names like others", async () => {
    const { ask } = await serving();
    expect((await ask("/assets/a..b.js")).status).toBe(404);
  });
});

describe("names of models in requests", () => {
  it.each([
    ["a.safetensors", 201],
    ["sub/b.safetensors", 201],
    ["sub", 201],
    [".", 201],
    ["in.safetensors", 201],
    ["folder-in/b.safetensors", 201],
    ["..", 403],
    ["../secret.txt", 403],
    ["sub/../../outside/o.safetensors", 403],
    ["sub/..", 403],
    ["/etc/passwd", 403],
    ["//etc/passwd", 403],
    ["./a.safetensors", 403],
    ["sub//b.safetensors", 403],
    [".hidden/c.safetensors", 403],
    [".d.npy", 403],
    ["out.safetensors", 403],
    ["folder-out", 403],
    ["folder-out/o.safetensors", 403],
    ["states", 403],
    ["..\\secret.txt", 400],
    ["a.safetensors\0.txt", 400],
    ["sub\n", 400],
    ["%2e%2e/secret.txt", 404],
    ["nothing.safetensors", 404],
    ["broken.safetensors", 404],
    ["sub/nothing.safetensors", 404],
    ["file:///etc/passwd", 403],
    ["https://example.org/model.safetensors", 400],
    [`${"a".repeat(5000)}`, 400],
    ["", 400],
  ])("%j: status %i, in the folder only, links followed", async (path, status) => {
    const { ask } = await serving({ path: root });
    const { status: found, text } = await ask("/api/models", posted({ path }));
    expect([found, text]).toEqual([status, text]);
    if (status !== 201) expect(JSON.parse(text).error).toMatch(/\.$/);
    expect(text).not.toContain(SECRET);
  });

  it.each([
    ["a file", "a.safetensors", "a.safetensors", ["sub/b.safetensors", ".", "in.safetensors", "../secret.txt"]],
    ["no path", undefined, undefined, ["a.safetensors", ".", "", "root"]],
  ])("of a server of %s: nothing else", async (_, served, right, wrong) => {
    const { ask } = await serving({ path: served && join(root, served) });
    if (right !== undefined) expect((await ask("/api/models", posted({ path: right }))).status).toBe(201);
    for (const path of wrong) expect((await ask("/api/models", posted({ path }))).status).toBeGreaterThanOrEqual(400);
  });

  it("of a hub do not become paths of the folder in which the server was started", async () => {
    const { ask } = await serving({ path: join(root, "a.safetensors") });
    // This project has a folder "src": a name that the command line would take for a path.
    const { status, text } = await ask("/api/models", posted({ path: "src/cli" }));
    expect(text).not.toContain("main.ts");
    expect(status).toBeGreaterThanOrEqual(400);
  });
});

describe("the folders of a model", () => {
  it("are not the current state of one, if that is a link that leads out", async () => {
    const pipeline = join(home, "pipeline");
    for (const name of ["unet", "vae"]) {
      await mkdir(join(pipeline, name, "inside"), { recursive: true });
      await writeFile(join(pipeline, name, "latest"), name === "unet" ? "inside" : "now");
      await symlink(join(home, "outside"), join(pipeline, name, "now"));
    }
    const folders = (await (await localFiles(pipeline)).folders?.()) ?? [];
    expect(folders.map(({ label }) => label)).toEqual([join(pipeline, "unet", "inside")]);
  });
});

describe("the list of files", () => {
  const names = ({ entries }: Listing) => entries.map(({ kind, path }) => `${kind} ${path}`);

  it("has folders and weights below the root in natural order: nothing hidden, no links that lead out", async () => {
    const { json } = await serving({ path: root });
    const listing = await json<Listing>("/api/files");
    expect(names(listing)).toEqual([
      "folder folder-in",
      "folder states",
      "folder sub",
      "weights a.safetensors",
      "weights in.safetensors",
    ]);
    expect(listing.entries[3].bytes).toBe(noiseModel({ w: [20, 12] }).length);
    expect(names(await json("/api/files?dir=sub"))).toEqual(["folder sub/deep", "weights sub/b.safetensors"]);
  });

  it.each([
    ["..", 403],
    ["sub/..", 403],
    ["%2e%2e", 403],
    ["folder-out", 403],
    [".hidden", 403],
    ["%00", 400],
    ["a.safetensors", 404],
    ["nothing", 404],
  ])("of the folder %s: status %i", async (dir, status) => {
    const { ask } = await serving({ path: root });
    expect((await ask(`/api/files?dir=${dir}`)).status).toBe(status);
  });

  it("of a file has that file, whatever its name, and of no path nothing", async () => {
    const file = await serving({ path: join(root, "notes.txt") });
    expect(names(await file.json("/api/files"))).toEqual(["weights notes.txt"]);
    expect((await file.ask("/api/files?dir=sub")).status).toBe(404);
    const empty = await serving();
    expect(names(await empty.json("/api/files"))).toEqual([]);
  });
});

describe("the session", () => {
  it("says what is served: models that can be opened right away", async () => {
    const session = async (path?: string) => (await serving({ path })).json("/api/session");
    expect(await session()).toMatchObject({ kind: "empty", label: "", entries: [], models: [] });
    const file = join(root, "a.safetensors");
    expect(await session(file)).toMatchObject({
      kind: "file",
      label: file,
      entries: [{ id: "a.safetensors", label: "a.safetensors", kind: "model" }],
    });
    expect(await session(join(root, "sub"))).toMatchObject({
      kind: "folder",
      entries: [{ id: ".", label: "sub", kind: "model", bytes: noiseModel({ w: [20, 12] }).length }],
    });
    expect((await session(root)).entries).toMatchObject([{ id: "a.safetensors" }, { id: "in.safetensors" }]);
  });

  it("cannot be had of a path that names nothing", async () => {
    await expect(serving({ path: join(root, "nothing") })).rejects.toMatchObject({ name: "FormatError" });
  });
});
