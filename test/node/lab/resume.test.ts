import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type PreparedData,
  planTraining,
  preprocess,
  preset,
  readDataSet,
  withOverrides,
} from "#eigenscope/lab/index.js";
import { openRunFolder } from "#eigenscope/node/lab/run-folder.js";
import { trainEngine } from "#eigenscope/node/lab/train-engine.js";
import { trainInFolder } from "#eigenscope/node/lab/train-in-folder.js";

const changed = withOverrides(preset("synthetic/batch-size")!, {
  axes: { batch: [4], dropout: [0.2] },
  epochs: 5,
  train: 200,
  test: 50,
});
const run = planTraining(changed);
const engine = await trainEngine("wasm");

let home: string;
let data: PreparedData;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "eigenscope-resume-"));
  data = preprocess(await readDataSet(run.settings.data, undefined), run.settings.data.preprocessing);
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** Trains in a folder; ends by force once `epoch` is finished. */
async function train(folder: string, epoch = Number.POSITIVE_INFINITY): Promise<void> {
  await openRunFolder(folder, { ...run, engine: engine.name });
  const stop = new AbortController();
  const onProgress = ({ record }: { readonly record?: { readonly epoch: number } }): void => {
    if (record?.epoch === epoch) stop.abort(new Error("killed"));
  };
  await trainInFolder({ run, folder, data }, { engine, signal: stop.signal, onProgress, stateEveryMs: 0 });
}

describe("a training that was interrupted", () => {
  it("goes on where it was and leaves the same bits as one that was not, interrupted twice", async () => {
    const [whole, cut] = [join(home, "whole"), join(home, "cut")];
    await train(whole);
    await expect(train(cut, 1)).rejects.toThrow("killed");
    await expect(train(cut, 3)).rejects.toThrow("killed");
    await train(cut);
    const files = async (folder: string) =>
      (await readdir(folder, { recursive: true })).filter((name) => name.includes(".")).sort();
    expect(await files(cut)).toEqual(await files(whole));
    for (const name of await files(whole)) {
      expect(Buffer.compare(await readFile(join(cut, name)), await readFile(join(whole, name))), name).toBe(0);
    }
  });
});
