import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Command, type CommanderError } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addLabCommands } from "#eigenscope/cli/lab-program.js";
import { liveProgress, plainProgress } from "#eigenscope/cli/lab-progress.js";
import type { LabTrainFlags } from "#eigenscope/cli/lab-train.js";
import { planSweep, preset, withOverrides } from "#eigenscope/lab/index.js";
import type { SweepEvent } from "#eigenscope/node/lab/run-sweep.js";
import { BUILT, MAIN } from "./eigenscope-process.js";
import { manyCommands } from "./many-commands.js";

describe("the lab's command line", () => {
  async function parse(
    ...args: string[]
  ): Promise<{ flags?: LabTrainFlags | undefined; output: string; error?: CommanderError }> {
    let flags: LabTrainFlags | undefined;
    let output = "";
    const collect = {
      writeOut: (text: string) => void (output += text),
      writeErr: (text: string) => void (output += text),
      getOutHelpWidth: () => 80,
    };
    const take = async (_: string, given: LabTrainFlags) => void (flags = given);
    const root = new Command("eigenscope").exitOverride().configureOutput(collect);
    addLabCommands(root, {
      train: take,
      sweep: take,
      report: async () => {},
      list: async () => {},
      fetchData: async () => {},
    });
    try {
      await root.parseAsync(["lab", ...args], { from: "user" });
    } catch (error) {
      return { flags, output, error: error as CommanderError };
    }
    return { flags, output };
  }

  it("takes lists of numbers for what a sweep varies", async () => {
    const { flags } = await parse(
      "sweep",
      "x",
      "--batch",
      "500,32",
      "--rate",
      "1e-3",
      "--seeds",
      "1,2",
      "--l2",
      "0,5e-3",
      "--epochs",
      "3",
    );
    expect(flags).toMatchObject({
      batch: [500, 32],
      rate: [0.001],
      seeds: [1, 2],
      l2: [0, 0.005],
      epochs: 3,
      engine: "wasm",
      quiet: false,
    });
  });

  it.each([
    [["sweep", "x", "--batch", "many"], "Expected numbers separated by commas"],
    [["train", "x", "--epochs", "0"], "whole number from 1"],
    [["train", "x", "--engine", "gpu"], "Allowed choices are wasm, native, webgpu, reference"],
    [["train"], "missing required argument 'experiment'"],
  ])("refuses %j", async (args, sentence) => {
    const { error, output, flags } = await parse(...args);
    expect(error?.exitCode).not.toBe(0);
    expect(output).toContain(sentence);
    expect(flags).toBeUndefined();
  });

  it.each([["--help"], ["train", "--help"], ["sweep", "--help"], ["report", "--help"], ["data", "fetch", "--help"]])(
    "has a help that fits 80 columns: %s",
    async (...args) => {
      const { output } = await parse(...args);
      expect(output.split("\n").filter((line) => line.length > 80)).toEqual([]);
    },
  );
});

describe("progress", () => {
  const runs = planSweep(
    withOverrides(preset("synthetic/batch-size")!, { axes: { batch: [4], seed: [1, 2] }, epochs: 4 }),
  );
  const [a, b] = runs.map(({ id }) => id);
  const running = { loss: 1.25, accuracy: 0.5 };
  const events: SweepEvent[] = [
    { type: "planned", runs, finished: new Set([b]) },
    { type: "progress", id: a, progress: { epoch: 1, steps: 1, share: 0, running: null } },
    { type: "progress", id: a, progress: { epoch: 2, steps: 500, share: 0.5, running } },
  ];

  it("tells loss, accuracy, what is done and the time left, from the work of this session alone", () => {
    let [text, time] = ["", 0];
    const live = liveProgress({ columns: 100, write: (part) => void (text = part) }, { now: () => time, color: false });
    for (const event of events) {
      live.take(event);
      time += 10_000;
    }
    expect(text).toBe(`${a}  epoch 2/4  loss 1.250  train .500\n[##############----] 1/2 trainings, 20 s left\n`);
  });

  it("is plain lines where there is no terminal: no control characters", () => {
    let text = "";
    const plain = plainProgress({ write: (part) => void (text += part) }, () => 0);
    for (const event of [...events, { type: "finished", id: a } as const]) plain.take(event);
    expect(text.split("\n")[0]).toBe("2 trainings, 1 finished before; 1 to do");
    expect(text).toContain(`${a}: finished; [##################] 2/2 trainings`);
    expect(text).not.toContain("\u001b");
  });
});

describe.skipIf(!BUILT)("the lab as a process", () => {
  let home: string;
  const at = (name: string): string => join(home, name);
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "eigenscope-lab-cli-"));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  const env = (): NodeJS.ProcessEnv => ({ PATH: process.env.PATH, HOME: home, XDG_CACHE_HOME: home });
  const command = manyCommands(env);
  const lab = (...args: string[]) => command(["lab", ...args], home);
  const SWEEP = [
    "sweep",
    "synthetic/batch-size",
    "--batch",
    "16,4,2",
    "--seeds",
    "1",
    "--epochs",
    "3",
    "--train",
    "200",
    "--test",
    "50",
    "--jobs",
    "2",
  ];

  /**
   * Runs a sweep with its records on stdout and sends it a signal once `when` says so; resolves to its exit and what it
   * said.
   */
  function interrupted(
    folder: string,
    signal: NodeJS.Signals,
    when: (line: { type: string; run: string; epoch?: number }) => boolean,
  ) {
    return new Promise<{ code: number | null; stderr: string }>((resolve) => {
      const child = spawn(process.execPath, [MAIN, "lab", ...SWEEP, "-o", folder, "--json"], { env: env(), cwd: home });
      let stderr = "";
      child.stderr.on("data", (part) => void (stderr += part));
      // Once: a second Ctrl-C ends the process without a word.
      let sent = false;
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (!sent && when(JSON.parse(line))) sent = child.kill(signal);
      });
      child.on("close", (code) => resolve({ code, stderr }));
    });
  }

  it("killed with SIGKILL and started again repeats no finished run and ends with the same digits", async () => {
    const whole = await lab(...SWEEP, "-o", at("whole"));
    expect(whole.code).toBe(0);
    const finished = new Set<string>();
    const { code } = await interrupted(at("killed"), "SIGKILL", ({ type, run, epoch }) => {
      if (type === "finished") finished.add(run);
      return finished.size > 0 && type === "epoch" && epoch === 1;
    });
    expect(code).toBeNull();
    expect(finished.size).toBeGreaterThan(0);
    const again = await lab(...SWEEP, "-o", at("killed"), "--json");
    const repeated = again.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).run);
    expect(repeated.filter((run) => finished.has(run))).toEqual([]);
    const [killed, uninterrupted] = await Promise.all([
      lab("report", at("killed"), "--json"),
      lab("report", at("whole"), "--json"),
    ]);
    expect(killed.stdout).toBe(uninterrupted.stdout);
    expect(killed.stdout.trimEnd().split("\n")).toHaveLength(3);
    // The table of the command itself is that of the report.
    expect((await lab("report", at("killed"))).stdout).toBe(whole.stdout);
  });

  it("interrupted by Ctrl-C ends with 130 and says how to go on", async () => {
    const { code, stderr } = await interrupted(at("stopped"), "SIGINT", ({ type }) => type === "epoch");
    expect(code).toBe(130);
    expect(stderr).toContain("interrupted; finished work is kept in");
    expect(stderr).toContain("the same command continues from there");
  });

  it("makes a page, and checkpoints that analyze reads with the same numbers", async () => {
    expect(
      (await lab("train", "synthetic/batch-size", "--epochs", "1", "--train", "200", "-o", at("one"), "-q")).stdout,
    ).toBe("");
    const { code, stdout } = await lab("report", at("one"), "-o", at("one.html"), "--json");
    expect(code).toBe(0);
    expect(await readFile(at("one.html"), "utf8")).toContain("<!doctype html>");
    const { run, layers } = JSON.parse(stdout);
    const checkpoint = at(`one/runs/${run}/checkpoints/epoch-00001.safetensors`);
    const { stdout: analysed } = await command(["analyze", checkpoint, "--json"]);
    const fc1 = JSON.parse(analysed).layers.find(({ name }: { name: string }) => name === "fc1");
    expect(layers[0]).toMatchObject({
      name: "fc1",
      alpha: fc1.alpha,
      stable_rank: fc1.stable_rank,
      lambda_max: fc1.lambda_max,
      phase: fc1.phase,
    });
  });

  it("says what is wrong and what to do", async () => {
    await writeFile(
      at("bad.json"),
      '{"name": "x", "network": "quick-mlp", "data": {"set": "cifar10"}, "rate": 1, "epochs": 1, "batch": 0}',
    );
    await expect(lab("train", "quick/none")).resolves.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("neither a preset nor a file"),
    });
    await expect(lab("train", at("bad.json"))).resolves.toMatchObject({
      code: 3,
      stderr: expect.stringContaining("batch: found 0, expected"),
    });
    await expect(lab("train", "quick/batch-size")).resolves.toMatchObject({
      code: 3,
      stderr: expect.stringContaining("lab data fetch cifar10"),
    });
    await expect(lab("train", "synthetic/batch-size", "--batch", "4,2")).resolves.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("lab sweep"),
    });
    await expect(lab("report", home)).resolves.toMatchObject({
      code: 3,
      stderr: expect.stringContaining("there is no experiment here"),
    });
    await expect(lab("data", "fetch", "imagenet")).resolves.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("mnist and cifar10"),
    });
    await expect(lab("list", "quick/lenet5")).resolves.toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"network": "lenet5"'),
    });
  });
});
