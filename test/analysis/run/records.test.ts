import { describe, expect, it } from "vitest";
import { frameOf, recordsIn } from "#eigenscope/analysis/run/records.js";
import { concat } from "../../formats/files-in-memory.js";

const payloads = [new Uint8Array([1, 2, 3]), new Uint8Array(0), Uint8Array.from({ length: 300 }, (_, i) => i)];
const file = concat(...payloads.map(frameOf));
const read = (bytes: Uint8Array, from = 0) => {
  const { records, end } = recordsIn(bytes, from);
  return { payloads: records.map(({ offset, length }) => bytes.slice(offset - from, offset - from + length)), end };
};

describe("the records of a segment", () => {
  it("come back as they were written, with their places in the file", () => {
    expect(read(file)).toEqual({ payloads, end: file.length });
    expect(recordsIn(file, 1000).records[0]).toEqual({ offset: 1012, length: 3 });
    expect(recordsIn(file, 1000).end).toBe(1000 + file.length);
  });

  it("are framed as TensorFlow frames them", () => {
    // The frame of "abc" by tf.io.TFRecordWriter: length, masked crc32c of it, payload, masked crc32c of that.
    const frame = frameOf(new TextEncoder().encode("abc"));
    expect([...frame.subarray(0, 8)]).toEqual([3, 0, 0, 0, 0, 0, 0, 0]);
    const unmasked = (at: number): number => {
      const masked = new DataView(frame.buffer).getUint32(at, true);
      const turned = (masked - 0xa282ead8) >>> 0;
      return ((turned << 15) | (turned >>> 17)) >>> 0;
    };
    // CRC-32C of "abc" is 0x364b3fb7.
    expect(unmasked(15)).toBe(0x364b3fb7);
  });

  it("of a file that was cut anywhere are the whole ones before the cut", () => {
    const ends = payloads.map((_, last) =>
      payloads.slice(0, last + 1).reduce((end, payload) => end + payload.length + 16, 0),
    );
    for (let cut = 0; cut <= file.length; cut++) {
      const whole = ends.filter((end) => end <= cut).length;
      expect(read(file.subarray(0, cut)).payloads).toEqual(payloads.slice(0, whole));
      expect(read(file.subarray(0, cut)).end).toBe(whole === 0 ? 0 : ends[whole - 1]);
    }
  });

  it("end before a damaged byte, wherever it lies", () => {
    for (const at of [0, 7, 8, 11, 12, 14, 15, 18]) {
      const damaged = file.slice();
      damaged[at] ^= 1;
      expect(read(damaged).payloads).toEqual([]);
    }
    const second = file.slice();
    second[19 + 3] ^= 0x40;
    expect(read(second).payloads).toEqual(payloads.slice(0, 1));
  });
});
