import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUILT, type Ended, eigenscope } from "../cli/eigenscope-process.js";
import { fleetHome, reportsAlone, writeModel } from "../node/fleet/fleet-home.js";
import { type FleetProcess, fleetProcess, told } from "../node/fleet/fleet-process.js";
import { freePort, WITH_FLEET } from "../node/fleet/redis-server.js";
import { commandsUnder, pathWithCommand } from "./recipe-models.js";
import { commandLine, KUBERNETES, SERVICES, words } from "./recipes.js";

let folder: string;
let PATH: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eigenscope-recipes-"));
  for (const name of ["bin", "models", "runs", "deploy"]) await mkdir(join(folder, name));
  PATH = await pathWithCommand(join(folder, "bin"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const here = (text: string): string => text.replaceAll("/data/", `${folder}/`);
const run = (file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH, HOME: "/nonexistent", EIGENSCOPE_NATIVE: "off", ...env } };
    execFile(file, args, options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : null, stdout, stderr }),
    );
  });

describe.runIf(BUILT)("the recipe for Kubernetes, its commands run here", () => {
  const containerOf = (file: string) => KUBERNETES[file].spec.template.spec.containers[0];

  it("computes each share by its index, and then the report of a single process", async () => {
    await writeModel(join(folder, "models/model"), { model: 1, layers: 24, scale: 1 });
    const { command = [], args, env = [] } = containerOf("shards.yaml");
    const given = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    for (let index = 0; index < Number(given.SHARDS); index++) {
      const share = { ...given, JOB_COMPLETION_INDEX: String(index) };
      const ended = await run(command[0], [...command.slice(1), ...args.map(here)], share);
      expect(ended).toEqual({ code: 0, stdout: "", stderr: "" });
    }
    const report = await run("eigenscope", commandLine(containerOf("report.yaml")).map(here));
    expect(report).toEqual({ code: 0, stdout: "", stderr: "" });
    const alone = await eigenscope(["analyze", join(folder, "models/model"), "--json"]);
    expect(await readFile(join(folder, "runs/model.json"), "utf8")).toBe(alone.stdout);
  });
});

describe.runIf(WITH_FLEET)("the recipe for compose, its commands run here", () => {
  const { redis, worker, submit } = SERVICES;
  const processes: FleetProcess[] = [];
  afterAll(() => Promise.all(processes.map((one) => one.end("SIGKILL"))));

  it("does a submission with the Redis, the secrets and the workers of the recipe", async () => {
    const home = await fleetHome({ models: 2, layers: 12 });
    processes.push({ end: () => home.close() } as never);
    const secrets = commandsUnder("Redis and workers on one machine").split("\n\n")[0];
    expect(await run("bash", ["-ec", secrets])).toMatchObject({ code: 0 });
    const [port, metricsPort] = [await freePort(), await freePort()];
    const file = await readFile(join(folder, "deploy/secrets/queue.env"), "utf8");
    const settings: Record<string, string> = Object.fromEntries(
      file
        .trim()
        .split("\n")
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
    const queue = { EIGENSCOPE_QUEUE: settings.EIGENSCOPE_QUEUE.replace("@redis:6379", `@127.0.0.1:${port}`) };

    const [server, ...given] = words(
      redis.command.replace("/run/secrets/redis", `${folder}/deploy/secrets/redis.conf`),
    );
    const own = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder];
    const store = told(
      spawn("sh", ["-c", `exec ${server} "$@" >&2`, "sh", ...given, ...own], { stdio: ["ignore", "ignore", "pipe"] }),
    );
    processes.push(store);
    await store.until(/Ready to accept connections/);
    const [, client, ...ping] = redis.healthcheck.test;
    const ask = (args: readonly string[], password = settings.REDISCLI_AUTH): Promise<Ended> =>
      run(client, ["-p", String(port), ...args], { REDISCLI_AUTH: password });
    expect(await ask(ping)).toMatchObject({ code: 0, stdout: "PONG\n" });
    expect((await ask(ping, "wrong")).code).not.toBe(0);
    for (const [name, value] of [
      ["appendonly", "yes"],
      ["maxmemory-policy", "noeviction"],
      ["save", ""],
    ])
      expect((await ask(["config", "get", name])).stdout).toBe(`${name}\n${value}\n`);

    // In the paths of this test, with a port of its own.
    const args = (command: string): string[] =>
      words(command.replaceAll("9400", String(metricsPort)))
        .slice(1)
        .map((word) => word.replace("/data/models", home.models).replace(/^\/data\/runs(\/a)?$/, home.run));
    const one = fleetProcess(args(worker.command), queue);
    processes.push(one);
    await one.until(/"kind":"ready"|working/);
    const [, node, ...probe] = worker.healthcheck.test.map((word) => word.replace("9400", String(metricsPort)));
    expect((await run(node, probe)).code).toBe(0);
    expect(await run("eigenscope", ["fleet", ...args(submit.command)], queue)).toMatchObject({ code: 0 });
    expect(await home.reports()).toEqual(await reportsAlone(home));
    expect(await one.end()).toBe(0);
    expect((await run(node, probe)).code).toBe(1);
  });
});
