import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NO_EVENTS, reduce } from "#eigenscope/analysis/index.js";
import { RunEventReader } from "#eigenscope/node/run/event-reader.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { safetensorsWith } from "../formats/build-safetensors.js";
import { BUILT, shell } from "./eigenscope-process.js";
import { manyCommands } from "./many-commands.js";

const run = manyCommands();
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "eigenscope-run-"));
  const normal = normalSampler(createRng(1));
  const matrix = (rows: number, cols: number) => ({
    shape: [rows, cols],
    values: Float64Array.from({ length: rows * cols }, normal),
  });
  const tensors = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`l${i}.weight`, matrix(60 + i, 30)]));
  await writeFile(join(home, "model.safetensors"), safetensorsWith(tensors));
  await writeFile(join(home, "other.safetensors"), safetensorsWith({ "l0.weight": matrix(40, 30) }));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const read = (name: string): Promise<string> => readFile(join(home, name), "utf8");
const inHome = (...args: string[]) => run(args, home);

describe.runIf(BUILT)("analyze --run, report and status", () => {
  it("make the same files from one run, from three shares in one folder, and from three folders", async () => {
    await inHome("analyze", "model.safetensors", "--json", "a.json", "--csv", "a.csv", "--html", "a.html", "-q");
    const whole = await inHome(
      "analyze",
      "model.safetensors",
      "--run",
      "one",
      "--json",
      "b.json",
      "--csv",
      "b.csv",
      "--html",
      "b.html",
    );
    expect(whole.code).toBe(0);
    for (const i of [1, 2, 3]) {
      const share = await inHome("analyze", "model.safetensors", "--run", "shared", "--shard", `${i}/3`);
      expect([share.code, share.stdout]).toEqual([0, ""]);
      expect(share.stderr).toMatch(
        new RegExp(`share ${i} of 3 is done: [23] layers; when all are, run: eigenscope report shared`),
      );
      await inHome("analyze", "model.safetensors", "--run", `own-${i}`, "--shard", `${i}/3`, "-q");
    }
    for (const [name, ...folders] of [
      ["c", "one"],
      ["d", "shared"],
      ["e", "own-1", "own-2", "own-3"],
    ]) {
      const made = await inHome(
        "report",
        ...folders,
        "--json",
        `${name}.json`,
        "--csv",
        `${name}.csv`,
        "--html",
        `${name}.html`,
      );
      expect([made.code, made.stdout]).toEqual([0, whole.stdout]);
    }
    for (const kind of ["json", "csv", "html"])
      for (const name of ["b", "c", "d", "e"]) expect(await read(`${name}.${kind}`)).toBe(await read(`a.${kind}`));
  });

  it("name what is missing, with exit code 4, until it is done", async () => {
    await inHome("analyze", "model.safetensors", "--run", "part", "--shard", "1/4", "-q");
    const status = await inHome("status", "part");
    expect(status.code).toBe(4);
    expect(status.stdout).toMatch(
      /^model.safetensors: 1 of 7 layers done, \d+ % of the work\nrun in part, begun with version /,
    );
    expect(status.stdout).toMatch(/missing: l0, l1, l2, l3, l4 and 1 more\n/);
    const data = JSON.parse((await inHome("status", "part", "--json")).stdout);
    expect([data.layers, data.done, data.missing.length, data.in_work, data.dropped_bytes]).toEqual([7, 1, 6, 0, 0]);
    const report = await inHome("report", "part", "--csv", "part.csv", "-q");
    expect(report.code).toBe(4);
    expect(report.stderr).toMatch(
      /6 of 7 layers are not done yet: l0, l1, l2, l3, l4 and 1 more; run analyze --run again for them/,
    );
    await inHome("analyze", "model.safetensors", "--run", "part", "-q");
    expect((await inHome("status", "part")).code).toBe(0);
    expect((await inHome("report", "part", "-q")).code).toBe(0);
  });

  it("end with exit code 4 for a share with failed layers, and status and report say which", async () => {
    const [rows, cols] = [40, 30];
    const normal = normalSampler(createRng(2));
    const layer = (entry: () => number) => ({
      shape: [rows, cols],
      values: Float64Array.from({ length: rows * cols }, entry),
    });
    const tensors = { "good.weight": layer(normal), "flat.weight": layer(() => 1), "fine.weight": layer(normal) };
    await writeFile(join(home, "flat.safetensors"), safetensorsWith(tensors));
    const shares = [];
    for (const i of [1, 2, 3])
      shares.push(await inHome("analyze", "flat.safetensors", "--run", "flat", "--shard", `${i}/3`));
    expect(shares.map(({ code }) => code).sort()).toEqual([0, 0, 4]);
    expect(shares.find(({ code }) => code === 4)?.stderr).toMatch(
      /^eigenscope: share \d of 3: 1 of 1 layers failed; to see why, run: eigenscope status flat\n$/,
    );
    const status = await inHome("status", "flat");
    expect(status.code).toBe(4);
    expect(status.stdout).toMatch(/^flat.safetensors: 3 of 3 layers done, 100 % of the work\n/);
    expect(status.stdout).toMatch(/\nno spectrum: flat: all 1200 weights equal 1\n$/);
    const data = JSON.parse((await inHome("status", "flat", "--json")).stdout);
    expect(data).toMatchObject({ failed: [], missing: [], without_columns: [], without_spectrum: [{ name: "flat" }] });
    expect((await inHome("report", "flat", "-q")).code).toBe(4);
    const quiet = await inHome("analyze", "flat.safetensors", "--run", "flat", "--shard", "1/1", "-q");
    expect([quiet.code, quiet.stderr]).toEqual([4, ""]);
  });

  it("leave a folder of a model without layers, which report and status read", async () => {
    await writeFile(
      join(home, "empty.safetensors"),
      safetensorsWith({ bias: { shape: [5], values: new Float64Array(5) } }),
    );
    const analysed = await inHome("analyze", "empty.safetensors", "--run", "empty", "--json", "empty-a.json");
    expect(analysed.code).toBe(3);
    const report = await inHome("report", "empty", "--json", "empty-b.json");
    expect([report.code, await read("empty-b.json")]).toEqual([3, await read("empty-a.json")]);
    expect(report.stderr).toContain("empty.safetensors: no layer was analysed; 1 tensor was skipped");
    const status = await inHome("status", "empty");
    expect([status.code, status.stdout]).toEqual([0, expect.stringMatching(/^empty.safetensors: 0 of 0 layers done/)]);
  });

  it("refuse what would mix runs, with exit code 2 for options and 3 for weights", async () => {
    await inHome("analyze", "model.safetensors", "--run", "mine", "-q");
    const options = await inHome("analyze", "model.safetensors", "--run", "mine", "--conv", "flatten");
    expect([options.code, options.stderr]).toEqual([
      2,
      'eigenscope: option conv: "flatten", but the run in mine was begun with "slices"; give the same, or ' +
        "another folder\n",
    ]);
    const weights = await inHome("analyze", "other.safetensors", "--run", "mine");
    expect(weights.code).toBe(3);
    expect(weights.stderr).toMatch(
      /the run was begun without other.safetensors: its spectra are of other weights. Begin another folder/,
    );
    await inHome("analyze", "other.safetensors", "--run", "theirs", "-q");
    expect((await inHome("report", "mine", "theirs")).code).toBe(3);
  });

  it("refuse a wrong share, and a share that is asked for a report", async () => {
    for (const wrong of ["0/3", "4/3", "1", "a/b", "1/0", "-1/3"])
      expect((await inHome("analyze", "model.safetensors", "--run", "x", `--shard=${wrong}`)).code).toBe(2);
    const alone = await inHome("analyze", "model.safetensors", "--shard", "1/2");
    expect([alone.code, alone.stderr]).toEqual([
      2,
      "eigenscope: --shard needs --run, the folder that keeps what the shares have done\n",
    ]);
    const asked = await inHome("analyze", "model.safetensors", "--run", "x", "--shard", "1/2", "--csv", "x.csv");
    expect([asked.code, asked.stderr]).toEqual([
      2,
      "eigenscope: --shard makes no report; when all shares are done, make one with: eigenscope report <folder...>\n",
    ]);
    expect(await readdir(home)).not.toContain("x");
  });

  it("refuse folders without a run, and an output inside the run", async () => {
    const missing = await inHome("report", "nowhere");
    expect([missing.code, missing.stderr]).toEqual([
      3,
      "eigenscope: nowhere: there is no run here. Name a folder that was given to analyze with --run.\n",
    ]);
    expect((await inHome("status", "nowhere")).code).toBe(3);
    expect((await inHome("report")).code).toBe(2);
    await inHome("analyze", "other.safetensors", "--run", "kept", "-q");
    const inside = await inHome("report", "kept", "--json", "kept/run.json");
    expect([inside.code, inside.stderr]).toEqual([
      2,
      "eigenscope: kept/run.json lies in the run's own folder; write the report elsewhere\n",
    ]);
  });

  it("refuse every output in the run's folder: its name, a link to it, the folder of eigenvalues", async () => {
    await inHome("analyze", "other.safetensors", "--run", "own", "-q");
    await symlink("own", join(home, "link"));
    const before = await read("own/run.json");
    for (const output of [
      ["--json", "own/run.json"],
      ["--csv", "link/run.json"],
      ["--html", "own/segments/a.html"],
      ["--save-eigenvalues", "own"],
      ["--save-eigenvalues", "link/new"],
    ]) {
      for (const command of [
        ["report", "own"],
        ["analyze", "other.safetensors", "--run", "own"],
      ]) {
        const refused = await inHome(...command, ...output, "-q");
        expect([refused.code, refused.stderr]).toEqual([
          2,
          `eigenscope: ${output[1]} lies in the run's own folder; write the report elsewhere\n`,
        ]);
      }
    }
    expect(await read("own/run.json")).toBe(before);
    expect((await inHome("report", "own", "--json", "own-report.json", "-q")).code).toBe(0);
  });

  it("refuse another engine than the run's, and a share of a model without layers", async () => {
    await inHome("analyze", "other.safetensors", "--run", "engine", "-q", "--engine", "wasm");
    const engine = await inHome("analyze", "other.safetensors", "--run", "engine", "--engine", "reference");
    expect([engine.code, engine.stderr]).toEqual([
      2,
      'eigenscope: option engine: "reference", but the run in engine was begun with "wasm"; give the same, ' +
        "or another folder\n",
    ]);
    await writeFile(
      join(home, "none.safetensors"),
      safetensorsWith({ bias: { shape: [5], values: new Float64Array(5) } }),
    );
    const none = await inHome("analyze", "none.safetensors", "--run", "none", "--shard", "1/2");
    expect(none.code).toBe(3);
    expect(none.stderr).toMatch(/none.safetensors: no layer was analysed; 1 tensor was skipped/);
  });

  it("print a command that a shell takes, and no control characters, whatever the folder is called", async () => {
    const spaced = await inHome("analyze", "other.safetensors", "--run", "it's mine", "--shard", "1/1");
    expect(spaced.stderr).toContain("run: eigenscope report 'it'\\''s mine'\n");
    const hostile = await inHome("analyze", "other.safetensors", "--run", "a\u001b[31mb", "--shard", "1/1");
    expect(hostile.stderr).toContain("eigenscope report 'a\ufffd[31mb'\n");
    expect((await inHome("status", "it's mine")).code).toBe(0);
  });

  it("refuse a report in place of weights, and two in one file", async () => {
    await inHome("analyze", "other.safetensors", "--run", "safe", "-q");
    const weights = await inHome("report", "safe", "--csv", "other.safetensors");
    expect([weights.code, weights.stderr]).toEqual([
      2,
      "eigenscope: other.safetensors holds weights (safetensors), which the output would replace; choose " +
        "another name\n",
    ]);
    const twice = await inHome("report", "safe", "--csv", "same", "--json", "same");
    expect([twice.code, twice.stderr]).toEqual([2, "eigenscope: same was given for two outputs; choose two names\n"]);
  });

  it("go on with the engine of the run, and refuse another", async () => {
    await inHome("analyze", "other.safetensors", "--run", "engines", "--engine", "reference", "-q");
    const other = await inHome("analyze", "other.safetensors", "--run", "engines", "--engine", "wasm");
    expect([other.code, other.stderr]).toEqual([
      2,
      'eigenscope: option engine: "wasm", but the run in engines was begun with "reference"; give the same, ' +
        "or another folder\n",
    ]);
    expect((await inHome("analyze", "other.safetensors", "--run", "engines", "--json", "engine.json", "-q")).code).toBe(
      0,
    );
    expect(JSON.parse(await read("engine.json")).options.engine).toBe("reference");
  });

  it("killed again and again, come to the end without solving a finished spectrum again", async () => {
    // The process kills itself once its segment has grown by a record: after each, one more outcome is kept.
    const watched = `$W analyze model.safetensors --run killed -q --jobs 1 & p=$!
      seen=$(cat killed/segments/* 2>/dev/null | wc -c)
      while kill -0 $p 2>/dev/null; do
        now=$(cat killed/segments/* 2>/dev/null | wc -c)
        [ "$now" -gt "$seen" ] && kill -9 $p
      done
      wait $p`;
    let kept = 0;
    for (let kills = 0; kept < 7; kills++) {
      expect(kills).toBeLessThan(20);
      await shell(watched, { cwd: home });
      const status = JSON.parse((await inHome("status", "killed", "--json")).stdout);
      expect(status.done).toBeGreaterThan(kept);
      kept = status.done;
    }
    expect((await inHome("report", "killed", "--json", "killed.json", "-q")).code).toBe(0);
    await inHome("analyze", "model.safetensors", "--json", "plain.json", "-q");
    expect(await read("killed.json")).toBe(await read("plain.json"));
    // Each outcome was written once: as many records as layers.
    const segments = await readdir(join(home, "killed/segments"));
    const bytes = await Promise.all(segments.map((name) => readFile(join(home, "killed/segments", name))));
    const keys = bytes.flatMap((segment) =>
      [...segment.toString("latin1").matchAll(/"key":"([0-9a-f]{64})"/g)].map(([, key]) => key),
    );
    expect(keys.sort()).toEqual([...new Set(keys)]);
    expect(keys).toHaveLength(7);
    // The events of all the killed processes together are those of one run. The last one may have lost an event.
    await inHome("analyze", "model.safetensors", "--run", "killed", "-q");
    let state = NO_EVENTS;
    for await (const event of new RunEventReader(join(home, "killed")).read()) state = reduce(state, event);
    const [{ layers, counts }] = state.checkpoints;
    expect([state.checkpoints.length, counts.layersDone, counts.layersTotal]).toEqual([1, 7, 7]);
    expect(layers.map(({ record }) => record)).toEqual(JSON.parse(await read("plain.json")).layers);
  });
});
