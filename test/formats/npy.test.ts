import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ByteSource } from "#eigenscope/formats/index.js";
import { openWeightFile } from "#eigenscope/formats/index.js";
import { npyHeader, npyOf } from "./build-numpy.js";
import { concat, filesInMemory, fixture, openOne, refusal, valuesOf } from "./files-in-memory.js";

const SIXTEEN = new Uint8Array(16);

const HOSTILE: Record<string, { bytes: () => Uint8Array; says: RegExp; kind?: string }> = {
  "70: a header that is an expression": {
    bytes: () => npyOf("__import__('os').system('id')"),
    says: /not a dictionary/,
  },
  "70: an expression for a shape": {
    bytes: () => npyOf(npyHeader({ shape: "(2*2,)" }), SIXTEEN),
    says: /'shape' does not have the form/,
  },
  "70: an escape in a string": {
    bytes: () => npyOf(npyHeader({ descr: "\\x3cf4" }), SIXTEEN),
    says: /'descr' does not have the form/,
  },
  "70: a number for a truth value": {
    bytes: () => npyOf("{'descr': '<f4', 'fortran_order': 0, 'shape': (4,)}", SIXTEEN),
    says: /'fortran_order' does not have the form/,
  },
  "70: an unknown key": { bytes: () => npyOf("{'descr': '<f4', 'x': 1}", SIXTEEN), says: /one of the keys/ },
  "70: a missing key": {
    bytes: () => npyOf("{'descr': '<f4', 'shape': (4,)}", SIXTEEN),
    says: /'fortran_order' is missing/,
  },
  "70: a key twice": { bytes: () => npyOf("{'shape': (4,), 'shape': (4,)}", SIXTEEN), says: /'shape' occurs twice/ },
  "70: something after the dictionary": {
    bytes: () => npyOf(`${npyHeader({})};`, SIXTEEN),
    says: /followed by extra text/,
  },
  "70: a shape that is no tuple": { bytes: () => npyOf(npyHeader({ shape: "(4)" }), SIXTEEN), says: /not a tuple/ },
  "71: Python objects": {
    bytes: () => npyOf(npyHeader({ descr: "|O" }), SIXTEEN),
    says: /\|O: Python objects \(pickled\); they are never loaded/,
    kind: "unsupported",
  },
  "72: more elements than bytes": {
    bytes: () => npyOf(npyHeader({ shape: "(5,)" }), SIXTEEN),
    says: /needs 20 bytes, but there are 16: the file is truncated/,
  },
  "72: fewer elements than bytes": { bytes: () => npyOf(npyHeader({ shape: "(3,)" }), SIXTEEN), says: /extra bytes/ },
  "72: a shape that overflows": {
    bytes: () => npyOf(npyHeader({ shape: "(4294967296, 4294967296)" }), SIXTEEN),
    says: /overflows/,
  },
  "73: a header longer than the file": {
    bytes: () => npyOf(npyHeader({})).subarray(0, 40),
    says: /bytes is declared, but only 30 follow/,
  },
  "73: a header of 4 GiB": {
    bytes: () => concat(npyOf("", undefined, [2, 0]).subarray(0, 8), Uint8Array.of(255, 255, 255, 255)),
    says: /4294967295 bytes is declared/,
  },
  "74: a structured type": {
    bytes: () => npyOf("{'descr': [('a', '<f4'), ('b', '<i4')], 'fortran_order': False, 'shape': (2,), }", SIXTEEN),
    says: /structured types \(\[\('a'/,
    kind: "unsupported",
  },
  "complex numbers": {
    bytes: () => npyOf(npyHeader({ descr: "<c8", shape: "(2,)" }), SIXTEEN),
    says: /<c8: complex numbers/,
    kind: "unsupported",
  },
  "bfloat16 as NumPy writes it, as raw bytes": {
    bytes: () => npyOf(npyHeader({ descr: "|V2" }), SIXTEEN),
    says: /bfloat16/,
    kind: "unsupported",
  },
  "a type without byte order": { bytes: () => npyOf(npyHeader({ descr: "|f4" }), SIXTEEN), says: /byte order/ },
  "version 4": { bytes: () => npyOf(npyHeader({}), SIXTEEN, [4, 0]), says: /version 4\.0/, kind: "unsupported" },
  "only the magic": { bytes: () => npyOf("").subarray(0, 6), says: /6 bytes are too few/ },
};

describe("an .npy file", () => {
  for (const [name, { bytes, says, kind }] of Object.entries(HOSTILE)) {
    it(`is refused with ${name}`, async () => {
      const error = await refusal(openOne("w.npy", bytes()));
      expect(error.message).toMatch(says);
      expect(error.kind).toBe(kind ?? "malformed");
      expect(error.details).toMatchObject({ format: "npy", file: "w.npy" });
    });
  }

  it("is a tensor called by the file's stem", async () => {
    const file = await openOne("pareto_mu1.5_300x300.npy", npyOf(npyHeader({}), SIXTEEN));
    expect(file.tensors.map((tensor) => tensor.name)).toEqual(["pareto_mu1.5_300x300"]);
  });

  it("is read in versions 2 and 3, with Python 2's long integers and any order of keys", async () => {
    for (const version of [1, 2, 3]) {
      const file = await openOne(
        "w.npy",
        npyOf(`{"shape":(2L,2L),"descr":"<f4","fortran_order":False}`, SIXTEEN, [version, 0]),
      );
      expect(file.tensors[0].shape).toEqual([2, 2]);
    }
  });

  it("may be a scalar, empty, or of integers, which are no weights", async () => {
    expect((await openOne("w.npy", npyOf(npyHeader({ shape: "()" }), new Uint8Array(4)))).tensors[0].shape).toEqual([]);
    expect(
      await valuesOf((await openOne("w.npy", npyOf(npyHeader({ shape: "(0, 7)", fortran: true })))).tensors[0]),
    ).toEqual([]);
    const integers = await openOne("w.npy", npyOf(npyHeader({ descr: ">i8", shape: "(2,)" }), SIXTEEN));
    expect(integers.tensors[0]).toMatchObject({ floating: false, dtype: "I64" });
  });

  for (const name of ["Wf.npy", "Wbe.npy"]) {
    it(`gives ${name} the values of W.npy`, async () => {
      expect(await valuesOf((await openOne(name, fixture(name))).tensors[0])).toEqual(
        await valuesOf((await openOne("W.npy", fixture("W.npy"))).tensors[0]),
      );
    });
  }

  it("in Fortran order gives C order, for any shape, range and chunk", async () => {
    const sides = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(sides, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 50 }), async (shape, a, b, chunk) => {
        const count = shape.reduce((product, side) => product * side, 1);
        const stored = Float32Array.from({ length: count }, (_, k) => {
          // Element k on disk: its indices run fastest along the first axis.
          let rest = k;
          let place = 0;
          let stride = count;
          for (const side of shape) {
            stride /= side;
            place += (rest % side) * stride;
            rest = Math.floor(rest / side);
          }
          return place;
        });
        const text = npyHeader({ fortran: true, shape: `(${shape.join(", ")},)` });
        const { tensors } = await openOne("w.npy", npyOf(text, new Uint8Array(stored.buffer)));
        const [from, to] = [a % (count + 1), b % (count + 1)].sort((x, y) => x - y);
        expect(await valuesOf(tensors[0], { from, to, chunk })).toEqual(
          Array.from({ length: to - from }, (_, k) => from + k),
        );
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it("in Fortran order of any size is turned a tile at a time: 1 GiB is read in pieces of a few MiB", async () => {
    const [rows, cols] = [16_384, 16_384];
    const header = npyOf(npyHeader({ fortran: true, shape: `(${rows}, ${cols})` }));
    // Every element is its column's number; nothing of the gigabyte exists.
    const source = sparse(header, rows * cols * 4, (first, count) =>
      Float32Array.from({ length: count / 4 }, (_, k) => Math.floor((first / 4 + k) / rows)),
    );
    const files = filesInMemory({ "w.npy": source }, "w.npy");
    const { tensors } = await openWeightFile(files);
    const row = 12_345;
    expect(await valuesOf(tensors[0], { from: row * cols, to: row * cols + cols })).toEqual(
      Array.from({ length: cols }, (_, j) => j),
    );
    expect(Math.max(...files.reads.map(({ length }) => length))).toBeLessThanOrEqual(4 * 2 ** 20);
  });

  it("in Fortran order with rows longer than a tile is refused with what to do", async () => {
    const header = npyOf(npyHeader({ descr: "|i1", fortran: true, shape: "(2, 20000000)" }));
    const source = sparse(header, 4e7, (_, count) => new Uint8Array(count));
    const { tensors } = await openWeightFile(filesInMemory({ "w.npy": source }, "w.npy"));
    expect((await refusal(valuesOf(tensors[0]))).message).toMatch(/ascontiguousarray/);
  });
});

/** A file that begins with `header` and whose data are made up as they are read. */
function sparse(
  header: Uint8Array,
  dataBytes: number,
  make: (offset: number, bytes: number) => ArrayBufferView,
): ByteSource {
  return {
    byteLength: header.length + dataBytes,
    async read(offset, length) {
      if (offset >= header.length) return new Uint8Array(make(offset - header.length, length).buffer);
      return concat(
        header.subarray(offset, offset + length),
        new Uint8Array(Math.max(0, offset + length - header.length)),
      );
    },
  };
}
