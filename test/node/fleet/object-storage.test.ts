import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BUILT, eigenscope, MAIN } from "../../cli/eigenscope-process.js";
import { BUCKET, fail, SECRET, startS3, type TestS3, TOKEN } from "../s3/s3-server.js";
import { type FleetHome, fleetHome, layersDone, reportsAlone } from "./fleet-home.js";
import { WITH_FLEET } from "./redis-server.js";

const RUN = `s3://${BUCKET}/runs/a`;
/** So that a lost worker is noticed soon; a worker of a busy machine may not answer for a second. */
const SHORT_LOCK = ["--lock", "5"];

describe.runIf(WITH_FLEET)("a fleet whose run lies in object storage", () => {
  let server: TestS3;
  let home: FleetHome;
  beforeEach(async () => {
    server = await startS3();
  });
  afterEach(async () => {
    await home.close();
    await server.close();
  });

  const begin = async (models: number, layers: number): Promise<void> => {
    home = await fleetHome({ models, layers }, [], { run: RUN, env: server.environment });
  };
  /** Refuses every fifth request: it asks for fewer, fails, or breaks off. */
  const failOneInFive = (): void => {
    let requests = 0;
    server.before = (request, response) => {
      if (++requests % 5 > 0) return false;
      // So that nobody waits for half a second and more.
      response.setHeader("retry-after", "0");
      if (requests % 3 === 0) request.socket.destroy();
      else if (requests % 2 === 0) fail(response, 503, "SlowDown");
      else fail(response, 500, "InternalError");
      return true;
    };
  };
  const objectsOf = (pattern: RegExp): string[] => [...server.objects.keys()].filter((key) => pattern.test(key));
  const reports = (): Record<string, string | undefined> =>
    Object.fromEntries(
      objectsOf(/^runs\/a\/reports\//).map((key) => [
        key.slice(15).replace(/-[0-9a-f]{8}\.json$/, ""),
        server.text(key),
      ]),
    );
  /** Puts a model into the bucket, and gives its address. */
  const upload = async (model: string): Promise<string> => {
    const folder = join(home.models, model);
    for (const name of await readdir(folder)) server.put(`models/${model}/${name}`, await readFile(join(folder, name)));
    return `s3://${BUCKET}/models/${model}`;
  };

  it("writes the report of a single process, though a worker is killed and one request in five fails", async () => {
    await begin(1, 30);
    const source = await upload("model-0");
    failOneInFive();
    const submitted = await home.fleet(["submit", source, "--json"]);
    expect(submitted).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(submitted.stdout)).toMatchObject({ source: `${source}/`, layers: 30, added: 30, done: 0 });
    const args = [...SHORT_LOCK, "--allow", `s3://${BUCKET}/models`];
    const killed = home.worker([...args, "--jobs", "1"]);
    await killed.until(/: done in /, 3);
    await killed.end("SIGKILL");
    const other = home.worker([...args, "--until-empty"]);
    expect(await other.ended).toBe(0);

    const done = layersDone([killed, other]);
    expect(new Set(done).size).toBeGreaterThanOrEqual(29);
    server.before = () => false;
    expect((await home.fleet(["status"])).stdout.split("\n")[0]).toBe(
      "30 of 30 layers done, 0 failed, 100 % of the work; 1 of 1 reports written",
    );
    const alone = await eigenscope(["analyze", `${source}/`, "--json", "-", "--quiet"], { env: server.environment });
    expect(reports()).toEqual({ "model-0": alone.stdout });
    // The same numbers as of the files on this disk.
    const [onDisk] = Object.values(await reportsAlone(home)).map((text) => JSON.parse(text));
    expect(JSON.parse(alone.stdout).layers).toEqual(onDisk.layers);
    expect(objectsOf(/\/outcomes\/[0-9a-f]{64}$/)).toHaveLength(30);

    const told = [submitted.stdout, ...killed.lines, ...other.lines].join("\n");
    const kept = [...server.objects].map(([key, { bytes }]) => key + Buffer.from(bytes).toString("latin1")).join("\n");
    for (const secret of [SECRET, TOKEN])
      expect([told.includes(secret), kept.includes(secret)]).toEqual([false, false]);
  });

  it("says how far it is, is cancelled, and goes on, with sources on this disk", async () => {
    await begin(1, 6);
    expect((await home.fleet(["submit", home.models])).code).toBe(0);
    expect(await home.fleet(["cancel"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^7 jobs removed, 0 /),
    });
    const status = await home.fleet(["status"]);
    expect([status.code, status.stdout.split("\n").slice(0, 2)]).toEqual([
      4,
      [
        "0 of 6 layers done, 0 failed, 0 % of the work; 0 of 1 reports written",
        "cancelled: submit the models again to go on",
      ],
    ]);
    expect((await home.fleet(["submit", home.models])).stdout).toContain("6 added");
    expect(await home.worker(["--until-empty"]).ended).toBe(0);
    const alone = await reportsAlone(home);
    expect(reports()).toEqual(alone);

    // A cut object is missing, and nothing else is done again.
    const [cut] = objectsOf(/\/outcomes\//);
    const { bytes } = server.objects.get(cut) as { readonly bytes: Uint8Array };
    server.put(cut, bytes.subarray(0, 100));
    expect((await home.fleet(["status"])).stdout).toMatch(/^5 of 6 layers done/);
    expect((await home.fleet(["submit", home.models])).stdout).toContain("1 added");
    expect(await home.worker(["--until-empty"]).ended).toBe(0);
    expect(reports()).toEqual(alone);

    // A copy is a run folder when its outcomes are joined.
    const copy = join(home.folder, "copy");
    await mkdir(join(copy, "segments"), { recursive: true });
    const [run] = objectsOf(/\/run.json$/).map((key) => key.slice(0, -"run.json".length));
    for (const key of objectsOf(/\/(run\.json|plan-.*)$/))
      await writeFile(join(copy, key.slice(run.length)), server.text(key) as string);
    const records = objectsOf(/\/outcomes\//).map((key) => server.objects.get(key)?.bytes ?? new Uint8Array(0));
    await writeFile(join(copy, "segments/all.seg"), Buffer.concat(records));
    const made = await eigenscope(["report", copy, "--json", "-", "--quiet"]);
    expect({ "model-0": made.stdout }).toEqual(alone);
  });

  it("gives up what a worker may not open, and goes on when one may", async () => {
    await begin(1, 3);
    const source = await upload("model-0");
    expect((await home.fleet(["submit", source])).code).toBe(0);
    // Whose name begins alike is another folder.
    expect(await home.worker(["--allow", `s3://${BUCKET}/mod`, "--until-empty"]).ended).toBe(0);
    const dead = await home.fleet(["dead"]);
    expect([
      dead.code,
      dead.stdout.match(/model-0\/ is not below an address that --allow of this worker names/g),
    ]).toEqual([4, expect.objectContaining({ length: 3 })]);
    expect((await home.fleet(["dead", "--retry"])).code).toBe(0);
    const elsewhere = ["worker", "--queue", home.redis.address, "--run", `s3://${BUCKET}/runs/b`, "--until-empty"];
    const allow = ["--allow", `s3://${BUCKET}/models`];
    expect((await eigenscope(["fleet", ...elsewhere, ...allow], { env: server.environment })).code).toBe(0);
    expect((await home.fleet(["dead"])).stdout).toContain("is not below an address that --run of this worker names");
    expect((await home.fleet(["dead", "--retry"])).code).toBe(0);
    expect(await home.worker([...allow, "--until-empty"]).ended).toBe(0);
    expect((await home.fleet(["status"])).code).toBe(0);
  });
});

describe.runIf(BUILT)("an s3:// address", () => {
  const KEYS = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "hidden" };

  it.each([
    [["describe", "s3://bucket/a.npy"], {}, "needs credentials, and the variable AWS_ACCESS_KEY_ID is not set"],
    [["fleet", "status", "--run", "s3://bucket/../a"], KEYS, 'found "s3://bucket/../a": the key has an empty part'],
    [["fleet", "worker", "--run", "s3://bucket/a", "--allow", "s3://b"], KEYS, 'option allow: found "s3://b"'],
  ])("that cannot be used is a sentence: %j", async (args, env, sentence) => {
    const { code, stdout, stderr } = await eigenscope(args, { env });
    expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining(sentence)]);
  });

  it("says how to install its package where that is missing", async () => {
    const folder = await mkdtemp(join(tmpdir(), "s3-bundle-"));
    try {
      await cp(join(dirname(dirname(MAIN)), "bundle"), join(folder, "dist/bundle"), { recursive: true });
      await writeFile(join(folder, "package.json"), "{}");
      const args = [join(folder, "dist/bundle/eigenscope.cjs"), "fleet", "status", "--run", "s3://bucket/a"];
      const env = { PATH: process.env.PATH, HOME: "/nonexistent", ...KEYS };
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env });
      expect([status, stderr]).toEqual([2, expect.stringContaining("is not installed; run: npm install aws4fetch@1")]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
