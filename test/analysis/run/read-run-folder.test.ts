import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type AnalyzeOptions,
  isRunFolder,
  type LayerDetail,
  type LayerResult,
  layerDetail,
  NO_EVENTS,
  type Report,
  readRunFolder,
  reduce,
} from "#eigenscope/analysis/index.js";
import { uploadedFiles } from "#eigenscope/browser/blob-source.js";
import { reportOfRun } from "#eigenscope/browser/run-folder.js";
import { bytesInMemory, type FileSet } from "#eigenscope/formats/index.js";
import { analyze } from "#eigenscope/node/index.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { safetensorsWith } from "../../formats/build-safetensors.js";
import { droppedFile, droppedFolder } from "./dropped-folder.js";

let home: string;
let folder: string;
let model: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "dropped-"));
  [folder, model] = [join(home, "run"), join(home, "model.safetensors")];
  await writeFile(model, weights());
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Four layers; the last one is constant, which no spectrum comes from. */
function weights(): Uint8Array {
  const normal = normalSampler(createRng(5));
  const tensors = Array.from({ length: 4 }, (_, i) => {
    const shape = [40 + 4 * i, 20 + i];
    const values = Float64Array.from({ length: shape[0] * shape[1] }, () => (i === 3 ? 1 : normal()));
    return [`layers.${i}.weight`, { shape, values }] as const;
  });
  return safetensorsWith(Object.fromEntries(tensors));
}

async function made(options: AnalyzeOptions = {}): Promise<{ report: Report; results: readonly LayerResult[] }> {
  const analysis = analyze(model, { ...options, run: folder });
  return { report: await analysis.report(), results: await analysis.results() };
}

const dropped = (root = folder): Promise<FileSet> => droppedFolder(root);

const segmentIn = async (): Promise<string> =>
  join(folder, "segments", (await readdir(join(folder, "segments"))).find((name) => name.endsWith(".seg")) as string);

describe("a run folder that was dropped into a page", () => {
  it("has the plan, and the events by which the run was made: their state is that of the run", async () => {
    const { report } = await made();
    const { plan, events, droppedBytes } = await readRunFolder(await dropped());
    expect(plan.placements.map(({ layer }) => layer.name)).toEqual(report.layers.map(({ name }) => name));
    expect(droppedBytes).toBe(0);
    expect(events.map(({ type }) => type)).toEqual(["planned", ...Array(4).fill("layer"), "ended"]);
    const state = events.reduce(reduce, NO_EVENTS);
    const [checkpoint] = Object.values(state.checkpoints);
    expect(
      Object.values(checkpoint.layers)
        .map(({ record }) => record?.name)
        .sort(),
    ).toEqual(report.layers.map(({ name }) => name));
  });

  it("gives the report of the run, without its weights", async () => {
    const { report } = await made({ bootstrap: 20, seed: 2 });
    await rm(model);
    const again = await reportOfRun(await readRunFolder(await dropped()));
    expect(again.report).toEqual(report);
    expect(again.missing).toEqual([]);
  });

  it("gives the detail of each layer as the analysis itself does, null for one without a spectrum", async () => {
    const { results } = await made();
    const run = await readRunFolder(await dropped());
    for (const result of results) expect(await run.detail(result.layer.index)).toEqual(layerDetail(result));
    expect(await run.detail(3)).toBeNull();
    await expect(run.detail(4)).rejects.toThrow("the run has no layer 4");
  });

  it("lies at the top of what was given, or in one of its folders", async () => {
    await made();
    const inner = await dropped(home);
    expect(await inner.list()).toContain("run/run.json");
    expect(await isRunFolder(inner)).toBe(true);
    expect((await readRunFolder(inner)).plan.layers).toBe(4);
  });

  it("gives what is whole in a segment that was cut, and says how many bytes are not", async () => {
    await made();
    const path = await segmentIn();
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length - 1));
    const run = await readRunFolder(await dropped());
    expect(run.droppedBytes).toBeGreaterThan(0);
    const { missing, report } = await reportOfRun(run);
    expect(missing).toHaveLength(1);
    expect(report.layers.filter(({ reason }) => reason?.startsWith("not done yet") ?? false)).toHaveLength(1);
  });

  it("skips an event that is not written to its end, and gives each once", async () => {
    await made();
    const [name] = await readdir(join(folder, "events"));
    const path = join(folder, "events", name);
    const text = await readFile(path, "utf8");
    await appendFile(path, `${text}{"type":"ended"`);
    expect((await readRunFolder(await dropped())).events).toHaveLength(6);
  });

  it("is refused with a reason if it is none, or if its plan is damaged or of a later version", async () => {
    const none = uploadedFiles(droppedFile(Buffer.from("x"), "model.safetensors"));
    expect(await isRunFolder(none)).toBe(false);
    await expect(readRunFolder(none)).rejects.toThrow("there is no run here");
    await made();
    const path = join(folder, "run.json");
    const header = await readFile(path, "utf8");
    await writeFile(path, header.replace('"layers": 4', '"layers": 5'));
    await expect(readRunFolder(await dropped())).rejects.toThrow(/run\.json.*is damaged/);
    await writeFile(path, header.replace('"format": 1', '"format": 2'));
    await expect(readRunFolder(await dropped())).rejects.toThrow("in format 2; this one reads format 1");
  });

  it("has the interval of alpha that the run has, if it is one of resampled spectra", async () => {
    const { results } = await made({ bootstrap: 20 });
    const run = await readRunFolder(await dropped());
    const detail = (await run.detail(0)) as LayerDetail;
    const { alpha_low, alpha_high } = results[0].record;
    // The interval of the resampled spectra, as in the row.
    expect([detail.tail?.low, detail.tail?.high]).toEqual([alpha_low, alpha_high]);
  });

  it("only reads: nothing can be put into its store", async () => {
    await made();
    const { store } = await readRunFolder(await dropped());
    await expect(store.put({ key: "a", kind: "failed", reason: "x" })).rejects.toThrow("only read");
    expect(await store.get("absent")).toBeUndefined();
  });

  it("reads the spectra when they are asked for, in ranges", async () => {
    await made();
    const files = await dropped();
    const reads: string[] = [];
    const counting: FileSet = {
      ...files,
      async open(name) {
        const source = await files.open(name);
        const whole = await source.read(0, source.byteLength);
        return {
          ...bytesInMemory(whole),
          read: async (offset, length) => {
            reads.push(`${name.split("/")[0]} ${length < source.byteLength ? "part" : "whole"}`);
            return whole.subarray(offset, offset + length);
          },
        };
      },
    };
    const run = await readRunFolder(counting);
    reads.length = 0;
    await run.detail(0);
    expect(new Set(reads)).toEqual(new Set(["segments part"]));
  });
});
