import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { DEFAULT_POLICY, layerJob, reportId, reportJob } from "#eigenscope/node/fleet/layer-jobs.js";
import { connectionTo, loadBullMq, QUEUE, type Queue } from "#eigenscope/node/fleet/queue.js";
import { queueAddress } from "#eigenscope/node/fleet/queue-address.js";
import { readPlan } from "#eigenscope/node/run/manifest.js";
import { eigenscope, MAIN } from "../../cli/eigenscope-process.js";
import { type FleetHome, fleetHome, layersDone, reportsAlone } from "./fleet-home.js";
import { WITH_FLEET } from "./redis-server.js";

const WITH_OPENSSL = spawnSync("openssl", ["version"]).status === 0;
if (!WITH_OPENSSL) console.warn("SKIPPED: the test of TLS to the queue, because openssl is not installed");

describe.runIf(WITH_FLEET)("a worker", () => {
  let home: FleetHome;
  afterEach(() => home.close());

  /** The submitted run of the home's one model, as the queue's jobs are made of it. */
  const planned = async () => {
    const folder = join(home.run, "models", (await readdir(join(home.run, "models")))[0]);
    const plan = await readPlan(folder);
    if (plan === undefined) throw new Error("the model is not planned");
    return { folder, plan, address: { source: join(home.models, "model-0") } };
  };
  const withQueue = async <Result>(use: (queue: Queue) => Promise<Result>): Promise<Result> => {
    const bull = await loadBullMq();
    const queue = new bull.Queue(QUEUE, { connection: connectionTo(queueAddress(home.redis.address)) });
    try {
      return await use(queue);
    } finally {
      await queue.close();
    }
  };
  const reasons = async (): Promise<Record<string, string>> => {
    // Of all runs: one of the messages names another one.
    const { stdout } = await eigenscope(["fleet", "dead", "--queue", home.redis.address, "--json"]);
    return Object.fromEntries(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
        .map(({ id, reason, attempts }) => [id, `${reason} (${attempts})`]),
    );
  };

  it("refuses messages for what it may not open, at once, and does the others", async () => {
    home = await fleetHome({ models: 1, layers: 6 });
    const outside = join(home.folder, "outside");
    await cp(join(home.models, "model-0"), outside, { recursive: true });
    await symlink(outside, join(home.models, "link"));
    expect((await home.fleet(["submit", join(home.models, "model-0")])).code).toBe(0);
    const model = await planned();
    const { data } = await layerJob(model, model.plan.placements[0], DEFAULT_POLICY);
    const forged = {
      outside: { ...data, source: outside },
      link: { ...data, source: join(home.models, "link") },
      host: { ...data, source: "https://example.invalid/model.safetensors" },
      hub: { ...data, source: "org/model" },
      relative: { ...data, source: "models/model-0" },
      run: { ...data, run: outside },
      plan: { ...data, plan: "0".repeat(64) },
      layer: { ...data, layer: 1 },
      key: { ...data, key: "0".repeat(64) },
      more: { ...data, command: "rm" },
      less: { ...data, job: undefined },
      other: { ...data, format: 2 },
    };
    await withQueue(async (queue) => {
      for (const [jobId, message] of Object.entries(forged)) await queue.add("layer", message, { jobId, attempts: 5 });
      await queue.add("shell", data, { jobId: "name", attempts: 5 });
    });
    const worker = home.worker(["--until-empty"]);
    expect([await worker.ended, layersDone([worker]).length]).toEqual([0, 6]);
    // Each was tried once.
    expect(await reasons()).toEqual({
      outside: `${outside} is not in a folder that --allow of this worker names (1)`,
      link: `${join(home.models, "link")} is not in a folder that --allow of this worker names (1)`,
      host: "the source is on example.invalid, which --allow of this worker does not name (1)",
      hub: "the source is on huggingface.co, which --allow of this worker does not name (1)",
      relative: "the source is on huggingface.co, which --allow of this worker does not name (1)",
      run: `${outside} is not in a folder that --run of this worker names (1)`,
      plan: `${model.folder} does not hold the run of the message (1)`,
      layer: "the run has no layer with the message's number and key (1)",
      key: "the key is not that of the message's job (1)",
      more: "this is no message about a layer that this version of eigenscope reads (1)",
      less: "this is no message about a layer that this version of eigenscope reads (1)",
      other: "this is no message about a layer that this version of eigenscope reads (1)",
      name: 'there are no jobs called "shell" (1)',
    });
    expect(await home.reports()).toEqual({ "model-0": (await reportsAlone(home))["model-0"] });
  });

  it("adds layers again whose jobs were lost, before it writes a report", async () => {
    home = await fleetHome({ models: 1, layers: 6 });
    expect((await home.fleet(["submit", home.models])).code).toBe(0);
    const model = await planned();
    await withQueue(async (queue) => {
      await queue.obliterate({ force: true });
      const { name, data, opts } = await reportJob(model, DEFAULT_POLICY);
      await queue.add(name, data, opts);
      expect(await queue.getJobState(await reportId(model.folder, model.plan))).not.toBe("unknown");
    });
    const worker = home.worker(["--until-empty"]);
    expect([await worker.ended, layersDone([worker]).length]).toEqual([0, 6]);
    expect(worker.lines.filter((line) => line.includes("layers are missing and were added again"))).toHaveLength(1);
    expect(await home.reports()).toEqual(await reportsAlone(home));
  });

  it("tells the same as JSON, and gives metrics", async () => {
    home = await fleetHome({ models: 1, layers: 3 });
    expect((await home.fleet(["submit", home.models])).code).toBe(0);
    const worker = home.worker(["--log", "json", "--metrics-port", "0"]);
    await worker.until(/"kind":"report"/);
    const metrics = await fetch(/http:\S+\/metrics/.exec(worker.lines[0])?.[0] ?? "");
    expect((await metrics.text()).split("\n")).toEqual(
      expect.arrayContaining(["eigenscope_layer_seconds_count 3", "eigenscope_reports_total 1"]),
    );
    expect(await worker.end()).toBe(0);
    const kinds = worker.lines.map((line) => JSON.parse(line).kind);
    expect(kinds.filter((kind) => kind !== undefined)).toEqual(["ready", "layer", "layer", "layer", "report", "ended"]);
  });
});

describe.runIf(WITH_FLEET)("the queue", () => {
  it("needs its password, which nobody sees", async () => {
    const home = await fleetHome({ models: 1, layers: 3 }, ["--requirepass", "s3cret"]);
    try {
      const submit = (queue: string) =>
        eigenscope(["fleet", "submit", home.models, "--run", home.run, "--queue", queue]);
      const address = home.redis.address.replace("redis://", "redis://:s3cret@");
      for (const wrong of [home.redis.address, address.replace("s3cret", "wr0ng")]) {
        const { code, stderr } = await submit(wrong);
        expect([code, stderr]).toEqual([2, expect.stringContaining(`no queue at ${home.redis.address}/0: `)]);
        expect(stderr).not.toContain("wr0ng");
      }
      const { code, stdout, stderr } = await submit(address);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).not.toContain("s3cret");
    } finally {
      await home.close();
    }
  });

  it.runIf(WITH_OPENSSL)("is reached by TLS, if its certificate is trusted", async () => {
    const folder = await mkdtemp(join(tmpdir(), "fleet-tls-"));
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
    spawnSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, ...name]);
    const files = ["--tls-key-file", key, "--tls-cert-file", cert, "--tls-ca-cert-file", cert];
    // The port of the home is that of plain connections; 0 switches them off.
    const tls = (port: number): string[] => ["--tls-port", String(port), "--port", "0", "--tls-auth-clients", "no"];
    const home = await fleetHome({ models: 1, layers: 3 }, (port) => [...tls(port), ...files]);
    try {
      const queue = home.redis.address.replace("redis://", "rediss://");
      const submit = (env: NodeJS.ProcessEnv) =>
        eigenscope(["fleet", "submit", home.models, "--run", home.run, "--queue", queue], { env });
      expect(await submit({})).toMatchObject({ code: 2, stderr: expect.stringContaining("self-signed certificate") });
      expect(await submit({ NODE_EXTRA_CA_CERTS: cert })).toMatchObject({ code: 0, stderr: "" });
    } finally {
      await home.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("is asked to keep what it has", async () => {
    const home = await fleetHome({ models: 1, layers: 3 }, ["--appendonly", "no", "--maxmemory-policy", "allkeys-lru"]);
    try {
      const { stderr } = await home.fleet(["submit", home.models]);
      // BullMQ says the first in its own way too.
      expect(stderr.split("\n")).toEqual(
        expect.arrayContaining([
          "eigenscope: Redis may drop jobs: its maxmemory-policy is allkeys-lru, set it to noeviction",
          "eigenscope: Redis forgets its jobs when it stops: set appendonly to yes, or submit again then",
        ]),
      );
    } finally {
      await home.close();
    }
  });

  it.each([
    [[], "no queue is named; give --queue redis://host, or set the variable EIGENSCOPE_QUEUE"],
    [["--queue", "redis://127.0.0.1:1"], "no queue at redis://127.0.0.1:1/0: connect ECONNREFUSED 127.0.0.1:1"],
    [["--queue", "http://:pw@queue"], 'found "http://queue", expected an address such as redis://host:6379'],
  ])("that is not there is a sentence: %j", async (args, sentence) => {
    const { code, stderr } = await eigenscope(["fleet", "cancel", "--run", "/tmp", ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
  });

  it("says how to install its packages where they are missing", async () => {
    const folder = await mkdtemp(join(tmpdir(), "fleet-bundle-"));
    try {
      await mkdir(join(folder, "dist"));
      await cp(join(dirname(dirname(MAIN)), "bundle"), join(folder, "dist/bundle"), { recursive: true });
      await writeFile(join(folder, "package.json"), "{}");
      const args = ["fleet", "cancel", "--run", folder, "--queue", "redis://127.0.0.1:1"];
      const { status, stderr } = spawnSync(process.execPath, [join(folder, "dist/bundle/eigenscope.cjs"), ...args], {
        encoding: "utf8",
      });
      expect([status, stderr]).toEqual([
        2,
        expect.stringContaining("ioredis is not installed; run: npm install bullmq@6 ioredis@6"),
      ]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
