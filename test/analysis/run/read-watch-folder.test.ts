import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isWatchFolder, NO_EVENTS, readWatchFolder, reduce } from "#eigenscope/analysis/index.js";
import { ownAlarm } from "#eigenscope/report/gate/alarm-rules.js";
import { trainingReadings } from "#eigenscope/report/index.js";
import { atStep, looks, recordOf, trainingFolder, watched, written } from "../../node/watch/training.js";
import { droppedFolder } from "./dropped-folder.js";

const folder = trainingFolder();
const record = () => join(folder.out, "eigenscope-watch");
const once = () => watched(folder.out, looks(99), { once: true, rules: [ownAlarm("stable_rank > 0")] });

describe("the record of a watch that was dropped into a page", () => {
  it("has the readings and the alarms of all watches, without the checkpoints", async () => {
    for (const step of [1, 2]) {
      await written(join(folder.out, `step-${step}.safetensors`), atStep(step));
      await once();
    }
    for (const step of [1, 2]) await rm(join(folder.out, `step-${step}.safetensors`));
    const files = await droppedFolder(record());
    expect(await isWatchFolder(files)).toBe(true);
    const { watched: name, events } = await readWatchFolder(files);
    expect(name).toBe(folder.out);
    const state = events.reduce(reduce, NO_EVENTS);
    expect(state).toEqual(await recordOf(record()));
    expect(trainingReadings(state).map(({ step, layers }) => [step, layers.size])).toEqual([
      [1, 4],
      [2, 4],
    ]);
    expect(state.alarms).toHaveLength(4);
  });

  it("is found in the folder of the training too", async () => {
    await written(join(folder.out, "step-1.safetensors"), atStep(1));
    await once();
    const files = await droppedFolder(folder.out);
    expect(await files.list()).toContain("eigenscope-watch/watch.json");
    expect((await readWatchFolder(files)).events.map(({ type }) => type)).toContain("layer");
  });

  it("is refused with a reason if it is none, damaged, or of a later version", async () => {
    await written(join(folder.out, "step-1.safetensors"), atStep(1));
    const none = await droppedFolder(folder.out);
    expect(await isWatchFolder(none)).toBe(false);
    await expect(readWatchFolder(none)).rejects.toThrow("there is no record of a watch here");
    await once();
    const path = join(record(), "watch.json");
    const text = await readFile(path, "utf8");
    const refusal = async (manifest: string): Promise<string> => {
      await writeFile(path, manifest);
      return readWatchFolder(await droppedFolder(record())).then(() => "read", String);
    };
    expect(await refusal(text)).toBe("read");
    expect(await refusal(text.slice(0, -9))).toMatch(/watch\.json.*is damaged: it does not say what is watched/);
    expect(await refusal(text.replace('"watched"', '"other"'))).toMatch(/is damaged/);
    expect(await refusal(text.replace('"minEigenvalues": 10', '"minEigenvalues": -1'))).toMatch(/is damaged/);
    expect(await refusal(text.replace('"format": 1', '"format": 2'))).toMatch(/was written by version .* in format 2/);
  });
});
