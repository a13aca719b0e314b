import { mkdir, open, readdir, readFile, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Digest } from "../../analysis/store/digest.js";

/** A claim that was not renewed for so long is that of a dead process. */
const STALE_MS = 30_000;
const HEARTBEAT_MS = 5_000;

/**
 * Claims of jobs by processes that share a folder: a file for each, made by one process only, renewed while it works.
 * They save work; nothing depends on them.
 */
export class Claims {
  private readonly mine = new Set<string>();
  private heartbeat: NodeJS.Timeout | undefined;

  constructor(private readonly folder: string) {}

  /** False while a living process holds the claim. */
  async claim(key: Digest): Promise<boolean> {
    await mkdir(this.folder, { recursive: true });
    const path = join(this.folder, key);
    // Once more after a stale one was removed: another process may have been faster.
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        const handle = await open(path, "wx");
        await handle.writeFile(`${hostname()} ${process.pid}\n`).finally(() => handle.close());
        this.mine.add(path);
        this.heartbeat ??= setInterval(() => this.renew(), HEARTBEAT_MS).unref();
        return true;
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
        if (!(await isStale(path))) return false;
        await rm(path, { force: true });
      }
    }
    return false;
  }

  async release(key: Digest): Promise<void> {
    const path = join(this.folder, key);
    if (this.mine.delete(path)) await rm(path, { force: true });
  }

  async close(): Promise<void> {
    clearInterval(this.heartbeat);
    await Promise.all([...this.mine].map((path) => rm(path, { force: true })));
    this.mine.clear();
  }

  private renew(): void {
    const now = new Date();
    for (const path of this.mine) utimes(path, now, now).catch(() => {});
  }
}

/**
 * Whether nobody works on a claim: it was not renewed, or its process has ended (which only its own machine can see).
 * One that is gone by now is free too.
 */
export async function isStale(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || Date.now() - found.mtimeMs > STALE_MS) return true;
  const [host, pid] = (await readFile(path, "utf8").catch(() => "")).trim().split(" ");
  return host === hostname() && /^\d+$/.test(pid ?? "") && !isAlive(Number(pid));
}

/** The keys of the claims in a folder that a process works on. */
export async function livingClaims(folder: string): Promise<Digest[]> {
  const keys = await readdir(folder).catch(() => []);
  const living = await Promise.all(keys.map(async (key) => !(await isStale(join(folder, key)))));
  return keys.filter((_, i) => living[i]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // It lives, and belongs to another user.
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}
