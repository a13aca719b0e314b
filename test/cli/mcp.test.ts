import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Client, folderWith } from "../node/mcp/client.js";
import { noiseModel, until } from "../node/serve/serving.js";
import { BUILT, eigenscope, MAIN } from "./eigenscope-process.js";

let folder: Awaited<ReturnType<typeof folderWith>>;
beforeAll(async () => {
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`l${i}.weight`, [200, 160] as const]));
  folder = await folderWith({
    "model.safetensors": noiseModel({ "a.weight": [60, 40], "b.weight": [40, 30] }),
    "long.safetensors": noiseModel(many),
  });
});
afterAll(() => folder.remove());

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

/** Starts the command as a client does. */
async function started(args: readonly string[] = []) {
  const env = { PATH: process.env.PATH, HOME: folder.path, EIGENSCOPE_NATIVE: "off", XDG_CACHE_HOME: "/nonexistent" };
  const child = spawn(process.execPath, [MAIN, "mcp", ...args], { cwd: folder.path, env });
  running.push(child);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    stderr += part;
  });
  const client = new Client(child.stdin, child.stdout);
  return { child, client, stderr: () => stderr };
}

describe.runIf(BUILT)("eigenscope mcp", () => {
  it("speaks the protocol alone on stdout, reads the working directory, and writes nothing", async () => {
    const before = await readdir(folder.path);
    const { child, client, stderr } = await started();
    expect((await client.open()).serverInfo).toMatchObject({ name: "eigenscope" });
    expect((await client.result("list", {})).rows).toHaveLength(2);
    const { headline } = await client.result("analyze", { path: "model.safetensors" });
    const report = await eigenscope(["analyze", "model.safetensors", "--json"], { cwd: folder.path });
    expect(headline).toBe(JSON.parse(report.stdout).summary.headline);
    const closed = once(child, "close");
    child.stdin.end();
    expect(await closed).toEqual([0, null]);
    for (const line of client.lines) expect(JSON.parse(line).jsonrpc).toBe("2.0");
    expect(stderr()).toBe(`eigenscope: MCP over stdin and stdout, reading below ${folder.path}; Ctrl-C stops\n`);
    expect(await readdir(folder.path)).toEqual(before);
  });

  it("aborts a cancelled call, and goes on", async () => {
    const { client } = await started();
    await client.open();
    const long = { name: "analyze", arguments: { path: "long.safetensors" }, _meta: { progressToken: 1 } };
    const { id } = client.send("tools/call", long);
    await until(() => client.notes.length > 0);
    client.notify("notifications/cancelled", { requestId: id });
    expect((await client.result("analyze", { path: "model.safetensors" })).rows).toHaveLength(2);
    expect(client.notes.some(({ params }) => params.progress === params.total)).toBe(false);
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("is ended by %s with exit code 0, at work too", async (signal) => {
    const { child, client, stderr } = await started();
    await client.open();
    client.send("tools/call", {
      name: "analyze",
      arguments: { path: "long.safetensors" },
      _meta: { progressToken: 1 },
    });
    await until(() => client.notes.length > 0);
    const closed = once(child, "close");
    child.kill(signal);
    expect(await closed).toEqual([0, null]);
    expect(stderr()).toMatch(/\neigenscope: stopped\n$/);
  });

  it("ends with exit code 0 when stdin is closed, at work too", async () => {
    const { child, client } = await started();
    await client.open();
    client.send("tools/call", {
      name: "analyze",
      arguments: { path: "long.safetensors" },
      _meta: { progressToken: 1 },
    });
    await until(() => client.notes.length > 0);
    const closed = once(child, "close");
    child.stdin.end();
    expect(await closed).toEqual([0, null]);
    expect(client.notes.some(({ params }) => params.progress === params.total)).toBe(false);
  });

  it("goes on after a line that is no message, and says so on stderr", async () => {
    const { client, stderr } = await started();
    client.write('{"jsonrpc":"2.0","what":1}');
    client.write("{ not JSON");
    await client.open();
    expect(await client.result("explain", { word: "alpha" })).toBeDefined();
    expect(stderr()).toContain("eigenscope: ignored a message that is not of the protocol\n");
  });

  it("ends with exit code 2 at a message that is too long", async () => {
    const { child, client, stderr } = await started();
    await client.open();
    const closed = once(child, "close");
    child.stdin.on("error", () => {});
    client.write("x".repeat(2 ** 20));
    expect(await closed).toEqual([2, null]);
    expect(stderr()).toContain("eigenscope: the client sent too long a message");
  });

  it.each([
    [["nowhere"], 3, "nowhere: "],
    [["model.safetensors"], 3, "model.safetensors: is not a folder. Name the folder"],
    [["--netwrok"], 2, "Did you mean --network?"],
  ])("%j ends with %i and a sentence", async (args, code, words) => {
    const ended = await eigenscope(["mcp", ...args], { cwd: folder.path });
    expect([ended.code, ended.stdout]).toEqual([code, ""]);
    expect(ended.stderr).toContain(words);
  });

  it("reads nothing outside the folders that it was given", async () => {
    const { client } = await started([join(folder.path, "..")]);
    await client.open();
    expect(await client.refusal("describe", { path: "/etc/hostname" })).toContain("outside the folders");
  });
});
