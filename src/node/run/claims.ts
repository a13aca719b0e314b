import { mkdir, open, readdir, readFile, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Digest } from "../../analysis/store/digest.js";
import { isAlive } from "../is-alive.js";

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
  private made: Promise<unknown> | undefined;

  /** Claims that were renewed in the future, as this machine's clock has it, and since when it sees no change. */
  private readonly ahead = new Map<string, { readonly renewed: number; readonly since: number }>();

  /** `now`: milliseconds, whatever the clock of the machine is set to. */
  constructor(
    private readonly folder: string,
    private readonly now = () => performance.now(),
  ) {}

  /** False while a living process holds the claim. True also if no claim can be made: the job is then done anyway. */
  async claim(key: Digest): Promise<boolean> {
    try {
      await (this.made ??= mkdir(this.folder, { recursive: true }));
      return await this.make(join(this.folder, key));
    } catch {
      this.made = undefined;
      // A full disk, something else in its place: nothing depends on a claim.
      return true;
    }
  }

  private async make(path: string): Promise<boolean> {
    // Once more after a stale one was removed: another process may have been faster.
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        const handle = await open(path, "wx");
        this.mine.add(path);
        await handle.writeFile(`${hostname()} ${process.pid}\n`).finally(() => handle.close());
        this.heartbeat ??= setInterval(() => this.renew(), HEARTBEAT_MS).unref();
        return true;
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
        if (!(await isStale(path)) && !(await this.isLeftAhead(path))) return false;
        await rm(path, { force: true });
      }
    }
    return false;
  }

  /** Whether a claim has a time in the future (a clock was set back) and was not renewed for as long as it was seen. */
  private async isLeftAhead(path: string): Promise<boolean> {
    const renewed = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
    if (renewed < Date.now() + HEARTBEAT_MS) return false;
    const seen = this.ahead.get(path);
    if (seen?.renewed === renewed) return this.now() - seen.since > STALE_MS;
    this.ahead.set(path, { renewed, since: this.now() });
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
  // A folder or a pipe is nobody's claim, and reading a pipe would never end.
  if (!found?.isFile() || Date.now() - found.mtimeMs > STALE_MS) return true;
  const [host, pid] = (await readFile(path, "utf8").catch(() => "")).trim().split(" ");
  return host === hostname() && /^\d+$/.test(pid ?? "") && !isAlive(Number(pid));
}

/** The keys of the claims in a folder that a process works on. */
export async function livingClaims(folder: string): Promise<Digest[]> {
  const keys = await readdir(folder).catch(() => []);
  const living = await Promise.all(keys.map(async (key) => !(await isStale(join(folder, key)))));
  return keys.filter((_, i) => living[i]);
}
