import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { BUILT, type Ended, MAIN } from "./eigenscope-process.js";

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const EXAMPLE = at("examples/digits_b4.safetensors");
const COMMAND = `${process.execPath} ${MAIN}`;

function bash(args: readonly string[], env: NodeJS.ProcessEnv, cwd?: string): Promise<Ended> {
  const options = { cwd, env: { PATH: process.env.PATH, HOME: "/nonexistent", EIGENSCOPE_NATIVE: "off", ...env } };
  return new Promise((resolve) => {
    execFile("bash", args, options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : null, stdout, stderr }),
    );
  });
}

describe.skipIf(!BUILT || !existsSync("/bin/bash"))("the GitHub Action", () => {
  let folder: string;
  let step: { run: string; env: Record<string, string>; shell: string };
  let defaults: Record<string, { default?: string }>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eigenscope-action-"));
    const action = parse(await readFile(at("action.yml"), "utf8"));
    step = action.runs.steps[0];
    defaults = action.inputs;
    expect([action.runs.using, action.runs.steps.length, step.shell]).toEqual(["composite", 1, "bash"]);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** The step as GitHub runs it: inputs through its environment, `bash -e -o pipefail` on its text. */
  async function act(
    name: string,
    inputs: Record<string, string>,
  ): Promise<Ended & { summary: string; outputs: string }> {
    const values = { command: COMMAND, report: join(folder, name), ...inputs };
    const input = (key: string): string => (values as Record<string, string>)[key] ?? defaults[key].default ?? "";
    const env = Object.fromEntries(
      Object.entries(step.env).map(([key, text]) => [
        key,
        text.replace(/^\$\{\{ inputs\.(\S+) \}\}$/, (_, which) => input(which)),
      ]),
    );
    const [summary, outputs, script] = ["summary", "output", "sh"].map((kind) => join(folder, `${name}.${kind}`));
    await writeFile(summary, "before\n");
    await writeFile(outputs, "");
    await writeFile(script, step.run);
    const ended = await bash(
      ["--noprofile", "--norc", "-e", "-o", "pipefail", script],
      { ...env, GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: outputs },
      folder,
    );
    return { ...ended, summary: await readFile(summary, "utf8"), outputs: await readFile(outputs, "utf8") };
  }

  it("passes by its own rule, and appends the answer to the step's summary", async () => {
    const { code, summary, outputs } = await act("pass", { path: EXAMPLE });
    expect(code).toBe(0);
    expect(summary).toMatch(/^before\n### eigenscope: .* passed\n/);
    const files = Object.fromEntries(
      outputs
        .trim()
        .split("\n")
        .map((line) => line.split("=")),
    );
    expect(Object.keys(files)).toEqual(["report", "sarif", "junit"]);
    expect(JSON.parse(await readFile(files.report, "utf8")).layers).toHaveLength(3);
    expect(JSON.parse(await readFile(files.sarif, "utf8")).runs[0].results).toEqual([]);
    expect(await readFile(files.junit, "utf8")).toContain('failures="0"');
  });

  it("fails where one of several rules holds, quotes and blanks in it, with its files written", async () => {
    const { code, stderr, summary, outputs } = await act("fail", {
      path: EXAMPLE,
      "fail-on": 'alpha_valid and alpha < 2\n\n  phase == "bulk+spikes"\n',
    });
    expect(code).toBe(1);
    expect(stderr).toContain('failed:   phase == "bulk+spikes"');
    expect(summary).toContain("failed");
    const sarif = /^sarif=(.*)$/m.exec(outputs)?.[1] as string;
    expect(JSON.parse(await readFile(sarif, "utf8")).runs[0].results).toHaveLength(1);
  });

  it("takes a baseline, and no rule at all", async () => {
    const base = join(folder, "pass", "report.json");
    const changed = await act("base", { path: EXAMPLE, baseline: base, "fail-on": "compare.norm != 0" });
    expect([changed.code, changed.summary]).toEqual([0, expect.stringContaining("no rule holds")]);
    const none = await act("none", { path: EXAMPLE, "fail-on": "" });
    expect([none.code, existsSync(join(folder, "none", "gate.xml"))]).toEqual([0, false]);
  });

  it("exits as eigenscope does for a file that is not there, and runs nothing of an input's text", async () => {
    const absent = await act("absent", { path: "$(touch pwned); `touch pwned`", "fail-on": "$(touch pwned)" });
    expect(absent.code).toBe(2);
    expect(existsSync(join(folder, "pwned"))).toBe(false);
    const gone = await act("gone", { path: join(folder, "no.safetensors") });
    // It names only the files that it wrote: a later step would fail on the others.
    expect([gone.code, gone.outputs]).toEqual([3, ""]);
  });
});

describe.skipIf(!BUILT || !existsSync("/bin/bash"))("the pre-commit hook", () => {
  const hook = (args: readonly string[]): Promise<Ended> =>
    bash([at("hooks/gate-files.sh"), ...args], { EIGENSCOPE: COMMAND });

  it("is described for pre-commit, with a default rule and the separator", async () => {
    const [described] = parse(await readFile(at(".pre-commit-hooks.yaml"), "utf8"));
    expect([described.id, described.language, described.entry]).toEqual([
      "eigenscope",
      "script",
      "hooks/gate-files.sh",
    ]);
    expect(described.args.at(-1)).toBe("--");
    const files = new RegExp(described.files);
    expect(["a.safetensors", "x/model.pt", "b.gguf"].every((name) => files.test(name))).toBe(true);
    expect(["a.py", "safetensors", "a.safetensors.txt"].some((name) => files.test(name))).toBe(false);
    expect((await hook([...described.args, EXAMPLE])).code).toBe(0);
  });

  it("fails where the rule holds for any file, with 1 rather than another code", async () => {
    expect((await hook(["--fail-on", "M > 999", "--", EXAMPLE, EXAMPLE])).code).toBe(0);
    const failed = await hook(["--fail-on", "M > 200", "--", at("no.safetensors"), EXAMPLE, at("no.pt")]);
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining("M 256")]);
    expect((await hook(["--fail-on", "M > 999", "--", at("no.safetensors"), EXAMPLE])).code).toBe(3);
  });

  it("says what is wrong with its own call", async () => {
    const unseparated = await hook(["--fail-on", "M > 9", EXAMPLE]);
    expect([unseparated.code, unseparated.stderr]).toEqual([2, expect.stringContaining("end the hook's args with --")]);
    const absent = await bash([at("hooks/gate-files.sh"), "--", EXAMPLE], { PATH: "/usr/bin:/bin" }, tmpdir());
    if (!existsSync("/usr/bin/npx"))
      expect([absent.code, absent.stderr]).toEqual([2, expect.stringContaining("npm install -g eigenscope")]);
  });
});
