import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { safetensorsWith } from "../formats/build-safetensors.js";
import { BUILT } from "./eigenscope-process.js";
import { manyCommands } from "./many-commands.js";

const EXAMPLE = fileURLToPath(new URL("../../examples/digits_b4.safetensors", import.meta.url));
const run = manyCommands();
const eigenscope = (...args: string[]) => run(args);

const schemaAt = async (name: string) =>
  JSON.parse(await readFile(new URL(`../../schema/${name}`, import.meta.url), "utf8"));

describe.skipIf(!BUILT)("eigenscope compare", () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eigenscope-compare-"));
    const normal = normalSampler(createRng(3));
    const base = Float64Array.from({ length: 80 * 40 }, normal);
    const model = (change: (value: number, k: number) => number) =>
      safetensorsWith({
        "fc.weight": { shape: [80, 40], values: base.map(change) },
        "head.weight": { shape: [40, 20], values: base.slice(0, 800) },
      });
    await writeFile(
      at("a.safetensors"),
      model((value) => value),
    );
    await writeFile(
      at("b.safetensors"),
      model((value, k) => value + (k % 2 === 0 ? 0.3 : -0.3)),
    );
    await writeFile(
      at("broken.safetensors"),
      model((value, k) => (k === 7 ? Number.NaN : value)),
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("exits 3 where no layer has a partner, naming what each model holds, before any work", async () => {
    await writeFile(
      at("stranger.safetensors"),
      safetensorsWith({ "other.weight": { shape: [12, 12], values: new Float32Array(144) } }),
    );
    const { code, stdout, stderr } = await eigenscope("compare", at("a.safetensors"), at("stranger.safetensors"));
    expect(code).toBe(3);
    expect(stdout).toBe("");
    expect(stderr).toContain('no layer of A has a partner in B: A holds 2 layers such as "fc"');
  });

  it("writes a page, never over an input, and checks its place before any work", async () => {
    const [a, b] = [at("a.safetensors"), at("b.safetensors")];
    const { code, stdout, stderr } = await eigenscope("compare", a, b, "--html", at("c.html"), "-q");
    expect([code, stdout, stderr]).toEqual([0, "", ""]);
    const page = await readFile(at("c.html"), "utf8");
    expect(page).toContain("<!doctype html>");
    expect(page.match(/<tr[^>]* id="pair-\d+"/g)).toHaveLength(2);
    for (const [target, reason] of [
      [b, "is the input"],
      [at("no/such/c.html"), "does not exist or is not writable"],
    ]) {
      const refused = await eigenscope("compare", a, b, "--html", target);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain(reason);
    }
    const told = await eigenscope("compare", a, b, "--html", at("c.html"), "--json", at("c.json"));
    expect(told.stderr).toContain(`wrote ${at("c.json")}, ${at("c.html")}`);
  });

  it("prints a table in 80 columns, what is unchanged, and nothing on stderr", async () => {
    const { code, stdout, stderr } = await eigenscope("compare", at("a.safetensors"), at("b.safetensors"));
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^A low-rank change of rank 1 in 1 of 2 layers; 1 of 2 layers unchanged\.\n\n/);
    expect(stdout).toMatch(/^fc +low-rank .*%.* -> .*rank-collapse +1$/m);
    expect(stdout).toMatch(/^head +unchanged$/m);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("writes JSON that is valid by its schema, to stdout or to a file, whichever place the option has", async () => {
    const validate = new Ajv({ allErrors: true })
      .addSchema(await schemaAt("report.schema.json"))
      .compile(await schemaAt("compare.schema.json"));
    const { code, stdout } = await eigenscope("compare", at("a.safetensors"), "--json", at("b.safetensors"));
    expect(code).toBe(0);
    validate(JSON.parse(stdout));
    expect(validate.errors).toBeNull();
    const file = await eigenscope("compare", at("a.safetensors"), at("b.safetensors"), "-q", "--json", at("c.json"));
    expect(file).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(JSON.parse(await readFile(at("c.json"), "utf8"))).toEqual(JSON.parse(stdout));
  });

  it.each([
    [[], 2, "no path was given"],
    [["a.safetensors"], 2, "only one path was given"],
    [["a.safetensors", "missing.safetensors"], 3, "missing.safetensors"],
    [["a.safetensors", "b.safetensors", "--json", "a.safetensors"], 2, "is the input"],
    [["a.safetensors", "b.safetensors", "--json", "b.safetensors"], 2, "is the input"],
    [["a.safetensors", "broken.safetensors"], 4, ""],
  ])("ends %j with %d", async (names, expected, sentence) => {
    const { code, stderr } = await eigenscope(
      "compare",
      ...names.map((name) => (name.startsWith("--") ? name : at(name))),
    );
    expect(code).toBe(expected);
    expect(stderr).toContain(sentence);
  });
});

describe.skipIf(!BUILT)("eigenscope explain", () => {
  it("tells what a column is", async () => {
    const { code, stdout } = await eigenscope("explain", "stable_rank");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^stable_rank\n.*formula +sum lambda_i\/lambda_max\n.*source +\[MM19\]/s);
  });

  it("lists all without a name", async () => {
    const { code, stdout } = await eigenscope("explain");
    expect(code).toBe(0);
    expect(stdout).toContain("correlation_traps");
  });

  it("suggests the nearest names for one that it does not know, and ends with 2", async () => {
    const { code, stdout, stderr } = await eigenscope("explain", "lambda_plsu");
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain('reports have no column or word "lambda_plsu"; did you mean lambda_plus');
  });
});

describe.skipIf(!BUILT)("eigenscope analyze with optional columns", () => {
  it("writes them to JSON that is valid by the schema, and to CSV in the same order", async () => {
    const options = ["analyze", EXAMPLE, "--weightwatcher", "--randomize", "2", "--vectors"];
    const [json, csv] = await Promise.all([eigenscope(...options, "--json"), eigenscope(...options, "--csv")]);
    const report = JSON.parse(json.stdout);
    const validate = new Ajv({ allErrors: true }).compile(await schemaAt("report.schema.json"));
    validate(report);
    expect(validate.errors).toBeNull();
    expect(report.options).toMatchObject({ randomize: 2, weightwatcher: true, vectors: true });
    expect(csv.stdout.split("\n")[0].split(",")).toEqual(Object.keys(report.layers[0]));
    expect(report.layers[0]).toHaveProperty("tail_var_part_ratio");
  });
});
