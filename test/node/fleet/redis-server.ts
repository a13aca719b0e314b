import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUILT } from "../../cli/eigenscope-process.js";

/** Whether tests of the fleet can run: they start Redis and the built command line. */
export const WITH_FLEET = BUILT && spawnSync("redis-server", ["--version"]).status === 0;
if (!WITH_FLEET)
  console.warn(
    "SKIPPED: tests of the fleet, because dist/ is not built or redis-server is not installed (Debian: redis-server)",
  );

/** A Redis of a test's own, on loopback, with an append-only file in a temporary folder. */
export interface TestRedis {
  readonly address: string;
  readonly port: number;
  /** Ends it as a failure does. */
  kill(): Promise<void>;
  /** Starts it again on what it has written, or without that. */
  restart(memory: "kept" | "lost"): Promise<void>;
  close(): Promise<void>;
}

/** More arguments of redis-server, or what makes them of its port. */
export type RedisSettings = readonly string[] | ((port: number) => readonly string[]);

export async function startRedis(given: RedisSettings = []): Promise<TestRedis> {
  const port = await freePort();
  const settings = typeof given === "function" ? given(port) : given;
  let folder = await mkdtemp(join(tmpdir(), "fleet-redis-"));
  let server = await started(port, folder, settings);
  const kill = (): Promise<void> => ended(server, "SIGKILL");
  return {
    port,
    address: `redis://127.0.0.1:${port}`,
    kill,
    async restart(memory) {
      if (memory === "lost") {
        await rm(folder, { recursive: true, force: true });
        folder = await mkdtemp(join(tmpdir(), "fleet-redis-"));
      }
      server = await started(port, folder, settings);
    },
    async close() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => resolve(port));
    });
  });
}

function started(port: number, folder: string, settings: readonly string[]): Promise<ChildProcess> {
  const own = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes"];
  const server = spawn("redis-server", [...own, ...settings], { stdio: ["ignore", "pipe", "ignore"] });
  return new Promise((resolve, reject) => {
    let text = "";
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`redis-server ended with ${code}: ${text}`)));
    server.stdout.on("data", (data) => {
      text += data;
      if (text.includes("Ready to accept connections")) resolve(server);
    });
  });
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill(signal);
  });
}
