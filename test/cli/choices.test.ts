import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MIN_MEMORY_BYTES } from "#eigenscope/analysis/options.js";
import { safetensorsWith } from "../formats/build-safetensors.js";
import { fixture } from "../formats/files-in-memory.js";
import { npy } from "../ram-files.js";
import { BUILT } from "./eigenscope-process.js";
import { manyCommands } from "./many-commands.js";

const values = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => Math.sin(i * i));
const matrix = (name: string) => ({ [`${name}.weight`]: { shape: [40, 30], values: values(1200) } });

let folder: string;
const command = manyCommands();
const run = (args: string) => command(args.split(" "), folder);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eigenscope-choices-"));
  const files: Record<string, Uint8Array> = {
    "m.safetensors": safetensorsWith({
      ...matrix("fc"),
      "fc.bias": { shape: [40], values: values(40) },
      ...matrix("head"),
    }),
    "b.safetensors": safetensorsWith(matrix("other")),
    "small.safetensors": safetensorsWith({
      "norm.bias": { shape: [40], values: values(40) },
      ...Object.fromEntries([1, 2, 3, 4, 5].map((k) => [`fc${k}.weight`, { shape: [20, 4], values: values(80) }])),
    }),
    "empty.safetensors": safetensorsWith({}),
    "exported.pt2": fixture("exp.pt2"),
    "checkpoint.pt": fixture("ckpt.pth"),
    "w.npy": npy({ values: values(1200), shape: [40, 30] }),
    "folder/w.npy": npy({ values: values(1200), shape: [40, 30] }),
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), content);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(!BUILT)("a choice that matches nothing is wrong usage", () => {
  const unmatched = (option: string, glob: string): RegExp =>
    new RegExp(
      `^eigenscope: option ${option}: "${glob}" matches no layer and no tensor; names here are ` +
        `"\\w+.*\\("eigenscope describe" lists all\\)\\n$`,
    );
  it("but not that of a layer too small to be analysed, with or without its .weight", async () => {
    for (const option of ["--layers", "--exclude"]) {
      const { code, stderr } = await run(`analyze m.safetensors --min-eigenvalues 31 ${option} fc`);
      expect([code, stderr]).toEqual([3, expect.not.stringContaining("matches no layer")]);
      expect((await run(`describe m.safetensors --min-eigenvalues 31 ${option} fc.weight`)).stderr).not.toContain(
        "matches no layer",
      );
    }
  });

  const notNested = (what: string): string =>
    `eigenscope: option root: found "model", but a ${what} is not nested: it has no parts to choose from; ` +
    "leave it out\n";

  it.each([
    ["analyze m.safetensors --layers typo", unmatched("layers", "typo")],
    ["analyze m.safetensors --layers fc,typo", unmatched("layers", "typo")],
    ["analyze m.safetensors --exclude typo", unmatched("exclude", "typo")],
    ["describe m.safetensors --layers typo", unmatched("layers", "typo")],
    ["compare m.safetensors m.safetensors --exclude typo", unmatched("exclude", "typo")],
    ["analyze m.safetensors --layers typo", /names here are (?:"fc.bias", )?"fc", /],
    ["analyze m.safetensors --layers ,", /Expected patterns such as/],
    ["analyze m.safetensors --root model", notNested("safetensors file")],
    ["analyze folder --root model", notNested("npy file")],
    [
      "describe exported.pt2 --root model",
      'eigenscope: option root: found "model", but an exported program (.pt2) is not nested: it has no parts ' +
        "to choose from; leave it out\n",
    ],
    ["describe checkpoint.pt --root nothing", /option root: checkpoint\.pt has no part called "nothing"; it holds /],
    [
      "analyze m.safetensors --memory 1",
      new RegExp(`found 1, expected ${MIN_MEMORY_BYTES} \\(\\d+K\\) bytes or more, which the smallest matrix needs`),
    ],
    [`compare m.safetensors m.safetensors --memory ${MIN_MEMORY_BYTES - 1}`, /option memory/],
  ])("%s", async (args, says) => {
    const { code, stdout, stderr } = await run(args);
    if (typeof says === "string") expect(stderr).toBe(says);
    else expect(stderr).toMatch(says);
    expect([code, stdout]).toEqual([2, ""]);
  });

  it.each([
    `analyze w.npy -q --memory ${MIN_MEMORY_BYTES}`,
    "analyze m.safetensors -q --layers fc.weight --exclude *.bias",
    "analyze checkpoint.pt -q --root state_dict --min-eigenvalues 1",
    "describe m.safetensors --no-progress",
  ])("and one that matches is not: %s", async (args) => {
    expect(await run(args)).toMatchObject({ code: 0, stderr: "" });
  });

  it("nor is the name of a layer that is left out for another reason: fc1 of the tensor fc1.weight", async () => {
    const { code, stderr } = await run("analyze small.safetensors --layers fc1");
    expect([code, stderr]).toEqual([3, expect.stringContaining("4 eigenvalues, fewer than 10")]);
  });

  it("in a comparison a pattern may match in one of the models only", async () => {
    expect((await run("describe b.safetensors --layers other")).code).toBe(0);
    const { stderr } = await run("compare m.safetensors b.safetensors --layers fc,other");
    expect(stderr).not.toContain("matches no layer");
  });
});

describe.skipIf(!BUILT)("where no layer is analysed", () => {
  const SMALL = `eigenscope: small.safetensors: no layer was analysed; 6 tensors were skipped:
  a bias, not a weight matrix:
    norm.bias (40)
  4 eigenvalues, fewer than 10 (--min-eigenvalues):
    fc1.weight (20x4), fc2.weight (20x4), fc3.weight (20x4) and 2 more
`;

  it("the reasons are told in groups, and the exit code is that of an input that cannot be used", async () => {
    expect(await run("analyze small.safetensors")).toEqual({ code: 3, stdout: "", stderr: SMALL });
    expect(await run("analyze small.safetensors -q")).toEqual({ code: 3, stdout: "", stderr: SMALL });
    const { code, stderr } = await run("analyze empty.safetensors");
    expect([code, stderr]).toEqual([3, "eigenscope: empty.safetensors: no layer was analysed; it holds no tensors\n"]);
  });

  it("the outputs that were asked for are written all the same", async () => {
    const { code, stdout, stderr } = await run("analyze small.safetensors --csv r.csv --json");
    expect([code, JSON.parse(stdout).skipped.length]).toEqual([3, 6]);
    expect(stderr).toBe(`eigenscope: wrote r.csv\n${SMALL}`);
    expect(await readFile(join(folder, "r.csv"), "utf8")).toMatch(/^layer_id,name,[^\n]+\n$/);
  });

  it("because of a choice that matches tensors which are no weights, that is the reason", async () => {
    const { code, stderr } = await run("analyze m.safetensors --layers *.bias");
    expect(code).toBe(3);
    expect(stderr).toContain(
      "3 tensors were skipped:\n" +
        "  not selected by --layers:\n" +
        "    fc.weight (40x30), head.weight (40x30)\n" +
        "  a bias",
    );
  });
});

describe.skipIf(!BUILT)("more paths than a command takes", () => {
  it.each([
    ["analyze m.safetensors b.safetensors", /one model, but 2 paths were given \(m\.safetensors, b\.safetensors\)/],
    [
      "describe m.safetensors b.safetensors w.npy folder",
      /one model, but 4 paths were given \(m\.safetensors, b\.safetensors, w\.npy, \.\.\.\)/,
    ],
    ["compare m.safetensors b.safetensors w.npy", /two models, but 3 paths were given/],
  ])("get the sentence that says how several files are named: %s", async (args, says) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr.replaceAll("\n", " ")).toMatch(says);
    expect(stderr.replaceAll("\n", " ")).toMatch(
      /give their folder, or put a glob in quotes, so that the shell does not expand it/,
    );
    expect(stderr.includes("eigenscope compare m.safetensors b.safetensors")).toBe(
      args === "analyze m.safetensors b.safetensors",
    );
  });
});
