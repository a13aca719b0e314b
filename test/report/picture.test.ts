import { describe, expect, it } from "vitest";
import { layerPicture } from "#eigenscope/report/index.js";
import { failedRecord, SPECTRA } from "./example-report.js";

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

describe("layerPicture", () => {
  it.each(Object.keys(SPECTRA))("accounts for every eigenvalue: %s", (name) => {
    const picture = layerPicture(SPECTRA[name]())!;
    expect(picture.zeros + picture.below + sum(picture.log!.counts)).toBe(picture.count);
    expect(picture.zeros + picture.beyond + sum(picture.linear!.counts)).toBe(picture.count);
  });

  it("does not draw eigenvalues that are zero to working precision", () => {
    expect(layerPicture(SPECTRA["rank collapse"]())!.zeros).toBe(150);
  });

  it("ends the linear view near the bulk where spikes lie far out, and says how many lie beyond", () => {
    const picture = layerPicture(SPECTRA["bulk and spikes"]())!;
    expect(picture.linear!.end).toBeLessThan(picture.lambdaMax);
    expect(picture.beyond).toBeGreaterThan(0);
    expect(picture.spikeCount).toBe(5);
    expect(picture.spikes[0]).toBe(picture.lambdaMax);
  });

  it("has a power law only where the record says that alpha is valid", () => {
    expect(layerPicture(SPECTRA["heavy-tailed"]())!.tail).not.toBeNull();
    expect(layerPicture(SPECTRA["random-like"]())!.tail).toBeNull();
  });

  it("stays small whatever the size of the layer", () => {
    expect(JSON.stringify(layerPicture(SPECTRA["heavy-tailed"]())).length).toBeLessThan(3000);
  });

  it("is null where there is no spectrum", () => {
    expect(layerPicture({ spectrum: null, bulk: null, edge: null, tail: null, record: failedRecord() })).toBeNull();
  });

  it("has nothing to draw where every eigenvalue is zero", () => {
    const zero = SPECTRA.orthogonal();
    const spectrum = { ...zero.spectrum!, eigenvalues: new Float64Array(64), resolvedFloor: 0 };
    const picture = layerPicture({ ...zero, spectrum, bulk: null, edge: null })!;
    expect([picture.log, picture.linear, picture.zeros]).toEqual([null, null, 64]);
  });
});
