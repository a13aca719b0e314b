import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Claims, isStale, livingClaims } from "#eigenscope/node/run/claims.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "claims-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A claim as another process writes it, last renewed so many seconds ago. */
async function claimOf(text: string, secondsAgo: number): Promise<string> {
  const path = join(folder, "k");
  await writeFile(path, text);
  // The file has just been written: its own time is now.
  const at = new Date((await stat(path)).mtimeMs - secondsAgo * 1000);
  await utimes(path, at, at);
  return path;
}

describe("a claim", () => {
  it("is one process's until it is released", async () => {
    const [one, other] = [new Claims(folder), new Claims(folder)];
    expect(await one.claim("a")).toBe(true);
    expect([await other.claim("a"), await other.claim("b")]).toEqual([false, true]);
    // Only the one that has it releases it.
    await other.release("a");
    expect(await other.claim("a")).toBe(false);
    await one.release("a");
    expect(await other.claim("a")).toBe(true);
    await Promise.all([one.close(), other.close()]);
    expect(await readdir(folder)).toEqual([]);
  });

  it("of this process, just renewed, is alive; one not renewed for half a minute is not", async () => {
    const own = `${hostname()} ${process.pid}\n`;
    expect(await isStale(await claimOf(own, 25))).toBe(false);
    expect(await isStale(await claimOf(own, 35))).toBe(true);
  });

  it("of a process of this machine that has ended is free; on another machine nobody can see that", async () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    expect(await isStale(await claimOf(`${hostname()} ${pid}\n`, 0))).toBe(true);
    expect(await isStale(await claimOf(`elsewhere ${pid}\n`, 0))).toBe(false);
    // Written by half: whose it is cannot be seen yet.
    expect(await isStale(await claimOf("", 0))).toBe(false);
  });

  it("of another user's process is alive", async () => {
    // Process 1 lives, whoever may signal it.
    expect(await isStale(await claimOf(`${hostname()} 1\n`, 0))).toBe(false);
  });

  it("that is stale is taken over", async () => {
    await claimOf(`${hostname()} ${process.pid}\n`, 60);
    expect(await livingClaims(folder)).toEqual([]);
    const claims = new Claims(folder);
    expect(await claims.claim("k")).toBe(true);
    expect(await livingClaims(folder)).toEqual(["k"]);
    await claims.close();
  });

  it("with a time in the future is free once nobody renewed it for half a minute", async () => {
    let now = 0;
    const claims = new Claims(folder, () => now);
    await claimOf("elsewhere 1\n", -3600);
    for (const [at, free] of [
      [0, false],
      [25_000, false],
    ] as const) {
      now = at;
      expect(await claims.claim("k")).toBe(free);
    }
    // Renewed: the half minute begins again.
    await claimOf("elsewhere 1\n", -3700);
    for (const [at, free] of [
      [26_000, false],
      [55_000, false],
      [57_000, true],
    ] as const) {
      now = at;
      expect(await claims.claim("k")).toBe(free);
    }
    await claims.close();
  });

  it("that cannot be made, because something else has its name, costs no work and removes nothing", async () => {
    await mkdir(join(folder, "k", "mine"), { recursive: true });
    spawnSync("mkfifo", [join(folder, "pipe")]);
    await writeFile(join(folder, "file"), "");
    const claims = new Claims(folder);
    expect([await claims.claim("k"), await claims.claim("pipe")]).toEqual([true, true]);
    expect(await new Claims(join(folder, "file")).claim("k")).toBe(true);
    expect(await livingClaims(folder)).toEqual(["file", "pipe"]);
    await claims.close();
    expect(await readdir(join(folder, "k"))).toEqual(["mine"]);
  });

  it("names its machine and process, and is renewed every five seconds until it is closed", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      const claims = new Claims(folder);
      await claims.claim("k");
      await claims.claim("l");
      expect(vi.getTimerCount()).toBe(1);
      const path = join(folder, "k");
      expect(await readFile(path, "utf8")).toBe(`${hostname()} ${process.pid}\n`);
      const begun = (await stat(path)).mtimeMs;
      const old = new Date(begun - 25_000);
      await utimes(path, old, old);
      vi.advanceTimersByTime(5_000);
      // The renewal is under way: the file system answers when it likes.
      while ((await stat(path)).mtimeMs < begun - 20_000) await new Promise((done) => setImmediate(done));
      await claims.close();
      expect([vi.getTimerCount(), await readdir(folder)]).toEqual([0, []]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("that is gone by now is free", async () => {
    expect(await isStale(join(folder, "gone"))).toBe(true);
  });

  it("in a folder that is not there is none", async () => {
    expect(await livingClaims(join(folder, "none"))).toEqual([]);
  });
});
