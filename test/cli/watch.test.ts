import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { asked, until } from "../node/serve/serving.js";
import { atStep, recordOf, written } from "../node/watch/training.js";
import { BUILT, eigenscope, MAIN } from "./eigenscope-process.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "eigenscope-watch-cli-"));
});
const running: ChildProcess[] = [];
afterEach(async () => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
  await rm(home, { recursive: true, force: true });
});

const inHome = (...args: string[]) => eigenscope(["watch", ...args], { cwd: home });
const save = (step: number) => written(join(home, "out", `checkpoint-${step}`, "model.safetensors"), atStep(step));
const parsed = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

/** Starts a watch that goes on. */
function started(...args: string[]) {
  const env = { PATH: process.env.PATH, HOME: "/nonexistent", EIGENSCOPE_NATIVE: "off" };
  const child = spawn(process.execPath, [MAIN, "watch", ...args], { cwd: home, env });
  running.push(child);
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (part) => {
      text[name] += part;
    });
  return { child, text };
}

describe.runIf(BUILT)("eigenscope watch", () => {
  it("reads what is complete once: lines that fit into 80 columns, or JSON", async () => {
    for (const step of [100, 200]) await save(step);
    await writeFile(join(home, "out", "checkpoint-200", "trainer_state.json"), '{"global_step": 222}');
    const lines = await inHome("out", "--once");
    expect(lines.code).toBe(0);
    expect(lines.stdout).toMatch(
      /\n {7}100 {2}[A-Za-z]{4} {2}4 solved, 0 reused\n {7}222 {2}[A-Za-z]{4} {2}2 solved, 2/,
    );
    expect(Math.max(...lines.stdout.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(80);
    const json = await inHome("out", "--once", "--json", "--run", "record");
    expect(parsed(json.stdout)).toEqual([
      { step: 100, checkpoint: "checkpoint-100", layers: 4, solved: 4, reused: 0, alarms: [] },
      { step: 222, checkpoint: "checkpoint-200", layers: 4, solved: 2, reused: 2, alarms: [] },
    ]);
    const again = await inHome("out", "--once", "--json");
    expect([again.code, again.stdout]).toEqual([0, ""]);
    expect(await readdir(join(home, "record", "tensorboard"))).toHaveLength(1);
  });

  it("tells alarms of own rules, alone if asked", async () => {
    await save(1);
    const rule = "stable_rank > 0";
    const { stdout } = await inHome("out", "--once", "--json", "--alarm", rule, "--no-default-alarms");
    expect(parsed(stdout)[0].alarms).toHaveLength(4);
    expect(parsed(stdout)[0].alarms[0]).toEqual({ rule, layer: "layers.0", sentence: "stable_rank > 0 holds." });
  });

  it("has one sentence for each mistake, with its exit code", async () => {
    const mistake = async (...args: string[]) => {
      const { code, stderr } = await inHome(...args);
      return [code, stderr];
    };
    expect(await mistake("nowhere")).toEqual([3, expect.stringMatching(/^eigenscope: nowhere: .*\n$/)]);
    await written(join(home, "out", "notes.txt"), "nothing");
    expect(await mistake("out", "--once")).toEqual([3, "eigenscope: out: found no complete checkpoint\n"]);
    expect((await mistake("out", "--alarm", "alpha <"))[0]).toBe(2);
    expect((await mistake("out", "--interval", "0"))[0]).toBe(2);
    await save(1);
    const bytes = atStep(2).subarray(0, -5);
    await written(join(home, "out", "checkpoint-2", "model.safetensors"), bytes);
    const { code, stderr } = await inHome("out", "--once", "--json");
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^eigenscope: checkpoint-2: not complete: .*\n$/)]);
  });

  it("is ended by Ctrl-C with exit code 0, and goes on from there", async () => {
    await save(1);
    const first = started("out", "--json", "--interval", "0.1");
    await until(() => first.text.stdout.includes("\n"));
    await save(2);
    await until(() => first.text.stdout.split("\n").length > 2);
    first.child.kill("SIGINT");
    expect(await once(first.child, "close")).toEqual([0, null]);
    expect(first.text.stderr).toBe(
      "eigenscope: watching; the record is in out/eigenscope-watch; Ctrl-C stops\neigenscope: stopped\n",
    );
    await save(3);
    const { stdout } = await inHome("out", "--once", "--json");
    expect(parsed(stdout).map(({ step, solved, reused }) => [step, solved, reused])).toEqual([[3, 2, 2]]);
    const done = (await recordOf(join(home, "out", "eigenscope-watch"))).checkpoints.map(({ state }) => state);
    expect(done).toEqual(["done", "done", "done"]);
  });

  it("serves the application beside it: the session has the training", async () => {
    await save(1);
    const { text } = started("out", "--serve", "--port", "0", "--json");
    await until(() => text.stderr.includes("live at") && text.stdout.includes("\n"));
    const address = new URL(/live at (\S+)/.exec(text.stderr)?.[1] ?? "");
    const port = Number(address.port);
    const { headers } = await asked(port, `/${address.search}`);
    const cookie = String(headers["set-cookie"]?.[0]).split(";")[0];
    const { text: session } = await asked(port, "/api/session", { headers: { cookie } });
    expect(JSON.parse(session)).toMatchObject({ kind: "run", entries: [{ id: ".", kind: "watch" }] });
  });
});
