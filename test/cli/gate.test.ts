import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { safetensorsWith } from "../formats/build-safetensors.js";
import { BUILT } from "./eigenscope-process.js";
import { manyCommands } from "./many-commands.js";

const EXAMPLE = fileURLToPath(new URL("../../examples/digits_b4.safetensors", import.meta.url));
const run = manyCommands();
const eigenscope = (...args: string[]) => run(args);

describe.skipIf(!BUILT)("--fail-on", () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eigenscope-gate-"));
    const normal = normalSampler(createRng(5));
    const values = Float64Array.from({ length: 80 * 40 }, normal);
    const model = (change: (value: number, k: number) => number) =>
      safetensorsWith({
        "fc.weight": { shape: [80, 40], values: values.map(change) },
        "head.weight": { shape: [40, 20], values: values.slice(0, 800) },
      });
    await writeFile(
      at("a.safetensors"),
      model((value) => value),
    );
    await writeFile(
      at("moved.safetensors"),
      model((value, k) => value + (k % 40 === 0 ? 5 : 0)),
    );
    await writeFile(
      at("grown.safetensors"),
      safetensorsWith({
        "fc.weight": { shape: [80, 40], values },
        "new.weight": { shape: [40, 20], values: values.slice(0, 800) },
      }),
    );
    await writeFile(
      at("broken.safetensors"),
      model((value, k) => (k === 7 ? Number.NaN : value)),
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("exits 1 where a rule holds, and lists the layers on stderr", async () => {
    const { code, stdout, stderr } = await eigenscope("analyze", EXAMPLE, "--fail-on", 'phase == "bulk+spikes"');
    expect(code).toBe(1);
    expect(stdout).toContain("answer      No layer needs a look.");
    expect(stderr).toBe('eigenscope: failed: phase == "bulk+spikes" (holds for 1 layer)\n  2: phase bulk+spikes\n');
  });

  it("exits 0 where none holds, and 1 where one of several does", async () => {
    const passing = ["--fail-on", "alpha_valid and alpha < 2"];
    const passed = await eigenscope("analyze", EXAMPLE, "--quiet", ...passing);
    expect([passed.code, passed.stderr]).toEqual([0, "eigenscope: passed: the rule holds for none of 3 layers\n"]);
    expect((await eigenscope("analyze", EXAMPLE, "--quiet", ...passing, "--fail-on", "M > 9")).code).toBe(1);
  });

  it.each([
    ["alpha <", "found the end"],
    ["alhpa < 2", "did you mean alpha?"],
    ["compare.alpha > 1", "needs eigenscope compare, or analyze --baseline"],
    ["was(alpha, 1) > 2", "which only eigenscope watch has"],
    ["rand_num_spikes > 2", "rand_num_spikes"],
  ])("exits 2 before any work for %s", async (rule, reason) => {
    const { code, stdout, stderr } = await eigenscope("analyze", at("absent.safetensors"), "--fail-on", rule);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(reason);
  });

  it("exits 4 where layers failed and no rule holds for the others, else 1", async () => {
    const rule = (text: string) => eigenscope("analyze", at("broken.safetensors"), "--quiet", "--fail-on", text);
    expect((await rule("M > 99")).code).toBe(4);
    expect((await rule("M == 20")).code).toBe(1);
  });

  it("writes JUnit, SARIF and Markdown, and names them", async () => {
    const files = { junit: at("gate.xml"), sarif: at("gate.sarif"), markdown: at("gate.md") };
    const flags = Object.entries(files).flatMap(([name, path]) => [`--${name}`, path]);
    const { code, stderr } = await eigenscope("analyze", EXAMPLE, "--fail-on", "M > 200", ...flags);
    expect(code).toBe(1);
    expect(stderr).toContain(`eigenscope: wrote ${Object.values(files).join(", ")}\n`);
    expect(await readFile(files.junit, "utf8")).toContain('<failure message="M 256"');
    expect(JSON.parse(await readFile(files.sarif, "utf8")).runs[0].results[0].ruleId).toBe("M > 200");
    expect(await readFile(files.markdown, "utf8")).toContain("No layer needs a look");
  });

  it("writes the summary of a report without any rule, but no list of rules", async () => {
    const summary = await eigenscope("analyze", EXAMPLE, "--quiet", "--markdown", at("only.md"));
    expect([summary.code, summary.stderr]).toEqual([0, ""]);
    const { code, stderr } = await eigenscope("analyze", EXAMPLE, "--junit", at("x.xml"));
    expect([code, stderr]).toEqual([2, 'eigenscope: --junit needs at least one --fail-on "<rule>"\n']);
  });

  it("never writes over an input", async () => {
    const before = await readFile(at("a.safetensors"));
    const over = await eigenscope("analyze", at("a.safetensors"), "--fail-on", "M > 1", "--sarif", at("a.safetensors"));
    expect(over.code).toBe(2);
    expect(await readFile(at("a.safetensors"))).toEqual(before);
    const rules = ["--fail-on", "M > 1"];
    const twice = await eigenscope("analyze", EXAMPLE, ...rules, "--sarif", at("one"), "--junit", at("one"));
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining("given for two outputs")]);
  });

  it("compares with an earlier report", async () => {
    const base = at("base.json");
    await eigenscope("analyze", at("a.safetensors"), "--quiet", "--json", base);
    const against = (model: string, rule: string) =>
      eigenscope("analyze", model, "--quiet", "--baseline", base, "--fail-on", rule);
    const same = await against(at("a.safetensors"), 'compare.status == "changed"');
    expect([same.code, same.stderr]).toEqual([0, expect.stringContaining("passed")]);
    const moved = await against(at("moved.safetensors"), "compare.lambda_max > 10");
    expect([moved.code, moved.stderr]).toEqual([1, expect.stringContaining("fc: compare.lambda_max ")]);
    const weights = await against(at("moved.safetensors"), "compare.relative_change > 0.1");
    expect([weights.code, weights.stderr]).toEqual([2, expect.stringContaining("use eigenscope compare")]);
    const stranger = await eigenscope("analyze", EXAMPLE, "--baseline", base, "--fail-on", "M > 999");
    expect([stranger.code, stranger.stderr]).toEqual([2, expect.stringContaining("--baseline is of another model")]);
    const grown = await against(at("grown.safetensors"), "M > 999");
    expect([grown.code, grown.stderr]).toEqual([
      0,
      expect.stringContaining("1 of 2 layers are not in the baseline: new"),
    ]);
    const over = await eigenscope("analyze", EXAMPLE, "--baseline", base, "--fail-on", "M > 9", "--json", base);
    expect([over.code, over.stderr]).toEqual([2, expect.stringContaining("is the input")]);
  });

  it.each(["absent.json", "."])("exits 3 for a baseline that cannot be read: %s", async (name) => {
    const { code, stderr } = await eigenscope("analyze", EXAMPLE, "--baseline", at(name), "--fail-on", "M > 9");
    expect([code, stderr]).toEqual([3, expect.stringContaining("the file of --baseline cannot be read")]);
  });

  it("refuses a text that the column can never hold", async () => {
    const { code, stderr } = await eigenscope("analyze", EXAMPLE, "--fail-on", 'phase == "rank-colapse"');
    expect([code, stderr]).toEqual([2, expect.stringContaining('did you mean "rank-collapse"?')]);
  });

  it.each([
    ["not JSON", "{", "is not JSON"],
    ["no report", "[1]", "is not a report of eigenscope"],
    ["null", "null", "is not a report of eigenscope"],
    ["layers without names", '{"schemaVersion":"2.0.0","layers":[{}]}', "is not a report of eigenscope"],
    ["an older version", '{"schemaVersion":"1.0.0","layers":[]}', "has version 1.0.0 of the report"],
  ])("exits 3 for a baseline that is %s", async (_, text, reason) => {
    await writeFile(at("bad.json"), text);
    const { code, stderr } = await eigenscope("analyze", EXAMPLE, "--baseline", at("bad.json"), "--fail-on", "M > 9");
    expect(code).toBe(3);
    expect(stderr).toContain(reason);
    expect(stderr).toContain("--baseline wants what analyze --json has written");
  });

  it("takes reports of one's own models into the reference values", async () => {
    const own = at("own.json");
    await eigenscope("analyze", at("a.safetensors"), "--quiet", "--json", own);
    const report = async (...more: string[]) =>
      JSON.parse((await eigenscope("analyze", EXAMPLE, "--json", "-", ...more)).stdout);
    const [plain, extended] = [await report(), await report("--atlas", own, "--atlas", own)];
    expect(extended.reference.networks).toHaveLength(plain.reference.networks.length + 2);
    expect(extended.reference.networks.at(-1)).toEqual({ name: at("a.safetensors"), layers: 2 });
    expect(extended.layers).toEqual(plain.layers);
    const refused = await eigenscope("analyze", EXAMPLE, "--atlas", at("a.safetensors"));
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining("--atlas wants what analyze --json")]);
  });

  it("asks pairs of two models", async () => {
    const pair = (rule: string) =>
      eigenscope("compare", at("a.safetensors"), at("moved.safetensors"), "--quiet", "--fail-on", rule);
    const moved = await pair("compare.relative_change > 0.1");
    expect([moved.code, moved.stderr]).toEqual([1, expect.stringContaining("(holds for 1 layer)\n  fc: ")]);
    expect((await pair("compare.relative_change > 99")).code).toBe(0);
    expect((await pair("compare.relativ_change > 99")).code).toBe(2);
  });

  it("asks a kept run", async () => {
    const kept = at("run");
    const shard = await eigenscope("analyze", EXAMPLE, "--run", kept, "--shard", "1/2", "--fail-on", "M > 9");
    expect([shard.code, shard.stderr]).toEqual([2, expect.stringContaining("give --fail-on to: eigenscope report")]);
    expect((await eigenscope("analyze", EXAMPLE, "--quiet", "--run", kept)).code).toBe(0);
    expect((await eigenscope("report", kept, "--quiet", "--fail-on", "M > 200")).code).toBe(1);
    expect((await eigenscope("report", kept, "--quiet", "--fail-on", "M > 999")).code).toBe(0);
    expect((await eigenscope("report", kept, "--quiet", "--fail-on", "M >")).code).toBe(2);
  });
});
