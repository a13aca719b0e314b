import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { textWidth } from "#eigenscope/report/text-layout.js";
import { startServer } from "../remote/test-server.js";
import { calibrationOf } from "./a-calibration.js";
import { BUILT } from "./eigenscope-process.js";
import { manyCommands } from "./many-commands.js";

const EXAMPLE = fileURLToPath(new URL("../../examples/digits_b4.safetensors", import.meta.url));

describe.skipIf(!BUILT)("fleet plan", () => {
  const run = manyCommands();
  let folder: string;
  let calibration: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eigenscope-fleet-plan-"));
    calibration = join(folder, "worker.json");
    await writeFile(calibration, JSON.stringify(calibrationOf()));
    await writeFile(join(folder, "broken.safetensors"), "no model");
    await writeFile(join(folder, "later.json"), JSON.stringify({ ...calibrationOf(), format: 9 }));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const plan = (args: readonly string[]) => run(["fleet", "plan", ...args]);

  it("has the layers, bytes and operations of analyze --dry-run", async () => {
    const options = ["--randomize", "2", "--exclude", "4", "--precision", "f32"];
    const dry = JSON.parse((await run(["analyze", EXAMPLE, "--dry-run", "--json", ...options])).stdout);
    const { code, stdout, stderr } = await plan([EXAMPLE, "--calibration", calibration, "--json", ...options]);
    expect([code, stderr]).toEqual([0, ""]);
    const found = JSON.parse(stdout);
    const sum = (key: string): number =>
      dry.plan.layers.reduce((all: number, one: Record<string, number>) => all + one[key], 0);
    expect(found).toMatchObject({
      ...{ layers: dry.plan.layers.length, readBytes: dry.readBytes, operations: sum("work") },
      ...{ matrices: sum("rf"), workers: 1, jobs: 4, deadline: null, cost: null, unread: [], notEstimated: [] },
      bases: [{ engine: "wasm", target: null, kind: "carried", measured: true, slowness: 1 }],
    });
    // Three spectra instead of one.
    const plain = JSON.parse(
      (await plan([EXAMPLE, "--calibration", calibration, "--json", ...options.slice(2)])).stdout,
    );
    expect(found.operations).toBeCloseTo(3 * plain.operations, 3);
    expect(found.coreSeconds.expected).toBeGreaterThan(plain.coreSeconds.expected);
  });

  it("prints lines of at most 80 columns, and says what it rests on", async () => {
    const args = ["--workers", "3", "--deadline", "1", "--price-per-core-hour", "0.04", "--tails"];
    const { code, stdout } = await plan([EXAMPLE, "--calibration", calibration, ...args]);
    expect(code).toBe(0);
    for (const line of stdout.split("\n")) expect(textWidth(line)).toBeLessThanOrEqual(80);
    const text = stdout.replaceAll(/\s+/g, " ");
    expect(text).toContain("safetensors, 3 layers; 1 MiB to read; 4.95e7 operations by wasm;");
    expect(text).toMatch(/on 3 workers, 4 layers at once on each/);
    expect(text).toMatch(/deadline 1 worker ends within 1 h/);
    expect(text).toMatch(/cost .* for the core-hours at 0\.0400 each/);
    expect(text).toContain(
      "rests on wasm: sizes of the layers, and the calibration of another machine (--calibration)",
    );
    expect(text).toContain("not in it the fits of --tails");
    expect(text).toContain("Headers were read, and no weights.");
  });

  it("lists what cannot be read, with exit code 4 for some and 3 for all", async () => {
    const broken = join(folder, "broken.safetensors");
    const some = await plan([EXAMPLE, broken, "--calibration", calibration]);
    expect(some.code).toBe(4);
    expect(some.stdout.replaceAll(/\s+/g, "")).toContain(`${broken}:cannotbeplanned:`);
    const all = await plan([broken, join(folder, "absent.pt"), "--calibration", calibration, "--json"]);
    expect(all.code).toBe(3);
    expect(JSON.parse(all.stdout)).toMatchObject({ models: [], unread: [{ name: broken }, { reason: /.+/ }] });
    const none = await plan([EXAMPLE, "--min-eigenvalues", "9999", "--calibration", calibration]);
    expect([none.code, none.stdout.replaceAll(/\s+/g, " ")]).toEqual([
      3,
      expect.stringContaining("holds nothing to analyse"),
    ]);
  });

  it("says why a calibration is not used, and uses the table", async () => {
    const { code, stderr, stdout } = await plan([EXAMPLE, "--calibration", join(folder, "later.json"), "--json"]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^eigenscope: the calibration .*later\.json was written by a later version of eigenscope/);
    expect(JSON.parse(stdout).bases).toMatchObject([{ kind: "table", measured: true }]);
    const quiet = await plan([EXAMPLE, "--calibration", join(folder, "later.json"), "--json", "-q"]);
    expect([quiet.code, quiet.stderr]).toEqual([0, ""]);
  });

  it("refuses wrong values, a calibration that is not there, and to overwrite the model", async () => {
    for (const args of [
      ...[
        ["--workers", "0"],
        ["--deadline", "0"],
        ["--deadline", "soon"],
        ["--price-per-core-hour", "-1"],
      ],
      ...[
        ["--calibration", join(folder, "absent.json")],
        ["--json", EXAMPLE],
        ["--layers", "absent*"],
      ],
    ])
      expect((await plan([EXAMPLE, ...args])).code).toBe(2);
  });

  it("writes JSON to a file, beside the text", async () => {
    const file = join(folder, "plan.json");
    const { code, stdout } = await plan([EXAMPLE, "--calibration", calibration, "--json", file]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("Headers were read")]);
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ tool: { name: "eigenscope" }, layers: 3 });
  });

  it("reads the headers of a remote model, and none of its weights", async () => {
    // 64 MiB of weights, of which a reader may ask for a block or two.
    const shape = [4096, 4096];
    const header = JSON.stringify({ "a.weight": { dtype: "F32", shape, data_offsets: [0, 2 ** 26] } });
    const bytes = new Uint8Array(8 + header.length + 2 ** 26);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
    bytes.set(new TextEncoder().encode(header), 8);
    const server = await startServer({ "/model.safetensors": bytes });
    try {
      const address = `${server.origin}/model.safetensors`;
      const { code, stdout } = await plan([address, "--engine", "wasm", "--calibration", calibration, "--json"]);
      expect(code).toBe(0);
      const found = JSON.parse(stdout);
      expect([found.readBytes, found.networkBytes, found.models[0].isRemote]).toEqual([2 ** 26, 2 ** 26, true]);
      expect(server.sent).toBeLessThan(2 ** 22);
    } finally {
      await server.close();
    }
  });
});
