import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { calibrate } from "#eigenscope/cli/calibrate.js";
import { parseCalibration } from "#eigenscope/cli/calibration.js";
import {
  crowdOf,
  JOINED,
  measurements,
  ONE,
  type Probe,
  probeFiles,
  SPREAD,
} from "#eigenscope/cli/calibration-probes.js";
import { keepCalibration, renderCalibration } from "#eigenscope/cli/doctor-calibrate.js";
import { plan } from "#eigenscope/node/models.js";
import { calibrationOf } from "./a-calibration.js";
import { BUILT } from "./eigenscope-process.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eigenscope-calibrate-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the probes", () => {
  it("are files that hold the layers that they name, each written once", async () => {
    const write = probeFiles(folder);
    const [convolutions] = measurements();
    for (const { probe } of [{ probe: ONE }, { probe: JOINED }, { probe: SPREAD }, convolutions]) {
      const { N, M, rf, layers, files } = probe;
      const path = await write(probe);
      const planned = await plan(path, { engine: "wasm" });
      expect([planned.layers.length, planned.files]).toEqual([layers, files]);
      for (const layer of planned.layers) expect([layer.N, layer.M, layer.rf]).toEqual([N, M, rf]);
      const { mtimeMs } = await stat(path);
      expect(await write(probe)).toBe(path);
      expect((await stat(path)).mtimeMs).toBe(mtimeMs);
    }
  });

  it("have two heights and all precisions where these matter", () => {
    const of = (M: number): string[] =>
      measurements()
        .filter(({ probe }) => probe.M === M && probe.rf === 1)
        .map(({ probe: { N }, precision }) => `${N} ${precision}`);
    expect(of(128)).toEqual(["160 f64", "1024 f64"]);
    expect(of(256)).toEqual(["320 f64", "320 mixed", "320 f32", "1024 f64", "1024 mixed", "1024 f32"]);
    expect(of(1024)).toHaveLength(6);
    expect(of(2048)).toEqual(["2560 f64", "2560 mixed", "2560 f32"]);
    expect(measurements(64).every(({ probe }) => probe.M <= 64)).toBe(true);
  });

  it("run as many layers at once as there are processors, up to 16, and as many more", () => {
    expect([1, 2, 16, 64].map((cores) => crowdOf(cores).layers)).toEqual([2, 4, 32, 32]);
  });
});

describe.skipIf(!BUILT)("calibrate", () => {
  it("takes the least of several rounds of all measurements, by the clock that it is given", async () => {
    // Every look at the clock takes a second in the first round, and a quarter of that in the second.
    let [time, step, rounds] = [10, 1, 0];
    const written: Probe[] = [];
    const write = probeFiles(await mkdtemp(join(folder, "rounds-")));
    const own = measurements(64);
    const found = await calibrate({
      ...{ engines: ["wasm"], cores: 1, measurements: own },
      now: () => {
        time += step;
        return time;
      },
      write: (probe) => {
        written.push(probe);
        return write(probe);
      },
      mayGoOn: (engine) => {
        expect(engine).toBe(0);
        step = 0.25;
        return ++rounds < 2;
      },
    });
    expect(rounds).toBe(2);
    for (const { probe } of own) expect(written.filter((one) => one === probe).length).toBeGreaterThanOrEqual(2);
    expect(found).toMatchObject({ start: 11, model: 1, file: 0, crowding: { lanes: 1, factor: 1 } });
    const { wasm } = found.engines;
    expect(wasm).toMatchObject({ target: null, gaussian: 1, worker: 0, compile: 0 });
    // A file took a quarter of a second, which is less than the model's second.
    expect(wasm?.points.f64.map(({ M }) => M)).toEqual([16, 64]);
    expect(wasm?.points.f64.every(({ matrix, row }) => matrix === 1e-9 && row === 1e-9)).toBe(true);
  });

  it("stops when it is aborted", async () => {
    const ending = new AbortController();
    const measuring = calibrate({
      ...{ engines: ["wasm"], cores: 1, measurements: measurements(16), signal: ending.signal, now: () => 0 },
      write: probeFiles(await mkdtemp(join(folder, "aborted-"))),
      mayGoOn: () => {
        ending.abort(new Error("enough"));
        return true;
      },
    });
    await expect(measuring).rejects.toThrow("enough");
  });
});

describe("what doctor --calibrate prints and keeps", () => {
  it("is a line per fact", () => {
    expect(renderCalibration(calibrationOf()).split("\n").slice(0, 7)).toEqual([
      "measured: Some Processor, 4 cores, linux x64, 2026-11-30T01:00:00.000Z",
      "processor time: 500 ms to start, 20 ms per model, 1.00 ms per further file",
      "reading: 954 MiB/s, of a file that was just written",
      "4 layers at once: 1.60 times the processor time of each alone",
      "wasm: 250 ms per worker, 0.00 ms to compile its code, 1.00 ms per layer, 50 ms for one random 512 x 512 matrix",
      "wasm, a layer of 128 x 64: 1.79 ms f64, 1.59 ms mixed, 1.39 ms f32",
      "wasm, a layer of 512 x 256: 51 ms f64, 39 ms mixed, 26 ms f32",
    ]);
    const alone = calibrationOf({ crowding: { lanes: 1, factor: 1 } });
    expect(renderCalibration(alone)).toContain("\none layer at once: there is one processor\n");
    expect(renderCalibration(calibrationOf())).toContain("\nnative (avx512): 250 ms per worker");
  });

  it("is a file that can be read back, in a folder that is made for it", async () => {
    const file = join(folder, "cache", "eigenscope", "calibration.json");
    expect(existsSync(file)).toBe(false);
    expect(await keepCalibration(calibrationOf(), file)).toBe(file);
    expect(parseCalibration(await readFile(file, "utf8"))).toEqual(calibrationOf());
    await expect(keepCalibration(calibrationOf(), join(file, "below.json"))).rejects.toThrow(/^cannot write /);
  });
});
