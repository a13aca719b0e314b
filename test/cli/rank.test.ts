import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Ajv } from "ajv";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { safetensorsWith } from "../formats/build-safetensors.js";
import { BUILT, MAIN, eigenscope as ownProcess } from "./eigenscope-process.js";
import { manyCommands } from "./many-commands.js";

const run = manyCommands();

describe.skipIf(!BUILT)("eigenscope rank", () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  const rank = (...args: string[]) => run(["rank", ...args], folder);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eigenscope-rank-"));
    await mkdir(at("steps"));
    for (const [i, scale] of [1, 3, 2, 5, 4].entries()) {
      const normal = normalSampler(createRng(i + 1));
      const values = Float32Array.from({ length: 50 * 40 }, () => scale * normal());
      const frozen = Float32Array.from({ length: 400 }, normalSampler(createRng(99)));
      await writeFile(
        at(`steps/step-${scale}0.safetensors`),
        safetensorsWith({
          "fc.weight": { shape: [50, 40], values },
          "head.weight": { shape: [20, 20], values: frozen },
        }),
      );
    }
    const scores = [1, 2, 3, 4, 5].map((scale) => `step-${scale}0,${scale / 10}\n`);
    await writeFile(at("scores.csv"), `name,score\n${scores.join("")}`);
    await writeFile(at("broken.safetensors"), "no weights");
    const nan = Float32Array.from({ length: 400 }, (_, i) => (i === 7 ? Number.NaN : i));
    const sound = Float32Array.from({ length: 400 }, normalSampler(createRng(5)));
    await writeFile(
      at("partial.safetensors"),
      safetensorsWith({ "a.weight": { shape: [20, 20], values: nan }, "b.weight": { shape: [20, 20], values: sound } }),
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("prints a table in 80 columns, in the order of the steps, and nothing on stderr", async () => {
    const { code, stdout, stderr } = await rank("steps");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect([...stdout.matchAll(/^step-\d+/gm)].map(([name]) => name)).toEqual(
      [1, 2, 3, 4, 5].map((scale) => `step-${scale}0`),
    );
    expect(stdout).toContain("6 spectra solved, 4 reused.");
    expect(stdout).toContain("the models look like steps of one training");
  });

  it("writes a page, never over an input, and checks its place before any work", async () => {
    const { code, stderr } = await rank("steps", "--scores", "scores.csv", "--html", at("ranking.html"), "-q");
    expect([code, stderr]).toEqual([0, ""]);
    const page = await readFile(at("ranking.html"), "utf8");
    expect(page).toContain("<!doctype html>");
    expect(page).toContain("Which number orders them as the score does?");
    expect(page.match(/<th scope="row"/g)).toHaveLength(5);
    for (const [target, reason] of [
      ["scores.csv", "is the input"],
      ["steps/step-10.safetensors", "is the input"],
      ["no/such/r.html", "does not exist or is not writable"],
    ]) {
      const refused = await rank("steps", "--scores", "scores.csv", "--html", target);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain(reason);
    }
  });

  it("solves an equal layer once in workers too", async () => {
    // 500 x 500 is more work than the command does without workers.
    const frozen = Float32Array.from({ length: 500 * 500 }, normalSampler(createRng(1)));
    await mkdir(at("frozen"));
    for (const k of [1, 2, 3]) {
      const head = Float32Array.from({ length: 400 }, normalSampler(createRng(10 + k)));
      const tensors = {
        "body.weight": { shape: [500, 500], values: frozen },
        "head.weight": { shape: [20, 20], values: head },
      };
      await writeFile(at(`frozen/step-${k}.safetensors`), safetensorsWith(tensors));
    }
    const { code, stdout } = await rank("frozen", "--json");
    expect(code).toBe(0);
    const counts = JSON.parse(stdout).models.map(({ solved, reused }: Record<string, number>) => [solved, reused]);
    expect(counts).toEqual([
      [2, 0],
      [1, 1],
      [1, 1],
    ]);
  });

  it("correlates with the scores of a file", async () => {
    const { code, stdout } = await rank("steps", "--scores", "scores.csv", "--sort", "log_norm", "--descending");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^log_norm +5 +1\.00 /m);
    expect(stdout).toMatch(/^step-50 .* 0\.500$/m);
    expect(stdout.indexOf("step-50")).toBeLessThan(stdout.indexOf("step-10"));
  });

  it("writes JSON by its schema, CSV and Parquet, to files and to stdout", async () => {
    const schema = JSON.parse(await readFile(new URL("../../schema/rank.schema.json", import.meta.url), "utf8"));
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
    const written = await rank("steps", "-q", "--json", "r.json", "--csv", "r.csv", "--parquet", "r.parquet");
    expect(written).toEqual({ code: 0, stdout: "", stderr: "" });
    const json = JSON.parse(await readFile(at("r.json"), "utf8"));
    validate(json);
    expect(validate.errors).toBeNull();
    expect(json.models.map(({ path }: { path: string }) => path)).toEqual(
      [1, 2, 3, 4, 5].map((scale) => `steps/step-${scale}0.safetensors`),
    );
    expect(JSON.parse((await rank("steps", "--json")).stdout)).toEqual(json);
    expect(JSON.parse((await rank("--json", "steps")).stdout)).toEqual(json);
    const csv = await readFile(at("r.csv"), "utf8");
    expect((await rank("steps", "--csv")).stdout).toBe(csv);
    const bytes = await readFile(at("r.parquet"));
    const file = new Uint8Array(bytes).buffer;
    const rows = await parquetReadObjects({ file });
    expect(rows.map(({ name, mean_log_norm }) => [name, mean_log_norm])).toEqual(
      json.models.map(({ name, means }: { name: string; means: { log_norm: number } }) => [name, means.log_norm]),
    );
    expect((await rank("steps", "--parquet", "s.parquet")).stderr).toBe("eigenscope: wrote s.parquet\n");
  });

  it("gives a row to a model that cannot be read, and exits 4", async () => {
    const { code, stdout } = await rank("broken.safetensors", "steps/step-10.safetensors", "missing.pt");
    expect(code).toBe(4);
    expect(stdout).toMatch(/^step-10/m);
    expect(stdout).toContain("Failed (2 models)");
    expect(stdout).toMatch(/^Failed: missing\.pt: missing\.pt: no such file or folder/m);
  });

  it("exits 4 where a layer failed, and 3 where no model can be read", async () => {
    expect((await rank("partial.safetensors", "steps")).code).toBe(4);
    const none = await rank("broken.safetensors", "missing.pt");
    expect(none.code).toBe(3);
    expect(none.stdout).toContain("Failed (2 models)");
    const json = JSON.parse((await rank("missing.pt", "--json", "-")).stdout);
    expect(json).toMatchObject({ options: null, groups: [], models: [{ status: "failed" }] });
  });

  it.each([
    [[], "rank: no path was given"],
    [["steps", "--sort", "beauty"], '--sort: found "beauty", expected a column of the CSV such as'],
    [["steps", "--sort", "score"], "--sort score needs --scores"],
    [["steps", "--scores", "absent.csv"], "--scores: cannot read absent.csv: "],
    [["steps", "--scores", "bad.csv"], '--scores: bad.csv, line 2: found the score "x"'],
    [
      ["steps", "--scores", "unknown.csv"],
      '--scores: unknown.csv: no model matches "elsewhere"; models without a score',
    ],
    [["steps", "--scores", "few.csv"], '--scores: few.csv: no line matches "steps/step-20.safetensors", '],
    [["steps", "--layers", "nothing*"], 'option layers: "nothing*" matches no layer'],
    [["steps", "--json", "--csv"], "--json and --csv cannot both go to stdout"],
    [["steps", "--json", "no/such/folder.json"], "cannot write no/such/folder.json"],
    [["steps", "--json", "steps/step-10.safetensors"], "is the input"],
    [["steps", "--parquet", "scores.csv", "--scores", "scores.csv"], "scores.csv is the input"],
    [["steps", "--parquet", "x.out", "--json", "x.out"], "given for two outputs"],
    [["steps", "--min-eigenvalues", "0"], "whole number from 1"],
  ])("exits 2 for %j and says why", async (args, sentence) => {
    await writeFile(at("bad.csv"), "name,score\nstep-10,x\n");
    await writeFile(at("unknown.csv"), "name,score\nelsewhere,1\n");
    await writeFile(at("few.csv"), "name,score\nstep-10,1\n");
    const { code, stdout, stderr } = await rank(...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(sentence);
  });

  it("answers Ctrl-C while it works", async () => {
    const { values, shape } = { values: new Float32Array(1500 * 1500), shape: [1500, 1500] };
    const normal = normalSampler(createRng(7));
    for (let i = 0; i < values.length; i++) values[i] = normal();
    await mkdir(at("large"));
    for (const k of [1, 2, 3]) {
      values[0] = k;
      await writeFile(at(`large/step-${k}.safetensors`), safetensorsWith({ "a.weight": { shape, values } }));
    }
    // The process says when it has given a worker its first layer.
    await writeFile(
      at("tell.mjs"),
      `import { isMainThread, Worker } from "node:worker_threads";
       const post = Worker.prototype.postMessage;
       Worker.prototype.postMessage = function (message, transfer) {
         post.call(this, message, transfer);
         if (isMainThread && message.kind === "call") process.send?.("working");
       };`,
    );
    const args = ["--import", pathToFileURL(at("tell.mjs")).href, MAIN, "rank", "large", "--engine", "reference"];
    const child = spawn(process.execPath, [...args, "--json", "late.json", "--parquet", "late.parquet"], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: "/nonexistent", EIGENSCOPE_NATIVE: "off" },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let stderr = "";
    child.stderr?.on("data", (text: Buffer) => {
      stderr += text;
    });
    await once(child, "message");
    child.kill("SIGINT");
    const [code] = await once(child, "close");
    expect([code, stderr]).toEqual([130, "eigenscope: interrupted\n"]);
    expect((await readdir(folder)).filter((name) => name.startsWith("late") || name.endsWith(".tmp"))).toEqual([]);
  });

  it("has a help of 80 columns that names its exit codes", async () => {
    const { stdout } = await ownProcess(["rank", "--help"]);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    for (const text of ["--scores", "--parquet", "Exit codes", "[path...]"]) expect(stdout).toContain(text);
  });
});
