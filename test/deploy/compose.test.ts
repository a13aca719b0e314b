import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { objection } from "../site/command-tree.js";
import { bytesOf, DEPLOY, optionOf, recipe, SERVICES, words } from "./recipes.js";

const COMPOSE = [["docker", "compose"], ["docker-compose"]].find(
  ([file, ...args]) => spawnSync(file, [...args, "version"], { stdio: "ignore" }).status === 0,
);
if (COMPOSE === undefined)
  console.warn("SKIPPED: compose.yaml as docker compose reads it, which is not installed (Debian: docker-compose)");

const { redis, worker, submit } = SERVICES;

describe("deploy/compose.yaml", () => {
  it.each(Object.entries(SERVICES))("%s: no root, no rights, a read-only root file system, limits", (_, service) => {
    expect(service).toMatchObject({
      user: expect.stringMatching(/^(?:\$\{RUN_AS:-1000:1000\}|999:999)$/),
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
    });
    expect(service.deploy.resources.limits).toEqual({
      cpus: expect.stringMatching(/^\d$/),
      memory: expect.stringMatching(/^\dG$/),
    });
    for (const key of ["privileged", "ports", "network_mode", "pid", "cap_add"])
      expect(service).not.toHaveProperty(key);
  });

  it.each([
    ["worker", worker],
    ["submit", submit],
  ])("%s has a command that the command line accepts, and the queue's address from a file", async (_, service) => {
    expect(await objection(words(service.command), { isMention: false })).toBeNull();
    expect(service).toMatchObject({ image: "eigenscope:0.1.0", env_file: ["secrets/queue.env"] });
    expect(service.environment).toBeUndefined();
  });

  it("gives workers what they are limited to, and all that is submitted", () => {
    const [args, submitted] = [words(worker.command), words(submit.command)];
    const { cpus, memory } = worker.deploy.resources.limits;
    expect(optionOf(args, "--jobs")).toBe(cpus);
    expect(bytesOf(optionOf(args, "--memory") as string) / bytesOf(memory)).toBe(0.75);
    expect([submitted[2], optionOf(submitted, "--run")]).toEqual([optionOf(args, "--allow"), "/data/runs/a"]);
    expect(optionOf(args, "--run")).toBe("/data/runs");
    expect(worker.healthcheck.test.at(-1)).toContain(`:${optionOf(args, "--metrics-port")}/`);
    expect(worker.volumes).toEqual([
      expect.objectContaining({ target: "/data/models", read_only: true }),
      expect.objectContaining({ target: "/data/runs" }),
    ]);
    expect(worker).toMatchObject({ stop_grace_period: "30m", init: true });
  });

  it("runs a Redis of a pinned version that keeps all on its disk, and has its password in a file", () => {
    expect(redis.image).toMatch(/^redis:7\.\d+-bookworm$/);
    const args = words(redis.command);
    expect(args.slice(0, 2)).toEqual(["redis-server", "/run/secrets/redis"]);
    expect(optionOf(args, "--appendonly")).toBe("yes");
    expect(optionOf(args, "--maxmemory-policy")).toBe("noeviction");
    expect([redis.secrets, redis.volumes]).toEqual([["redis"], ["redis:/data"]]);
    expect(recipe("compose.yaml")).not.toMatch(/requirepass|redis:\/\//);
  });

  it.runIf(COMPOSE !== undefined)("is accepted by docker compose", () => {
    const folder = mkdtempSync(join(tmpdir(), "eigenscope-compose-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    copyFileSync(join(DEPLOY, "compose.yaml"), join(folder, "compose.yaml"));
    mkdirSync(join(folder, "secrets"));
    writeFileSync(join(folder, "secrets/redis.conf"), "requirepass secret\n");
    writeFileSync(join(folder, "secrets/queue.env"), "EIGENSCOPE_QUEUE=redis://:secret@redis:6379\n");
    const [file, ...args] = COMPOSE as string[];
    const env = { PATH: process.env.PATH, MODELS: "/models", RUNS: "/runs" };
    const shown = execFileSync(file, [...args, "-f", join(folder, "compose.yaml"), "config"], {
      encoding: "utf8",
      env,
    });
    const { services } = parse(shown);
    expect(services.worker).toMatchObject({ user: "1000:1000", read_only: true, deploy: { replicas: 2 } });
    expect(services.worker.volumes.map(({ source }: { source: string }) => source)).toEqual(["/models", "/runs"]);
    expect(services.redis.environment.EIGENSCOPE_QUEUE).toBe("redis://:secret@redis:6379");
  });
});
