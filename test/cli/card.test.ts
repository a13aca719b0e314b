import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUILT } from "./eigenscope-process.js";
import { manyCommands } from "./many-commands.js";

const EXAMPLE = fileURLToPath(new URL("../../examples/digits_b4.safetensors", import.meta.url));
const run = manyCommands();

describe.skipIf(!BUILT)("--card", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eigenscope-card-"));
    await copyFile(EXAMPLE, join(folder, "net.safetensors"));
    await run(["analyze", "net.safetensors", "-q", "--json", "report.json", "--run", "run", "--card", "a.md"], folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const text = (name: string): Promise<string> => readFile(join(folder, name), "utf8");

  it("writes the same from the weights, from a run and from a JSON report", async () => {
    expect((await run(["report", "run", "-q", "--card", "b.md"], folder)).code).toBe(0);
    const { code, stderr } = await run(["report", "report.json", "--card", "c.md"], folder);
    expect([code, stderr]).toEqual([0, "eigenscope: wrote c.md\n"]);
    const card = await text("a.md");
    expect(card).toContain("No layer needs a look.");
    expect(card).toContain("\neigenscope analyze net.safetensors\n");
    expect([await text("b.md"), await text("c.md")]).toEqual([card, card]);
  });

  it("comes with the other outputs of a JSON report, and with rules", async () => {
    const args = ["report", "report.json", "-q", "--csv", "rows.csv", "--fail-on", "M > 60"];
    expect((await run(args, folder)).code).toBe(1);
    expect((await text("rows.csv")).split("\n")[0]).toContain("layer_id");
    const table = await run(["report", "report.json"], folder);
    expect([table.code, table.stdout.split("\n")[0]]).toEqual([0, expect.stringMatching(/^layer +shape/)]);
  });

  it.each([
    [["report.json", "--html", "x.html"], 2, "--html needs the spectra"],
    [["report.json", "--plots", "plots"], 2, "--plots needs the spectra"],
    [["report.json", "--save-eigenvalues", "values"], 2, "--save-eigenvalues needs the spectra"],
    [["report.json", "run", "--card", "x.md"], 2, "a JSON report is whole by itself"],
    [["report.json", "--card", "report.json"], 2, "report.json"],
    [["net.safetensors", "--card", "x.md"], 3, "is not JSON"],
    [["run", "--card", "run/x.md"], 2, "lies in the run's own folder"],
    [["nothing", "--card", "x.md"], 3, "nothing"],
  ])("report %j ends with %i and a sentence", async (args, code, words) => {
    const ended = await run(["report", ...args], folder);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toContain(words);
  });

  it("does not replace the weights", async () => {
    const { code, stderr } = await run(["analyze", "net.safetensors", "--card", "net.safetensors"], folder);
    expect([code, stderr]).toEqual([2, expect.stringContaining("net.safetensors")]);
  });
});
