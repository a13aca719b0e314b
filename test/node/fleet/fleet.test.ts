import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { safetensorsWith } from "../../formats/build-safetensors.js";
import { type FleetHome, fleetHome, layersDone, reportsAlone } from "./fleet-home.js";
import { WITH_FLEET } from "./redis-server.js";

const MODELS = 4;
const LAYERS = 75;

describe.runIf(WITH_FLEET)("a fleet", () => {
  let home: FleetHome;
  afterEach(() => home.close());

  it("does 300 layers of four sharded checkpoints, and writes the reports of a single process", async () => {
    home = await fleetHome({ models: MODELS, layers: LAYERS });
    const submitted = await home.fleet(["submit", home.models, "--json"]);
    expect(submitted).toMatchObject({ code: 0, stderr: "" });
    const models = submitted.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(models.map(({ layers, added, done }) => [layers, added, done])).toEqual(
      Array.from({ length: MODELS }, () => [LAYERS, LAYERS, 0]),
    );
    const workers = [home.worker(["--until-empty"]), home.worker(["--until-empty"]), home.worker(["--until-empty"])];
    expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    expect(await home.reports()).toEqual(await reportsAlone(home));
    const done = layersDone(workers);
    expect([done.length, new Set(done).size]).toEqual([MODELS * LAYERS, MODELS * LAYERS]);

    const status = JSON.parse((await home.fleet(["status", "--json"])).stdout);
    expect(status.models).toHaveLength(MODELS);
    for (const model of status.models) expect(model).toMatchObject({ layers: LAYERS, done: LAYERS, reported: true });
    expect(status.queue).toMatchObject({ waiting: 0, active: 0, delayed: 0, reports: 0, dead: 0 });
  });

  it("says how far it is, and goes on after it was cancelled", async () => {
    home = await fleetHome({ models: 2, layers: 12 });
    expect((await home.fleet(["submit", home.models])).code).toBe(0);
    const before = await home.fleet(["status"]);
    expect([before.code, before.stdout.split("\n")[0]]).toEqual([
      4,
      "0 of 24 layers done, 0 failed, 0 % of the work; 0 of 2 reports written",
    ]);
    expect(await home.fleet(["cancel"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^26 jobs removed, 0 /),
    });
    const idle = home.worker(["--until-empty"]);
    expect([await idle.ended, layersDone([idle])]).toEqual([0, []]);
    expect((await home.fleet(["status"])).stdout).toContain("cancelled: submit the models again to go on");

    expect((await home.fleet(["submit", home.models])).stdout.match(/12 added/g)).toHaveLength(2);
    const worker = home.worker(["--until-empty"]);
    expect(await worker.ended).toBe(0);
    expect((await home.fleet(["status"])).code).toBe(0);
    expect(await home.reports()).toEqual(await reportsAlone(home));
  });

  it("measures what the submission asks for beside each spectrum: heads, and permutations", async () => {
    home = await fleetHome({ models: 1, layers: 3 });
    const normal = normalSampler(createRng(5));
    const weight = () => ({ shape: [48, 32], values: Float64Array.from({ length: 48 * 32 }, normal) });
    const names = ["q", "k", "v"].map((role) => `model.layers.0.self_attn.${role}_proj.weight`);
    await mkdir(join(home.models, "attention"));
    await writeFile(
      join(home.models, "attention", "model.safetensors"),
      safetensorsWith(Object.fromEntries(names.map((name) => [name, weight()]))),
    );
    const options = ["--heads=4", "--randomize=2"];
    expect((await home.fleet(["submit", home.models, ...options])).code).toBe(0);
    expect(await home.worker(["--until-empty"]).ended).toBe(0);
    const reports = await home.reports();
    expect(reports).toEqual(await reportsAlone(home, options));
    const [layer] = JSON.parse(reports.attention).layers;
    expect([layer.heads.alpha.length, layer.rand_bulk_sigma]).toEqual([4, expect.any(Number)]);
  });

  it("adds a model only while fewer layers wait than --most-waiting says, and goes on when there is room", async () => {
    home = await fleetHome({ models: 3, layers: 4 });
    const submitting = home.submitting(["--most-waiting", "5"]);
    await submitting.until(/the next model is added when fewer do$/);
    // The second was added beside four waiting layers, the third not beside eight.
    expect(submitting.lines.at(-1)).toBe(
      "eigenscope: 8 layers wait in the queue; the next model is added when fewer do",
    );
    const waiting = async (): Promise<number> =>
      JSON.parse((await home.fleet(["status", "--json"])).stdout).queue.waiting;
    expect(await waiting()).toBe(8);
    const worker = home.worker(["--until-empty"]);
    expect([await submitting.ended, await worker.ended]).toEqual([0, 0]);
    const rest = home.worker(["--until-empty"]);
    expect(await rest.ended).toBe(0);
    expect(Object.keys(await home.reports())).toHaveLength(3);
  });

  it("adds no model beside as many waiting layers as --most-waiting says, and Ctrl-C ends the waiting", async () => {
    home = await fleetHome({ models: 2, layers: 4 });
    const submitting = home.submitting(["--most-waiting", "4"]);
    await submitting.until(/the next model is added when fewer do$/);
    expect(submitting.lines.at(-1)).toMatch(/^eigenscope: 4 layers wait/);
    expect(await submitting.end("SIGINT")).toBe(130);
  });
});
