import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, eigenscope } from "../cli/eigenscope-process.js";
import { safetensorsWith } from "../formats/build-safetensors.js";
import { writeModel } from "../node/fleet/fleet-home.js";
import { commandsUnder, pathWithCommand } from "./recipe-models.js";
import { DEPLOY } from "./recipes.js";
import { type SlurmCluster, startSlurm, WITH_SLURM } from "./slurm-cluster.js";

const TASKS = 4;

describe.runIf(WITH_SLURM)("the recipe for Slurm, on a real one", () => {
  let folder: string;
  let slurm: SlurmCluster;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eigenscope-slurm-"));
    for (const name of ["bin", "runs"]) await mkdir(join(folder, name));
    slurm = await startSlurm();
    const PATH = await pathWithCommand(join(folder, "bin"));
    env = { ...slurm.env, PATH: `${PATH}:${slurm.env.PATH}`, HOME: folder, EIGENSCOPE_NATIVE: "off" };
  });
  afterAll(async () => {
    await slurm?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const bash = (script: string): Promise<Ended> =>
    new Promise((resolve) => {
      execFile("bash", ["-c", `set -e\n${script}`], { cwd: folder, env }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : null, stdout, stderr }),
      );
    });

  /** The commands of the README, for this model, with fewer tasks, waiting for the report. */
  function readmeFor(model: string): string {
    const commands = commandsUnder("Slurm")
      .replaceAll("/data/models/model", join(folder, model))
      .replaceAll("/data/runs/model", join(folder, "runs", model))
      .replaceAll("/data/model.json", join(folder, `${model}.json`))
      .replaceAll("deploy/", `${DEPLOY}/`)
      .replace("--array=1-16", `--array=1-${TASKS}`)
      .replace("sbatch --dependency", "sbatch --wait --dependency");
    expect(commands).toContain(`--array=1-${TASKS} `);
    expect(commands).toContain("--wait --dependency=afterok:");
    expect(commands).not.toContain("/data/");
    return commands;
  }
  const logs = async (): Promise<string> => {
    const names = (await readdir(folder)).filter((name) => name.endsWith(".out"));
    return (await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")))).join("");
  };
  const alone = async (model: string): Promise<string> => {
    const { stdout } = await eigenscope(["analyze", join(folder, model), "--json"]);
    return stdout;
  };

  it("computes each share in a task of the array, and then the report of a single process", async () => {
    await writeModel(join(folder, "model"), { model: 1, layers: 24, scale: 1 });
    expect([(await bash(readmeFor("model"))).code, await logs()]).toEqual([0, ""]);
    expect(await readFile(join(folder, "model.json"), "utf8")).toBe(await alone("model"));
    expect(await readdir(join(folder, "runs/model/segments"))).toHaveLength(TASKS);
  });

  it("makes the report although a layer has no spectrum, and says so by its exit code", async () => {
    const values = Float64Array.from({ length: 20 * 16 }, (_, k) => Math.sin(k * k));
    const broken = values.map((value, k) => (k === 7 ? Number.NaN : value));
    await mkdir(join(folder, "broken"));
    const tensors = { "a.weight": { shape: [20, 16], values }, "b.weight": { shape: [20, 16], values: broken } };
    await writeFile(join(folder, "broken/model.safetensors"), safetensorsWith(tensors));
    expect((await bash(readmeFor("broken"))).code).toBe(4);
    const report = await readFile(join(folder, "broken.json"), "utf8");
    expect(report).toBe(await alone("broken"));
    expect(JSON.parse(report).layers.map((layer: { reason?: string }) => layer.reason ?? null)).toEqual([
      null,
      expect.stringContaining("NaN"),
    ]);
  });

  it.each([
    ["0-3", "the array has to be 1-<n>"],
    ["2-4", "the array has to be 1-<n>"],
    ["1-7:2", "the array has to be 1-<n>"],
  ])("refuses the array %s, in which shares would be missing", async (array, message) => {
    const log = join(folder, `refused-${array.replace(":", "-")}.txt`);
    const run = join(folder, "runs/refused");
    const submit = `sbatch --wait --open-mode=append --output=${log} --array=${array} ${DEPLOY}/slurm/shards.sh`;
    const { code } = await bash(`${submit} ${join(folder, "model")} ${run}`);
    expect([code, await readFile(log, "utf8")]).toEqual([2, expect.stringContaining(message)]);
    expect(await readdir(join(folder, "runs"))).not.toContain("refused");
  });

  it("names what it wants when it gets less", async () => {
    for (const script of ["shards.sh", "report.sh"]) {
      const { code, stderr } = await bash(`bash ${DEPLOY}/slurm/${script} model`);
      expect([code, stderr]).toEqual([2, expect.stringMatching(/^usage: sbatch .*<run folder>/)]);
    }
  });
});
