import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { trainingReadings } from "#eigenscope/report/index.js";
import { atStep, checkpointBytes, linesOf, looks, recordOf, trainingFolder, watched, written } from "./training.js";

const folder = trainingFolder();
const at = (...parts: string[]): string => join(folder.out, ...parts);
const trainerState = (step: number, ...parts: string[]) =>
  written(at(...parts, "trainer_state.json"), `{"global_step": ${step}}`);
const stepsKept = async () =>
  trainingReadings(await recordOf(at("eigenscope-watch"))).map(({ step, layers }) => [step, layers.size]);

describe("a trainer_state.json that comes after the weights", () => {
  it("gives the step, if the optimizer's state is written between: the folder settles as a whole", async () => {
    await written(at("checkpoint-500", "model.safetensors"), atStep(1));
    const news = await watched(folder.out, async (look) => {
      if (look <= 6) await appendFile(at("checkpoint-500", "optimizer.pt"), "more");
      if (look === 7) await trainerState(321, "checkpoint-500");
      return look < 12;
    });
    expect(linesOf(news)).toEqual(["321 checkpoint-500: 4 solved, 0 reused"]);
  });

  it("has the checkpoint read again at its step, once, and nothing solved again", async () => {
    await written(at("checkpoint-500", "model.safetensors"), atStep(1));
    const news = await watched(folder.out, async (look) => {
      if (look === 5) await trainerState(321, "checkpoint-500");
      return look < 14;
    });
    expect(linesOf(news)).toEqual(["500 checkpoint-500: 4 solved, 0 reused", "321 checkpoint-500: 0 solved, 4 reused"]);
    expect(await stepsKept()).toEqual([[321, 4]]);
    const metrics = await readFile(at("eigenscope-watch", "metrics.jsonl"), "utf8");
    expect(metrics.match(/"step":\d+/g)).toEqual(['"step":500', '"step":321']);
  });

  it("changes nothing if it says the step that the name has, or none", async () => {
    await written(at("checkpoint-500", "model.safetensors"), atStep(1));
    const news = await watched(folder.out, async (look) => {
      if (look === 5) await trainerState(500, "checkpoint-500");
      if (look === 10) await writeFile(at("checkpoint-500", "trainer_state.json"), "{}");
      return look < 15;
    });
    expect(linesOf(news)).toEqual(["500 checkpoint-500: 4 solved, 0 reused"]);
  });

  it("is asked once: a step that was taken from it stays", async () => {
    await written(at("checkpoint-500", "model.safetensors"), atStep(1));
    await trainerState(321, "checkpoint-500");
    const news = await watched(folder.out, async (look) => {
      if (look === 5) await trainerState(322, "checkpoint-500");
      if (look === 10) await rm(at("checkpoint-500", "trainer_state.json"));
      return look < 15;
    });
    expect(linesOf(news)).toEqual(["321 checkpoint-500: 4 solved, 0 reused"]);
  });

  it("gives a step to a file that was read at the time of its last change", async () => {
    await written(at("model.safetensors"), atStep(1));
    const news = await watched(folder.out, async (look) => {
      if (look === 5) await trainerState(9, ".");
      return look < 12;
    });
    expect(linesOf(news).slice(1)).toEqual(["9 model.safetensors: 0 solved, 4 reused"]);
    expect(await stepsKept()).toEqual([[9, 4]]);
  });

  it("brings in a file that was left out, which was told once", async () => {
    await written(at("checkpoint-1", "model.safetensors"), atStep(1));
    await written(at("final", "model.safetensors"), atStep(2));
    const news = await watched(folder.out, async (look) => {
      if (look === 5) await written(at("final", "trainer_state.json"), "{}");
      if (look === 10) await trainerState(2, "final");
      return look < 16;
    });
    expect(linesOf(news)).toEqual([
      "1 checkpoint-1: 4 solved, 0 reused",
      "left-out final/model.safetensors",
      "2 final/model.safetensors: 2 solved, 2 reused",
    ]);
  });

  it("is taken by a later watch too, and by the one after that not again", async () => {
    await written(at("checkpoint-500", "model.safetensors"), atStep(1));
    const once = async () => linesOf(await watched(folder.out, looks(99), { once: true }));
    expect(await once()).toEqual(["500 checkpoint-500: 4 solved, 0 reused"]);
    await trainerState(321, "checkpoint-500");
    expect(await once()).toEqual(["321 checkpoint-500: 0 solved, 4 reused"]);
    expect(await once()).toEqual([]);
    expect(await stepsKept()).toEqual([[321, 4]]);
  });

  it("takes the wrong step out of what alarms look back to, in this watch and in a later one", async () => {
    const rules = [{ name: "second", rule: "was(stable_rank, 1) > 0", meaning: "It holds." }];
    const alarms = async (act: (look: number) => Promise<boolean | undefined>) =>
      (await watched(folder.out, act, { rules })).flatMap((one) => (one.kind === "reading" ? one.reading.alarms : []));
    await written(at("checkpoint-5", "model.safetensors"), checkpointBytes({ a: 1 }));
    const first = await alarms(async (look) => {
      if (look === 5) await trainerState(50, "checkpoint-5");
      return look < 12;
    });
    await written(at("checkpoint-6", "model.safetensors"), checkpointBytes({ a: 2 }));
    // At step 6 there is no reading before: the other one is at 50.
    expect([first, await alarms(looks(6))]).toEqual([[], []]);
  });

  it("does not have a half-written checkpoint told twice", async () => {
    await written(at("checkpoint-5", "model.safetensors"), atStep(1).subarray(0, -8));
    const news = await watched(folder.out, async (look) => {
      if (look === 5) await trainerState(5, "checkpoint-5");
      return look < 12;
    });
    expect(linesOf(news)).toEqual(["partial checkpoint-5"]);
  });

  it("once: a folder whose optimizer's state is being written is not read", async () => {
    await written(at("checkpoint-5", "model.safetensors"), atStep(1));
    const grow = async () => {
      await appendFile(at("checkpoint-5", "optimizer.pt"), "more");
      return true;
    };
    expect(linesOf(await watched(folder.out, grow, { once: true }))).toEqual(["partial checkpoint-5"]);
  });
});
