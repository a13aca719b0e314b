// A real fleet on this machine, for what is measured of one: a Redis of its own on loopback (redis-server must be on
// PATH), models with random weights, and the command's own workers.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Redis } from "ioredis";
import { inFolder } from "../measure.mjs";
import { writeModel } from "../model-files.mjs";
import { COMMAND } from "../processes.mjs";

/** Between two looks at the memory of a process. */
const LOOK_MS = 100;

/**
 * Passes a fleet of its own, and ends and removes all of it in the end.
 *
 * @template Result
 * @param {(fleet: LocalFleet) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export function withFleet(work) {
  return inFolder(async (folder) => {
    const redis = await startRedis(folder);
    const fleet = new LocalFleet(folder, redis.port);
    try {
      return await work(fleet);
    } finally {
      await fleet.close();
      redis.process.kill("SIGKILL");
      await once(redis.process, "close");
    }
  });
}

/** What a process has used: seconds by the clock, seconds of processor time, MiB at most. */
/** @typedef {{ seconds: number, processor: number, maxRss: number }} Used */

class LocalFleet {
  #folder;
  #queue;
  #redis;

  constructor(folder, port) {
    this.#folder = folder;
    this.#queue = `redis://127.0.0.1:${port}`;
    this.#redis = new Redis({ port, host: "127.0.0.1" });
    mkdirSync(join(folder, "runs"));
    mkdirSync(join(folder, "sources"));
  }

  /** The folder of some models; each has its layers' shapes. */
  write(name, models) {
    const folder = join(this.#folder, "sources", name);
    for (const [number, shapes] of models.entries()) {
      const model = join(folder, `model-${number}`);
      mkdirSync(model, { recursive: true });
      const layers = shapes.map((shape, at) => ({ name: `layers.${at}.weight`, shape }));
      writeModel(join(model, "model.safetensors"), layers);
    }
    return folder;
  }

  /** Adds all models of a folder to the queue, as a run of this name. */
  async submit(source, run) {
    const folder = join(this.#folder, "runs", run);
    return command(["fleet", "submit", source, "--run", folder, "--queue", this.#queue, "--quiet"]);
  }

  /**
   * Starts workers of one thread each, and waits until the queue is empty. `seconds`: from their start to the last
   * report.
   *
   * @param {number} workers
   */
  async work(workers) {
    const start = Date.now();
    const used = await Promise.all(
      Array.from({ length: workers }, () =>
        command([
          ...["fleet", "worker", "--allow", join(this.#folder, "sources"), "--run", join(this.#folder, "runs")],
          ...["--queue", this.#queue, "--jobs", "1", "--until-empty", "--log", "json"],
        ]),
      ),
    );
    const events = used
      .flatMap(({ lines }, worker) => lines.map((line) => ({ worker, ...JSON.parse(line) })))
      .sort((a, b) => a.time - b.time);
    const last = events.findLast(({ kind }) => kind === "report")?.time ?? start;
    return { events, used, seconds: (last - start) / 1000 };
  }

  /** One process without a queue, for one model after the other. */
  async alone(source, models, jobs) {
    let seconds = 0;
    for (let model = 0; model < models; model++) {
      const report = join(this.#folder, "alone.json");
      const run = join(this.#folder, "alone", `${model}-${Date.now()}`);
      const options = ["--json", report, "--run", run, "--jobs", String(jobs), "--quiet"];
      seconds += (await command(["analyze", join(source, `model-${model}`), ...options])).seconds;
    }
    return seconds;
  }

  /** Seconds in which Redis was at commands since the last call, and bytes that it holds. */
  async redis() {
    const stats = await this.#redis.info("commandstats");
    const memory = await this.#redis.info("memory");
    await this.#redis.config("RESETSTAT");
    const calls = [...stats.matchAll(/^cmdstat_(\S+):calls=\d+,usec=(\d+)/gm)];
    // A script's commands are counted within the script too.
    const scripts = calls.filter(([, name]) => /^eval/.test(name));
    const usec = scripts.reduce((sum, [, , time]) => sum + Number(time), 0);
    return { seconds: usec / 1e6, bytes: Number(/^used_memory:(\d+)/m.exec(memory)[1]) };
  }

  async close() {
    this.#redis.disconnect();
  }
}

/** Runs the command. Resolves when it has ended well; rejects with what it said otherwise. */
function command(args) {
  const start = performance.now();
  // bash knows the processor time of a process that has ended.
  const script = 'TIMEFORMAT="%U %S"; time "$@"';
  const child = spawn("bash", ["-c", script, "bash", process.execPath, COMMAND, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, LC_ALL: "C" },
  });
  let [text, maxRss] = ["", 0];
  const watch = setInterval(() => {
    maxRss = Math.max(maxRss, ...childrenOf(child.pid).map(maxRssOf));
  }, LOOK_MS);
  child.stderr.setEncoding("utf8").on("data", (data) => {
    text += data;
  });
  return new Promise((resolve, reject) => {
    child.once("close", (code) => {
      clearInterval(watch);
      const seconds = (performance.now() - start) / 1000;
      if (code !== 0) return reject(new Error(`${args.join(" ")} ended with ${code}: ${text}`));
      const [user, system] = text.trim().split("\n").at(-1).split(" ").map(Number);
      const lines = text.split("\n").filter((line) => line.startsWith("{"));
      resolve({ seconds, processor: user + system, maxRss, lines });
    });
  });
}

function childrenOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
  } catch {
    return [];
  }
}

/** MiB, as Linux counts them; 0 elsewhere, or when the process has ended. */
function maxRssOf(pid) {
  try {
    return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}

async function startRedis(folder) {
  const port = await new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
  const redis = spawn("redis-server", [
    ...["--port", String(port), "--bind", "127.0.0.1", "--dir", folder],
    ...["--save", "", "--appendonly", "yes"],
  ]);
  await new Promise((resolve, reject) => {
    redis.once("error", reject);
    redis.stdout.on("data", (data) => String(data).includes("Ready to accept") && resolve());
  });
  return { port, process: redis };
}
