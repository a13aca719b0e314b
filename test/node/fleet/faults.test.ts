import { spawnSync } from "node:child_process";
import { readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { createRng } from "#eigenscope/numeric/index.js";
import { eigenscope } from "../../cli/eigenscope-process.js";
import { startServer } from "../../remote/test-server.js";
import { type FleetHome, fleetHome, layersDone, reportsAlone } from "./fleet-home.js";
import { type FleetProcess, fleetScript, fleetShell } from "./fleet-process.js";
import { WITH_FLEET } from "./redis-server.js";

const POISONED = fileURLToPath(new URL("./poisoned-worker.mjs", import.meta.url));
/** So that a lost worker is noticed soon. */
const SHORT_LOCK = ["--lock", "1"];

describe.runIf(WITH_FLEET)("a fleet loses nothing, does nothing twice, and ends", () => {
  let home: FleetHome;
  afterEach(() => home.close());

  const submitted = async (): Promise<void> =>
    expect(await home.fleet(["submit", home.models])).toMatchObject({ code: 0 });
  const finished = async (): Promise<void> => {
    const status = await home.fleet(["status"]);
    expect([status.code, status.stderr]).toEqual([0, ""]);
    expect(await home.reports()).toEqual(await reportsAlone(home));
  };
  const dead = async (): Promise<{ layer: string | null; kind: string; reason: string }[]> => {
    const { stdout } = await home.fleet(["dead", "--json"]);
    return stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  };

  /** All layers are missing again: there was not enough work for what a test does meanwhile. */
  const workAgain = async (): Promise<void> => {
    const models = join(home.run, "models");
    for (const name of await readdir(models)) await rm(join(models, name, "segments"), { recursive: true });
    await submitted();
  };

  it("when workers are killed at 20 random moments", async () => {
    home = await fleetHome({ models: 2, layers: 120, scale: 2 });
    await submitted();
    const random = createRng(19);
    const upTo = (most: number): number => Math.floor(most * random());
    const start = (): FleetProcess => home.worker([...SHORT_LOCK, "--jobs", "1", "--until-empty"]);
    const working = [start(), start(), start()];
    for (let kills = 0; kills < 20; kills++) {
      // A moment is a number of layers that one of them has done since.
      const more = 1 + upTo(3);
      await Promise.race(working.map((one) => one.until(/: done in /, layersDone([one]).length + more)));
      if (working.every(({ child }) => child.exitCode !== null)) await workAgain();
      const victim = upTo(working.length);
      await working[victim].end("SIGKILL");
      working[victim] = start();
    }
    expect(await Promise.all(working.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    // A layer whose workers were killed three times is given up, and tried again when it is asked for.
    expect((await home.fleet(["dead", "--retry"])).code).toBe(0);
    expect(await home.worker([...SHORT_LOCK, "--until-empty"]).ended).toBe(0);
    await finished();
  });

  it("when a worker stops for longer than its lock, and goes on", async () => {
    home = await fleetHome({ models: 1, layers: 40 });
    await submitted();
    const stopped = home.worker(SHORT_LOCK);
    await stopped.until(/: done in /);
    stopped.child.kill("SIGSTOP");
    const other = home.worker([...SHORT_LOCK, "--until-empty"]);
    expect(await other.ended).toBe(0);
    expect(other.lines.filter((line) => line.includes("a job lost its worker"))).not.toEqual([]);
    stopped.child.kill("SIGCONT");
    expect(await stopped.end()).toBe(0);
    await finished();
  });

  it.each(["kept", "lost"] as const)("when Redis is killed and what it had is %s", async (memory) => {
    home = await fleetHome({ models: 2, layers: 60 });
    const workers = [home.worker(SHORT_LOCK), home.worker(SHORT_LOCK)];
    const coordinator = home.fleet(["submit", home.models, "--wait"]);
    await workers[0].until(/: done in /, 5);
    await home.redis.kill();
    await home.redis.restart(memory);
    expect((await coordinator).code).toBe(0);
    expect(await Promise.all(workers.map((worker) => worker.end()))).toEqual([0, 0]);
    await finished();
  });

  it("when a segment is cut after the report was written", async () => {
    home = await fleetHome({ models: 1, layers: 12 });
    await submitted();
    const worker = home.worker(["--jobs", "1", "--until-empty"]);
    expect(await worker.ended).toBe(0);
    const segments = join(home.run, "models", (await readdir(join(home.run, "models")))[0], "segments");
    const [segment] = await readdir(segments);
    const { size } = await stat(join(segments, segment));
    await truncate(join(segments, segment), Math.floor(size / 2));
    const status = JSON.parse((await home.fleet(["status", "--json"])).stdout);
    expect(status.models[0]).toMatchObject({ layers: 12, reported: false });
    expect(status.models[0].missing).toBeGreaterThan(3);
    await submitted();
    const again = home.worker(["--until-empty"]);
    expect(await again.ended).toBe(0);
    expect(layersDone([again])).toHaveLength(status.models[0].missing);
    await finished();
  });

  it("when a source changes in the middle: what was done stays, the rest is given up until it is back", async () => {
    home = await fleetHome({ models: 2, layers: 30 });
    await submitted();
    const worker = home.worker(["--jobs", "1", ...SHORT_LOCK, "--until-empty"]);
    await worker.until(/model-0-.*/, 3);
    worker.child.kill("SIGSTOP");
    const shard = join(home.models, "model-0", "model-00001-of-00003.safetensors");
    // With times to the nanosecond, which Node cannot set.
    spawnSync("cp", ["-p", shard, `${shard}.before`]);
    await writeFile(
      shard,
      (await readFile(shard)).map((byte, i) => (i < 4096 ? byte : byte ^ 1)),
    );
    worker.child.kill("SIGCONT");
    expect(await worker.ended).toBe(0);
    const given = await dead();
    expect(given.length).toBeGreaterThan(0);
    for (const { reason } of given) expect(reason).toMatch(/changed|begun without/);
    const { models } = JSON.parse((await home.fleet(["status", "--json"])).stdout);
    expect(models[0].done + models[0].failed).toBe(30);
    expect(models[1]).toMatchObject({ done: 30, failed: 0, reported: true });

    await writeFile(shard, await readFile(`${shard}.before`));
    spawnSync("touch", ["-r", `${shard}.before`, shard]);
    await rm(`${shard}.before`);
    expect((await home.fleet(["dead", "--retry"])).code).toBe(0);
    expect(await home.worker(["--until-empty"]).ended).toBe(0);
    expect(await dead()).toEqual([]);
    await finished();
  });

  it("when a server of bytes fails one request in five", async () => {
    home = await fleetHome({ models: 1, layers: 18 });
    const folder = join(home.models, "model-0");
    const names = await readdir(folder);
    const contents = names.map(async (name) => [`/m/${name}`, await readFile(join(folder, name))] as const);
    const server = await startServer(Object.fromEntries(await Promise.all(contents)));
    let requests = 0;
    try {
      const address = `${server.origin}/m/model.safetensors.index.json`;
      // Opened once by the coordinator, while all is well.
      expect((await home.fleet(["submit", address])).code).toBe(0);
      server.before = (_, response) => {
        if (++requests % 5 > 0) return false;
        response.writeHead(503, { "retry-after": "0" }).end();
        return true;
      };
      const host = ["--allow", server.origin.replace("http://", "")];
      expect(await home.worker([...host, "--until-empty"]).ended).toBe(0);
      expect(await dead()).toEqual([]);
      server.before = () => false;
      const alone = await eigenscope(["analyze", address, "--json", "-", "--quiet"]);
      expect(Object.values(await home.reports())).toEqual([alone.stdout]);
      expect(requests).toBeGreaterThan(5);
    } finally {
      await server.close();
    }
  });

  it("when two coordinators submit the same run at once", async () => {
    home = await fleetHome({ models: 2, layers: 12 });
    await Promise.all([submitted(), submitted()]);
    const workers = [home.worker(["--until-empty"]), home.worker(["--until-empty"])];
    expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual([0, 0]);
    const done = layersDone(workers);
    expect([done.length, new Set(done).size]).toEqual([24, 24]);
    await finished();
  });

  it("when a job kills whoever takes it: it is given up, and the others are done", async () => {
    home = await fleetHome({ models: 1, layers: 8 });
    await submitted();
    const args = [home.redis.address, home.run, home.models, "layers.5"];
    let deaths = 0;
    for (let code: number | null = null; code !== 0; ) {
      code = await fleetScript(POISONED, args).ended;
      if (code === null) deaths++;
      else expect(code).toBe(0);
    }
    // Once as a new job, and twice as one whose worker was lost.
    expect(deaths).toBe(3);
    expect(await dead()).toMatchObject([
      { kind: "layer", layer: "layers.5", reason: expect.stringContaining("stalled") },
    ]);
    const [text] = Object.values(await home.reports());
    const failed = JSON.parse(text).layers.filter(({ reason }: { reason: string | null }) => reason !== null);
    expect(failed).toMatchObject([
      { name: "layers.5", reason: expect.stringContaining("given up by the queue: job stalled") },
    ]);
    expect((await home.fleet(["dead", "--retry"])).code).toBe(0);
    expect(await home.worker(["--until-empty"]).ended).toBe(0);
    await finished();
  });

  it("when a worker's disk is full: it gives its layers back and ends, another one does them", async () => {
    home = await fleetHome({ models: 1, layers: 30 });
    await submitted();
    const args = ["worker", "--queue", home.redis.address, "--run", home.run, "--allow", home.models, "--jobs", "1"];
    // Files of this process may have 4 KiB.
    const full = fleetShell('ulimit -f 4; exec "$@"', [...args, ...SHORT_LOCK]);
    expect(await full.ended).toBe(2);
    expect(full.lines.at(-1)).toContain("cannot write into the run");
    expect(await home.worker(["--until-empty", ...SHORT_LOCK]).ended).toBe(0);
    expect(await dead()).toEqual([]);
    await finished();
  });
});
