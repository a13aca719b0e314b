import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VERSION } from "#eigenscope/analysis/version.js";
import { findCalibration, objectionText } from "#eigenscope/cli/basis.js";
import { CALIBRATION_FORMAT, type Calibration, parseCalibration } from "#eigenscope/cli/calibration.js";
import { calibrationOf, MACHINE } from "./a-calibration.js";

const textOf = (more: Record<string, unknown> = {}): string => JSON.stringify({ ...calibrationOf(), ...more });
const wasm = calibrationOf().engines.wasm as NonNullable<Calibration["engines"]["wasm"]>;
const withWasm = (more: Record<string, unknown>): string => textOf({ engines: { wasm: { ...wasm, ...more } } });
const withPoint = (more: Record<string, unknown>): string =>
  withWasm({ points: { ...wasm.points, f32: [{ ...wasm.points.f32[0], ...more }] } });

describe("parseCalibration", () => {
  it("gives back what was written", () => {
    expect(parseCalibration(textOf())).toEqual(calibrationOf());
    expect(parseCalibration(textOf({ engines: {} })).engines).toEqual({});
  });

  it.each<[string, string, RegExp]>([
    ["cut off", textOf().slice(0, 100), /^is damaged: /],
    ["another kind of value", "[1]", /^is damaged: it is no object$/],
    ["null", "null", /^is damaged: it is no object$/],
    ["of no format", textOf({ format: "1" }), /^is damaged: it has no format$/],
    ["of an earlier format", textOf({ format: 0 }), /^has the format 0, expected 1$/],
    [
      "of a later format",
      textOf({ format: CALIBRATION_FORMAT + 1 }),
      /^was written by a later version of eigenscope \(format 2, and this version reads 1\)$/,
    ],
    ["of another version", textOf({ eigenscope: "99.0.0" }), /^was measured with eigenscope 99\.0\.0, and this is /],
    ["of no version", textOf({ eigenscope: null }), /^is damaged: it does not say which version/],
    ["a negative time", textOf({ start: -1 }), /^is damaged: start is no time$/],
    ["a time that is text", textOf({ file: "1" }), /^is damaged: file is no time$/],
    ["no time", textOf({ model: undefined }), /^is damaged: model is no time$/],
    ["no speed of reading", textOf({ readBytesPerSecond: 0 }), /^is damaged: readBytesPerSecond is not above 0$/],
    [
      "crowding that makes faster",
      textOf({ crowding: { lanes: 2, factor: 0.9 } }),
      /^is damaged: crowding is below 1$/,
    ],
    ["crowding of no layer", textOf({ crowding: { lanes: 0, factor: 1 } }), /^is damaged: crowding is below 1$/],
    ["no engines", textOf({ engines: undefined }), /^is damaged: engines is no object$/],
    ["kernels without a name", withWasm({ target: 3 }), /^is damaged: wasm does not name its kernels$/],
    ["an engine without a time", withWasm({ worker: null }), /^is damaged: worker is no time$/],
    ["an engine that takes none", withWasm({ gaussian: 0 }), /^is damaged: wasm\.gaussian is not above 0$/],
    ["no points", withWasm({ points: { ...wasm.points, mixed: [] } }), /^is damaged: wasm has no times in mixed$/],
    ["a point that takes no time", withPoint({ row: 0 }), /^is damaged: a point of wasm\.points\.f32 is not above 0$/],
    ["a point of no side", withPoint({ M: 0 }), /^is damaged: a point of wasm\.points\.f32 is not above 0$/],
    [
      "points out of order",
      withWasm({ points: { ...wasm.points, f64: wasm.points.f64.toReversed() } }),
      /^is damaged: wasm\.points\.f64 is not in ascending order$/,
    ],
    ["no machine", textOf({ machine: {} }), /^is damaged: machine is incomplete$/],
    ["no processors", textOf({ machine: { ...MACHINE, cores: 0 } }), /^is damaged: machine\.cores is not above 0$/],
    ["no time of day", textOf({ measuredAt: "soon" }), /^is damaged: measuredAt is no time$/],
  ])("refuses one that is %s, and says why", (_, text, reason) => {
    expect(() => parseCalibration(text)).toThrow(RangeError);
    expect(() => parseCalibration(text)).toThrow(reason);
  });
});

describe("findCalibration", () => {
  let folder: string;
  const file = (name: string): string => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eigenscope-calibration-"));
    await writeFile(file("own.json"), textOf());
    await writeFile(file("later.json"), textOf({ format: 2 }));
    await writeFile(file("other.json"), textOf({ machine: { ...MACHINE, cores: 64 } }));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("takes that of this machine from the cache, or the one that is named", async () => {
    const found = await findCalibration({ cached: file("own.json"), machine: MACHINE });
    expect(found).toEqual({ kind: "calibrated", file: file("own.json"), calibration: calibrationOf() });
    const named = await findCalibration({ named: file("other.json"), cached: file("own.json"), machine: MACHINE });
    expect([named?.kind, named?.calibration?.machine.cores, named?.objection]).toEqual(["carried", 64, undefined]);
  });

  it("gives none without a file in the cache, and refuses a named one that is not there", async () => {
    expect(await findCalibration({ cached: file("none.json"), machine: MACHINE })).toBeUndefined();
    await expect(findCalibration({ named: file("none.json") })).rejects.toThrow(
      /--calibration: cannot read .*none\.json/,
    );
  });

  it("says why one is not used: of another machine in a shared home, or of another version", async () => {
    const other = await findCalibration({ cached: file("other.json"), machine: MACHINE });
    expect([other?.calibration, other?.objection]).toEqual([
      undefined,
      "was measured on another machine (Some Processor, 64 cores, linux x64)",
    ]);
    const later = await findCalibration({ named: file("later.json"), machine: MACHINE });
    expect(later?.calibration).toBeUndefined();
    expect(objectionText({ file: "w.json" }, later?.objection as string)).toBe(
      "the calibration w.json was written by a later version of eigenscope (format 2, and this version reads 1); a " +
        "table of times from another machine is used instead. To measure a machine: eigenscope doctor --calibrate",
    );
  });
});

it("the version of the calibration is that of the package", () => {
  expect(calibrationOf().eigenscope).toBe(VERSION);
});
