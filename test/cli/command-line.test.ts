import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Ajv } from "ajv";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { BUILT, eigenscope, MAIN, shell } from "./eigenscope-process.js";
import { manyCommands } from "./many-commands.js";

const EXAMPLE = fileURLToPath(new URL("../../examples/digits_b4.safetensors", import.meta.url));
const SCHEMA = new URL("../../schema/report.schema.json", import.meta.url);

/** The environment of a process that is started here by itself. */
const QUIET_ENV = { PATH: process.env.PATH, HOME: "/nonexistent" };
const run = manyCommands();

/** A safetensors file of one f32 matrix a name. */
function safetensors(
  matrices: Readonly<
    Record<string, { readonly rows: number; readonly cols: number; readonly at: (i: number) => number }>
  >,
): Uint8Array {
  let offset = 0;
  const entries = Object.entries(matrices).map(([name, { rows, cols }]) => {
    const from = offset;
    offset += 4 * rows * cols;
    return [name, { dtype: "F32", shape: [rows, cols], data_offsets: [from, offset] }];
  });
  const text = JSON.stringify(Object.fromEntries(entries));
  const header = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const bytes = new Uint8Array(8 + header.length + offset);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  let at = 8 + header.length;
  for (const { rows, cols, at: value } of Object.values(matrices)) {
    for (let i = 0; i < rows * cols; i++, at += 4) view.setFloat32(at, value(i), true);
  }
  return bytes;
}

/** Reproducible values that look random: fractional parts of a quadratic sequence, centred. */
const scattered = (i: number): number => ((i * 0.6180339887 + i * i * 0.7548776662) % 1) - 0.5;

describe.skipIf(!BUILT)("the command line as a process", () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eigenscope-cli-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("prints table and summary in 80 columns, uncoloured into a pipe, and nothing on stderr", async () => {
    const { code, stdout, stderr } = await eigenscope(["analyze", EXAMPLE]);
    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^layer +shape +Q +alpha +index +spikes +soft +stable +phase +sure\n/);
    expect(stdout).toContain("W'W");
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).not.toContain("\u001b");
  });

  it("colours under FORCE_COLOR, and not under NO_COLOR or --no-color", async () => {
    const coloured = async (env: NodeJS.ProcessEnv, ...options: string[]): Promise<boolean> =>
      (await eigenscope(["analyze", at("small.safetensors"), "--jobs", "1", ...options], { env })).stdout.includes(
        "\u001b[",
      );
    await writeFile(at("small.safetensors"), safetensors({ "fc.weight": { rows: 12, cols: 10, at: scattered } }));
    onTestFinished(() => rm(at("small.safetensors")));
    expect(await coloured({ FORCE_COLOR: "1" })).toBe(true);
    expect(await coloured({ FORCE_COLOR: "1", NO_COLOR: "1" })).toBe(false);
    expect(await coloured({ FORCE_COLOR: "1" }, "--no-color")).toBe(false);
  });

  it("writes JSON that is valid by the schema, and CSV with the same fields and values", async () => {
    const json = await run(["analyze", EXAMPLE, "--json"]);
    const csv = await run(["analyze", "--csv", EXAMPLE]);
    const report = JSON.parse(json.stdout);
    const validate = new Ajv({ allErrors: true }).compile(JSON.parse(await readFile(SCHEMA, "utf8")));
    validate(report);
    expect(validate.errors).toBeNull();
    const [header, ...rows] = csv.stdout.trimEnd().split("\n");
    expect(header.split(",")).toEqual(Object.keys(report.layers[0]));
    expect(rows).toHaveLength(report.layers.length);
    expect(rows[0]).toContain(String(report.layers[0].lambda_max));
    expect(report.summary.skipped).toBe(3);
  });

  it("writes every file that was asked for, and under --quiet nothing else", async () => {
    const targets = ["r.json", "r.csv", "r.html", "ev"];
    const { code, stdout, stderr } = await run([
      "analyze",
      EXAMPLE,
      "-q",
      "--json",
      at("r.json"),
      "--csv",
      at("r.csv"),
      "--html",
      at("r.html"),
      "--save-eigenvalues",
      at("ev"),
    ]);
    expect([code, stdout, stderr]).toEqual([0, "", ""]);
    expect((await readdir(folder)).sort()).toEqual([...targets].sort());
    const report = JSON.parse(await readFile(at("r.json"), "utf8"));
    expect(await readdir(at("ev"))).toEqual(
      report.layers.map(
        ({ layer_id, name }: { layer_id: number; name: string }) => `${String(layer_id).padStart(4, "0")}_${name}.npy`,
      ),
    );
    const npy = await readFile(join(at("ev"), "0000_0.npy"));
    expect(npy.readDoubleLE(npy.length - 8)).toBe(report.layers[0].lambda_max);
    const page = await readFile(at("r.html"), "utf8");
    // Five numbers along the depth; per layer three of the spectrum, one of the decision where there was one, and one
    // of alpha against the start of the tail where a power law describes it.
    const decided = report.layers.filter(({ phase_path }: { phase_path: unknown[] }) => phase_path.length > 0).length;
    const heavy = report.layers.filter(({ alpha_valid }: { alpha_valid: boolean }) => alpha_valid).length;
    expect(page.match(/class="chart"/g)?.length).toBe(5 + 3 * report.layers.length + decided + heavy);
    expect(page).not.toMatch(/ src=|<link|@import|url\(/);
  });

  it("writes a picture of each spectrum, with its bulk, as SVG that any program draws", async () => {
    const plots = join(folder, "plots");
    const { code, stderr } = await run(["analyze", EXAMPLE, "--plots", plots]);
    expect([code, stderr]).toEqual([0, `eigenscope: wrote ${plots}\n`]);
    expect(await readdir(plots)).toEqual(["0000_0.svg", "0001_2.svg", "0002_4.svg"]);
    const svg = await readFile(join(plots, "0001_2.svg"), "utf8");
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" /);
    expect(svg).toContain("random bulk (Marchenko–Pastur)");
    expect(svg).not.toContain("var(--");
  });

  it("writes Parquet, a row per layer with the numbers of the JSON; report writes the same of a kept run", async () => {
    const [json, parquet, kept] = ["p.json", "p.parquet", "p-run"].map((name) => join(folder, name));
    const first = await run(["analyze", EXAMPLE, "-q", "--json", json, "--parquet", parquet, "--run", kept]);
    expect([first.code, first.stderr]).toEqual([0, ""]);
    const bytes = await readFile(parquet);
    const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
    const { layers } = JSON.parse(await readFile(json, "utf8"));
    expect(rows.map(({ name, lambda_max, phase }) => [name, lambda_max, phase])).toEqual(
      layers.map(({ name, lambda_max, phase }: Record<string, unknown>) => [name, lambda_max, phase]),
    );
    const { stderr } = await run(["report", kept, "--parquet", join(folder, "again.parquet")]);
    expect(stderr).toBe(`eigenscope: wrote ${join(folder, "again.parquet")}\n`);
    expect(await readFile(join(folder, "again.parquet"))).toEqual(bytes);
  });

  it("draws every layer with --html-all, which needs --html", async () => {
    const path = join(folder, "all.html");
    expect((await run(["analyze", EXAMPLE, "--quiet", "--html", path, "--html-all"])).code).toBe(0);
    expect((await readFile(path, "utf8")).match(/<article class="sheet"/g)?.length).toBeGreaterThan(0);
    const alone = await run(["analyze", EXAMPLE, "--html-all"]);
    expect(alone.code).toBe(2);
    expect(alone.stderr).toContain("--html-all says what --html draws; give --html a file too");
    const report = await run(["report", folder, "--html-all"]);
    expect([report.code, report.stderr]).toEqual([2, alone.stderr]);
  });

  it("writes pages with every sign as it is, as the library does", async () => {
    const path = join(folder, "signs.html");
    expect((await run(["analyze", EXAMPLE, "--quiet", "--html", path])).code).toBe(0);
    const page = await readFile(path, "utf8");
    expect(page).toContain("eigenvalues of W&#8242;W");
    expect(page).toContain("&#183; the phases are those of Martin and Mahoney");
    // What UTF-8 looks like that was read byte by byte.
    expect(page).not.toMatch(/&#19[45];&#1[2-9]\d;|&#226;&#128;/);
  });

  it("ends with 70 for a fault of its own, and says where the details are", async () => {
    const broken = `data:text/javascript,${encodeURIComponent('JSON.stringify=()=>{throw Error("boom")}')}`;
    const env = { ...QUIET_ENV, NODE_OPTIONS: `--import=${broken}` };
    const { code, stdout, stderr } = await eigenscope(["describe", EXAMPLE, "--json"], { env });
    expect([code, stdout]).toEqual([70, ""]);
    expect(stderr).toBe("eigenscope: unexpected error: boom (set EIGENSCOPE_DEBUG=1 for the details)\n");
  });

  it("says on stderr what it wrote", async () => {
    const { stdout, stderr } = await run(["analyze", EXAMPLE, "--csv", at("said.csv")]);
    expect(stdout).toMatch(/^layer /);
    expect(stderr).toBe(`eigenscope: wrote ${at("said.csv")}\n`);
  });

  it("ends well when a reader closes the pipe", async () => {
    const { code, stdout, stderr } = await shell(
      `set -o pipefail; "${process.execPath}" "${MAIN}" analyze "${EXAMPLE}" --json | head -1`,
    );
    expect([code, stdout, stderr]).toEqual([0, "{\n", ""]);
  });

  it("describes without computing", async () => {
    const { code, stdout } = await run(["describe", EXAMPLE]);
    expect(code).toBe(0);
    expect(stdout).toContain("3 layers to analyse");
    expect(JSON.parse((await run(["describe", EXAMPLE, "--json"])).stdout).layers).toHaveLength(3);
  });

  it("prints version and help", async () => {
    const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
    expect(await run(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
    const help = await run(["--help"]);
    expect([help.code, help.stderr]).toEqual([0, ""]);
    expect((await run([])).code).toBe(2);
  });

  it.each([
    [["analyze", "/no/such/model.safetensors"], 3, "no such file or folder"],
    [["describe", "/no/such/model.safetensors"], 3, "no such file or folder"],
    [["analyze", MAIN], 3, "main.js"],
    [["analyze"], 2, "no path was given"],
    [["analyze", EXAMPLE, "--jsn"], 2, "Did you mean --json?"],
    [["analyze", EXAMPLE, "--jobs", "none"], 2, "whole number"],
    [["analize", EXAMPLE], 2, "Did you mean analyze?"],
    [[EXAMPLE], 2, "to analyse it: eigenscope analyze"],
    [["analyze", EXAMPLE, "--html", "/no/such/folder/r.html"], 2, "does not exist or is not writable"],
    [["analyze", EXAMPLE, "--json", EXAMPLE], 2, "is the input"],
  ])("answers %j with code %d and a sentence on stderr", async (args, expected, sentence) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([expected, ""]);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/\n +at /);
  });

  it("answers 4 where a layer has no spectrum, and shows its reason and the other layers", async () => {
    const [rows, cols] = [40, 30];
    await writeFile(
      at("nan.safetensors"),
      safetensors({
        "good.weight": { rows, cols, at: scattered },
        "bad.weight": { rows, cols, at: (i) => (i === 5 ? Number.NaN : scattered(i)) },
        "zero.weight": { rows, cols, at: () => 0 },
      }),
    );
    const { code, stdout } = await run(["analyze", at("nan.safetensors")]);
    expect(code).toBe(4);
    expect(stdout).toMatch(/bad +40x30 +failed: 1 of 1200 weights are not finite/);
    expect(stdout).toMatch(/zero +40x30 +failed: all 1200 weights are zero/);
    expect(stdout).toMatch(/good +40x30 +1\.33/);
  });

  it("ends at once on Ctrl-C, with 130 and no half-written file", async () => {
    const side = 2500;
    await writeFile(
      at("large.safetensors"),
      safetensors({ "large.weight": { rows: side, cols: side, at: scattered } }),
    );
    await Promise.all(["r.json", "r.csv", "r.html"].map((name) => rm(at(name), { force: true })));
    // Tells when a worker got the layer: from then on it reads it, and is deep in the matrix for hours with the
    // reference engine.
    await writeFile(
      at("tell.mjs"),
      `import { isMainThread, Worker } from "node:worker_threads";
       const post = Worker.prototype.postMessage;
       Worker.prototype.postMessage = function (message, transfer) {
         post.call(this, message, transfer);
         if (isMainThread && message.kind === "call") process.send?.("working");
       };`,
    );
    const child: ChildProcess = spawn(
      process.execPath,
      [
        "--import",
        pathToFileURL(at("tell.mjs")).href,
        MAIN,
        "analyze",
        at("large.safetensors"),
        "--engine",
        "reference",
        "--json",
        at("late.json"),
        "--html",
        at("late.html"),
        "--save-eigenvalues",
        at("late"),
      ],
      { env: QUIET_ENV, stdio: ["ignore", "ignore", "pipe", "ipc"] },
    );
    onTestFinished(() => void child.kill("SIGKILL"));
    let stderr = "";
    child.stderr?.on("data", (text: Buffer) => {
      stderr += text;
    });
    await new Promise((resolve) => child.once("message", resolve));
    child.kill("SIGINT");
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect(code).toBe(130);
    expect(stderr).toBe("eigenscope: interrupted\n");
    expect((await readdir(folder)).filter((name) => name.startsWith("late") || name.endsWith(".tmp"))).toEqual([]);
  });

  it("loads no chart and no part of a page where no page is asked for", async () => {
    const log = at("loaded.log");
    await writeFile(
      at("trace.mjs"),
      `import { appendFileSync } from "node:fs";
       export async function resolve(specifier, context, next) {
         const found = await next(specifier, context);
         appendFileSync(${JSON.stringify(log)}, found.url + "\\n");
         return found;
       }`,
    );
    await writeFile(
      at("run.mjs"),
      `import { register } from "node:module";
       register(${JSON.stringify(pathToFileURL(at("trace.mjs")).href)});
       process.argv.splice(2, Infinity, "analyze", ${JSON.stringify(EXAMPLE)}, "-q");
       const { finished } = await import(${JSON.stringify(new URL("run.js", pathToFileURL(MAIN)).href)});
       await finished;`,
    );
    const { code } = await shell(`"${process.execPath}" "${at("run.mjs")}"`);
    const loaded = await readFile(log, "utf8");
    expect(code).toBe(0);
    expect(loaded).toContain("cli/analyze.js");
    expect(loaded).not.toMatch(/report\/(charts|page)\/|preact/);
  });
});
