import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planTraining, preprocess, preset, readDataSet, withOverrides } from "#eigenscope/lab/index.js";
import { openRunFolder, readRun } from "#eigenscope/node/lab/run-folder.js";
import { trainEngine } from "#eigenscope/node/lab/train-engine.js";
import { trainInFolder } from "#eigenscope/node/lab/train-in-folder.js";
import { watched } from "./training.js";

const run = planTraining(
  withOverrides(preset("synthetic/batch-size")!, {
    axes: { batch: [4], dropout: [0] },
    epochs: 5,
    train: 200,
    test: 50,
  }),
);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eigenscope-watch-lab-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a training of the lab", () => {
  it("watched from outside while it runs, has the phases by epoch that the lab records", async () => {
    const engine = await trainEngine("wasm");
    const data = preprocess(await readDataSet(run.settings.data, undefined), run.settings.data.preprocessing);
    await openRunFolder(folder, { ...run, engine: engine.name });
    let isOver = false;
    const training = trainInFolder({ run, folder, data }, { engine }).finally(() => {
      isOver = true;
    });
    let lookedAfter = 0;
    let sawItRunning = false;
    const [news] = await Promise.all([
      watched(
        folder,
        async () => {
          await new Promise((resolve) => setImmediate(resolve));
          sawItRunning ||= !isOver;
          return !isOver || ++lookedAfter < 5;
        },
        { run: `${folder}-watch` },
      ),
      training,
    ]);
    await rm(`${folder}-watch`, { recursive: true });
    expect(sawItRunning).toBe(true);
    const seen = news.flatMap((one) => (one.kind === "reading" ? [one.reading] : []));
    const recorded = (await readRun(folder))?.epochs.filter(({ layers }) => layers !== null) ?? [];
    expect(recorded.length).toBeGreaterThan(3);
    expect(seen.map(({ step }) => step).sort((a, b) => a - b)).toEqual(recorded.map(({ epoch }) => epoch));
    for (const { epoch, layers } of recorded) {
      const reading = seen.find(({ step }) => step === epoch);
      for (const layer of layers ?? []) {
        const own = reading?.records.find(({ longname }) => longname === layer.longname);
        expect([own?.phase, own?.phase_confidence, own?.lambda_max]).toEqual([
          layer.phase,
          layer.phase_confidence,
          layer.lambda_max,
        ]);
      }
    }
  });
});
