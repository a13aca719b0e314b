import { describe, expect, it } from "vitest";
import { openWeightFile } from "#eigenscope/formats/index.js";
import { npyHeader, npyOf, type ZipPiece, type ZipWriting, zipOf } from "./build-numpy.js";
import { concat, filesInMemory, fixture, openOne, refusal, tensorNamed, valuesOf } from "./files-in-memory.js";

const array = (values: readonly number[], shape = `(${values.length},)`): Uint8Array =>
  npyOf(npyHeader({ shape }), new Uint8Array(Float32Array.from(values).buffer));
const A: ZipPiece = { name: "a.npy", data: array([1, 2, 3, 4]) };
const B: ZipPiece = { name: "b.npy", data: array([5, 6]), method: 8 };
const MIB = 2 ** 20;

const HOSTILE: Record<
  string,
  {
    pieces: readonly ZipPiece[];
    writing?: ZipWriting;
    bytes?: (zip: Uint8Array) => Uint8Array;
    says: RegExp;
    kind?: string;
  }
> = {
  "32: no end record": {
    pieces: [A, B],
    bytes: (zip) => zip.subarray(0, zip.length - 10),
    says: /no end record.*truncated/,
  },
  "32: two end records": { pieces: [A], writing: { comment: zipOf([]) }, says: /two end records/ },
  "32: a zip64 end record that contradicts the plain one": {
    pieces: [A],
    writing: { zip64: true },
    bytes: (zip) => {
      const changed = zip.slice();
      new DataView(changed.buffer).setUint16(changed.length - 14 + 2, 7, true);
      return changed;
    },
    says: /contradicts/,
  },
  "32: a directory elsewhere": {
    pieces: [A],
    writing: { end: (end) => void end.offset-- },
    says: /own offsets do not fit the file/,
  },
  "32: more members than the directory holds": {
    pieces: [A],
    writing: { end: (end) => void (end.count = 2) },
    says: /directory of \d+ bytes for 2 members|is missing/,
  },
  "33: another name in the local header": {
    pieces: [{ ...A, local: { name: "x.npy" } }],
    says: /another name in its local header/,
  },
  "33: another size in the local header": { pieces: [{ ...A, local: { bytes: 5 } }], says: /another size/ },
  "33: another method in the local header": {
    pieces: [{ ...A, local: { method: 8 } }],
    says: /another compression method/,
  },
  "33: another checksum in the local header": { pieces: [{ ...A, local: { crc: 5 } }], says: /another checksum/ },
  "33: no local header where the directory says": {
    pieces: [A, { ...B, central: { offset: 3 } }],
    says: /no local header/,
  },
  "34: members that overlap": {
    pieces: [A, { ...A, name: "a2.npy", central: { name: "a.npy", offset: 0 } }],
    says: /two members are called/,
  },
  "34: members that share their bytes": {
    pieces: [{ ...A, local: { stored: 999, bytes: 999 }, central: { stored: 999, bytes: 999 } }, B],
    says: /overlaps/,
  },
  "34: a ratio that no compressor reaches": {
    pieces: [{ ...B, central: { bytes: 1e9 }, local: { bytes: 1e9 } }],
    says: /zip bomb/,
  },
  "35: two members of one name": { pieces: [A, A], says: /two members are called "a\.npy"/ },
  "36: encryption": {
    pieces: [{ ...A, central: { flags: 1 }, local: { flags: 1 } }],
    says: /encrypted/,
    kind: "unsupported",
  },
  "36: an unknown method": { pieces: [{ ...A, method: 93 }], says: /method 93/, kind: "unsupported" },
  "38: a name that leads out": { pieces: [{ ...A, name: "../a.npy" }], says: /called "\.\.\/a\.npy"/ },
  "38: a name with a NUL": { pieces: [{ ...A, name: "a\0.npy" }], says: /a member is called/ },
  "75: a stored member that declares more than is stored": {
    pieces: [{ ...A, central: { bytes: 5e6 }, local: { bytes: 5e6 } }],
    says: /declares 5000000 bytes, but \d+ are stored/,
  },
  "75: an array that declares more than its member holds": {
    pieces: [{ name: "a.npy", data: array([1, 2], "(3,)") }],
    says: /needs 12 bytes, but there are 8/,
  },
  "73: an array's header longer than its member": {
    pieces: [{ name: "a.npy", data: A.data.subarray(0, 30) }],
    says: /is declared, but only 20 follow/,
  },
  "no array in it": { pieces: [{ name: "readme.txt", data: new Uint8Array(3) }], says: /no \.npy array/ },
};

describe("an .npz archive", () => {
  for (const [name, { pieces, writing, bytes, says, kind }] of Object.entries(HOSTILE)) {
    it(`is refused with ${name}`, async () => {
      const zip = zipOf(pieces, writing);
      const error = await refusal(openOne("w.npz", bytes === undefined ? zip : bytes(zip)));
      expect(error.message).toMatch(says);
      expect(error.kind).toBe(kind ?? "malformed");
    });
  }

  for (const writing of [{}, { zip64: true }]) {
    it(`gives stored and deflated arrays, called by their members${writing.zip64 ? " (zip64)" : ""}`, async () => {
      const file = await openOne("w.npz", zipOf([A, B], writing));
      expect(file.tensors.map(({ name, shape }) => [name, shape])).toEqual([
        ["a", [4]],
        ["b", [2]],
      ]);
      expect(await valuesOf(file.tensors[0])).toEqual([1, 2, 3, 4]);
      expect(await valuesOf(file.tensors[1])).toEqual([5, 6]);
    });
  }

  for (const name of ["m.npz", "mc.npz"]) {
    it(`gives numpy's own ${name} the values of W.npy`, async () => {
      const reference = await valuesOf((await openOne("W.npy", fixture("W.npy"))).tensors[0]);
      expect(await valuesOf(tensorNamed(await openOne(name, fixture(name)), "W"))).toEqual(reference);
    });
  }

  it("is known by its first member whatever the file is called", async () => {
    expect((await openOne("weights.bin", zipOf([A]))).format).toBe("npz");
  });

  it("lists members that are no arrays, and arrays of Python objects, without touching them", async () => {
    const objects = { name: "o.npy", data: npyOf(npyHeader({ descr: "|O" }), new Uint8Array(9)) };
    const file = await openOne("w.npz", zipOf([A, objects, { name: "note.txt", data: new Uint8Array(1) }]));
    expect(tensorNamed(file, "o")).toMatchObject({ floating: false, dtype: "|O" });
    expect((await refusal(valuesOf(tensorNamed(file, "o")))).message).toMatch(/never loaded/);
    expect(file.warnings).toEqual([expect.stringContaining("note.txt")]);
  });

  for (const [method, how] of [
    [0, "stored"],
    [8, "deflated"],
  ] as const) {
    it(`37: with damaged data is refused when a ${how} array is read whole`, async () => {
      const file = openOne("w.npz", zipOf([{ ...A, method, central: { crc: 1 }, local: { crc: 1 } }]));
      expect((await refusal(file.then(({ tensors }) => valuesOf(tensors[0])))).message).toMatch(/checksum/);
    });
  }

  it("that inflates to more or less than it declares is refused, within the declared size", async () => {
    const data = array(Array.from({ length: 5000 }, (_, k) => k));
    const short = {
      name: "a.npy",
      data,
      method: 8,
      central: { bytes: data.length - 4 },
      local: { bytes: data.length - 4 },
    };
    expect((await refusal(openOne("w.npz", zipOf([short])).then((file) => valuesOf(file.tensors[0])))).message).toMatch(
      /inflates to more than|needs/,
    );
    const long = { name: "a.npy", data: array([1, 2], "(8,)"), method: 8 };
    const lying = { ...long, central: { bytes: long.data.length + 24 }, local: { bytes: long.data.length + 24 } };
    const file = openOne("w.npz", zipOf([lying]));
    expect((await refusal(file.then((opened) => valuesOf(opened.tensors[0])))).message).toMatch(
      /inflates to \d+ bytes/,
    );
  });

  it("with data that is no DEFLATE stream is refused", async () => {
    const piece = {
      name: "a.npy",
      data: Uint8Array.from({ length: 200 }, (_, k) => 255 - k),
      central: { method: 8 },
      local: { method: 8 },
    };
    expect((await refusal(openOne("w.npz", zipOf([piece])))).message).toMatch(/cannot be inflated/);
  });

  it("streams a deflated array of 16 MiB in ranges, chunks and anew, from small reads", async () => {
    const count = 4 * MIB;
    const values = new Float32Array(count).map((_, k) => k % 251);
    const zip = zipOf([
      {
        name: "a.npy",
        data: concat(npyOf(npyHeader({ shape: `(${count},)` })), new Uint8Array(values.buffer)),
        method: 8,
      },
    ]);
    const files = filesInMemory({ "w.npz": zip }, "w.npz");
    const { tensors } = await openWeightFile(files);
    let at = 0;
    for await (const chunk of tensors[0].values()) {
      expect(chunk.length).toBeLessThanOrEqual(MIB);
      expect([chunk[0], chunk[chunk.length - 1]]).toEqual([at % 251, (at + chunk.length - 1) % 251]);
      at += chunk.length;
    }
    expect(at).toBe(count);
    expect(await valuesOf(tensors[0], { from: count - 3, to: count })).toEqual(
      [count - 3, count - 2, count - 1].map((k) => k % 251),
    );
    expect(Math.max(...files.reads.map(({ length }) => length))).toBeLessThanOrEqual(MIB);
  });

  it("turns a deflated array in Fortran order", async () => {
    const data = npyOf(
      npyHeader({ fortran: true, shape: "(2, 3)" }),
      new Uint8Array(Float32Array.of(0, 3, 1, 4, 2, 5).buffer),
    );
    expect(await valuesOf((await openOne("w.npz", zipOf([{ name: "a.npy", data, method: 8 }]))).tensors[0])).toEqual([
      0, 1, 2, 3, 4, 5,
    ]);
  });

  it("passes on the failure to read the file beneath the inflater", async () => {
    const zip = zipOf([{ name: "a.npy", data: array(Array.from({ length: 100 }, Math.random)), method: 8 }]);
    let broken = false;
    const source = {
      byteLength: zip.length,
      read: async (offset: number, length: number) => {
        if (broken) throw new Error("cable pulled");
        return zip.slice(offset, offset + length);
      },
    };
    const { tensors } = await openWeightFile(filesInMemory({ "w.npz": source }, "w.npz"));
    broken = true;
    expect((await refusal(valuesOf(tensors[0]))).message).toMatch(/cable pulled/);
  });
});
