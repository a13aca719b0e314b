import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { asked, EventReader, noiseModel, posted, until } from "../node/serve/serving.js";
import { BUILT, eigenscope, MAIN } from "./eigenscope-process.js";

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "eigenscope-serve-"));
  await writeFile(join(home, "model.safetensors"), noiseModel({ "a.weight": [60, 40], "b.weight": [40, 30] }));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

/** Starts the command, and resolves when it has printed its address. */
async function started(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const own = { PATH: process.env.PATH, HOME: "/nonexistent", EIGENSCOPE_NATIVE: "off", ...env };
  const child = spawn(process.execPath, [MAIN, "serve", "--port", "0", ...args], { cwd: home, env: own });
  running.push(child);
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (part) => (text[name] += part));
  await until(() => text.stdout.includes("\n") || child.exitCode !== null);
  return { child, text, address: new URL(text.stdout.trim()) };
}

/** Opens the model and gives its id. */
async function opened(address: URL, cookie: string): Promise<string> {
  const asking = posted({ path: "model.safetensors" });
  const headers = { ...asking.headers, cookie };
  const { text } = await asked(Number(address.port), "/api/models", { ...asking, headers });
  return JSON.parse(text).id;
}

async function cookieOf(address: URL): Promise<string> {
  const { headers } = await asked(Number(address.port), `/${address.search}`);
  return String(headers["set-cookie"]?.[0]).split(";")[0];
}

describe.runIf(BUILT)("eigenscope serve", () => {
  it("prints the address alone on stdout, and what it serves on stderr", async () => {
    const { text, address } = await started(["model.safetensors"]);
    expect(text.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[0-9a-f]{32}\n$/);
    await until(() => text.stderr.includes("\n"));
    expect(text.stderr).toBe("eigenscope: serving model.safetensors; Ctrl-C stops\n");
    const cookie = await cookieOf(address);
    const { text: session } = await asked(Number(address.port), "/api/session", { headers: { cookie } });
    expect(JSON.parse(session)).toMatchObject({ kind: "file", entries: [{ id: "model.safetensors" }] });
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "is ended by %s at once with exit code 0, at work too",
    async (signal) => {
      const { child, text, address } = await started(["."]);
      const port = Number(address.port);
      const cookie = await cookieOf(address);
      const id = await opened(address, cookie);
      const stream = new EventReader(port, `/api/models/${id}/events`, { cookie });
      await until(() => stream.events.length > 0);
      const closed = once(child, "close");
      child.kill(signal);
      expect(await closed).toEqual([0, null]);
      await stream.ended;
      expect(text.stderr).toMatch(/\neigenscope: stopped\n$/);
    },
  );

  it("works through a file to its report", async () => {
    const { address } = await started(["."]);
    const port = Number(address.port);
    const cookie = await cookieOf(address);
    const id = await opened(address, cookie);
    const stream = new EventReader(port, `/api/models/${id}/events`, { cookie });
    await stream.ended;
    const report = await asked(port, `/api/models/${id}/report`, { headers: { cookie } });
    const own = await eigenscope(["analyze", "model.safetensors", "--json"], { cwd: home });
    const layers = (json: string) => JSON.parse(json).layers;
    expect(layers(report.text)).toEqual(layers(own.stdout));
  });

  it.runIf(existsSync("/proc/self/fd"))("has its descriptors back after a thousand connections", async () => {
    const { child, address } = await started([]);
    const port = Number(address.port);
    const open = (): number => readdirSync(`/proc/${child.pid}/fd`).length;
    await asked(port, "/");
    await until(() => open() > 0);
    const before = open();
    const sockets = Array.from({ length: 1000 }, () => connect(port, "127.0.0.1").on("error", () => {}));
    let closed = 0;
    for (const socket of sockets) socket.once("close", () => closed++);
    await until(() => closed === 800);
    for (const socket of sockets) socket.destroy();
    await until(() => open() <= before);
    expect((await asked(port, "/")).status).toBe(403);
  });

  it.each([
    [["nothing.npy"], 3, "nothing.npy: "],
    [["--port", "65536"], 2, "whole number from 0 to 65535"],
    [["--port", "-1"], 2, "whole number"],
    [["--port", "1e3"], 2, "whole number"],
    [["a", "b"], 2, "too many arguments"],
    [["--prot", "1"], 2, "Did you mean --port?"],
  ])("%j ends with %i and a sentence", async (args, code, words) => {
    const ended = await eigenscope(["serve", ...args], { cwd: home });
    expect([ended.code, ended.stdout]).toEqual([code, ""]);
    expect(ended.stderr).toContain(words);
  });

  it("ends with 2 when the port is another program's", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const ended = await eigenscope(["serve", "--port", String(port)], { cwd: home });
    other.close();
    expect(ended.code).toBe(2);
    expect(ended.stderr).toBe(`eigenscope: option port: found ${port}, which another program uses on 127.0.0.1\n`);
  });

  it("has a help that fits 80 columns and says how it ends", async () => {
    const { code, stdout } = await eigenscope(["serve", "--help"], { env: { COLUMNS: "80" } });
    expect(code).toBe(0);
    expect(stdout).toContain("Exit codes: 0 stopped");
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });
});

describe.runIf(BUILT && process.platform === "linux")("eigenscope serve --open", () => {
  it("gives the browser an address that is valid once, without the token", async () => {
    const seen = join(home, "seen.txt");
    await writeFile(
      join(home, "xdg-open"),
      `#!/bin/sh\nprintf '%s\\n' "$@" > ${seen}.part && mv ${seen}.part ${seen}\n`,
    );
    await chmod(join(home, "xdg-open"), 0o755);
    const { address } = await started(["--open"], { DISPLAY: ":0", PATH: `${home}:${process.env.PATH}` });
    await until(() => existsSync(seen));
    const given = new URL((await readFile(seen, "utf8")).trim());
    expect(given.href).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?once=[0-9a-f]{32}$/);
    expect(given.port).toBe(address.port);
    expect(await cookieOf(given)).toBe(await cookieOf(address));
    expect((await asked(Number(given.port), `/${given.search}`)).status).toBe(403);
  });

  it("says that there is no display, and serves", async () => {
    const { text, address } = await started(["--open"]);
    await until(() => text.stderr.includes("--open"));
    expect(text.stderr).toContain("eigenscope: --open: there is no display; open the address yourself\n");
    expect((await asked(Number(address.port), "/")).status).toBe(403);
  });
});
