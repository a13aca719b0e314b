import { describe, expect, it } from "vitest";
import { layerFileName } from "#eigenscope/cli/layer-file.js";
import { npyVector } from "#eigenscope/formats/numpy/npy-writer.js";

describe("layerFileName", () => {
  it.each([
    ["../../etc/passwd", "0007_.._.._etc_passwd.npy"],
    ["a b:c\u0000重", "0007_a_b_c_.npy"],
    ["x".repeat(500), `0007_${"x".repeat(120)}.npy`],
  ])("makes a harmless name of %j", (name, file) => {
    expect(layerFileName(7, name, "npy")).toBe(file);
  });
});

describe("npyVector", () => {
  it("has the header of the format, aligned to 64 bytes, and the values little-endian", () => {
    const bytes = npyVector(Float64Array.of(1.5, -2));
    const view = new DataView(bytes.buffer);
    expect([...bytes.subarray(0, 8)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
    const data = 10 + view.getUint16(8, true);
    expect(data % 64).toBe(0);
    expect(new TextDecoder().decode(bytes.subarray(10, data))).toMatch(
      /^\{'descr': '<f8', 'fortran_order': False, 'shape': \(2,\), \} *\n$/,
    );
    expect([view.getFloat64(data, true), view.getFloat64(data + 8, true)]).toEqual([1.5, -2]);
  });
});
