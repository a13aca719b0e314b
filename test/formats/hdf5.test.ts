import { describe, expect, it } from "vitest";
import { type ByteSource, openWeightFile } from "#eigenscope/formats/index.js";
import { planLayers } from "#eigenscope/layers/index.js";
import { EVERYTHING } from "../layers/tensors-in-memory.js";
import { zipOf } from "./build-numpy.js";
import {
  concat,
  filesInMemory,
  fixture,
  littleEndian,
  openOne,
  refusal,
  tensorNamed,
  valuesOf,
} from "./files-in-memory.js";

describe.each(["earliest", "v110", "latest"])("an HDF5 file of the library's version %s", (version) => {
  const open = () => openOne("x.h5", fixture(`features_${version}.h5`));
  const counting = (count: number) => Array.from({ length: count }, (_, k) => k);

  it(
    "gives every dataset, however it is stored: plain, compact, in chunks found by every kind of index, " +
      "big-endian, of a committed type",
    async () => {
      const file = await open();
      const readable = file.tensors.filter(({ dtype, name }) => /^[FI]\d+$/.test(dtype) && name !== "chunks/missing");
      expect(readable.length).toBeGreaterThanOrEqual(320);
      for (const tensor of readable) {
        expect([tensor.name, await valuesOf(tensor)]).toEqual([
          tensor.name,
          counting(tensor.shape.reduce((product, side) => product * side, 1)),
        ]);
      }
    },
  );

  it("gives any range of a dataset in chunks", async () => {
    const tensor = tensorNamed(await open(), "chunks/cube");
    for (const [from, to, chunk] of [
      [0, 210, 1],
      [41, 43, 5],
      [83, 169, 17],
      [209, 210, 1],
      [5, 5, 1],
    ]) {
      expect(await valuesOf(tensor, { from, to, chunk })).toEqual(counting(210).slice(from, to));
    }
  });

  it("gives the fill value where no chunk was written", async () => {
    const values = await valuesOf(tensorNamed(await open(), "chunks/missing"));
    expect(values).toEqual([...new Array(12).fill(7), ...counting(12), ...new Array(12).fill(7)]);
  });

  it("lists what is no number without reading it, ties two names of one, and warns of broken links", async () => {
    const file = await open();
    expect(tensorNamed(file, "text")).toMatchObject({ dtype: "string", floating: false });
    expect((await refusal(valuesOf(tensorNamed(file, "bool")))).message).toMatch(/type enumeration/);
    expect(tensorNamed(file, "twin").storageKey).toBe(tensorNamed(file, "plain").storageKey);
    expect(file.warnings).toEqual(["1 links have no target (the first: nowhere)"]);
    expect(file.tensors.map(({ name }) => name)).not.toContain("alias");
  });
});

describe("a Keras model", () => {
  it("in the older form is called and ordered as its layers list it, with roles from its configuration", async () => {
    const file = await openOne("k.h5", fixture("k.h5"));
    expect(file.tensors.map(({ name, hints }) => [name, hints?.role])).toEqual([
      ["sequential/d1/kernel", "dense"],
      ["sequential/d1/bias", "bias"],
      ["sequential/d2/kernel", "dense"],
      ["sequential/d2/bias", "bias"],
    ]);
    expect(file.metadata).toEqual({ keras_version: "3.15.1", backend: "tensorflow" });
    expect(planLayers(file, EVERYTHING).layers.map(({ name }) => name)).toEqual(["sequential/d1", "sequential/d2"]);
  });

  it("in the newer form gives numbered variables their words, and layers the names of their author", async () => {
    const { layers, skipped } = planLayers(await openOne("k.weights.h5", fixture("k.weights.h5")), EVERYTHING);
    expect(layers.map(({ name, tensorName }) => [name, tensorName])).toEqual([
      ["d1", "layers/dense/kernel"],
      ["d2", "layers/dense_1/kernel"],
    ]);
    expect(skipped.map(({ reason }) => reason)).toEqual(["a bias, not a weight matrix", "a bias, not a weight matrix"]);
  });

  const weights = fixture("k.weights.h5");
  const config = (text = "{}") => ({ name: "config.json", data: new TextEncoder().encode(text) });

  it("68: as an archive is read whether its weights are stored or compressed", async () => {
    const stored = await openOne("k.keras", fixture("k.keras"));
    const deflated = await openOne(
      "k.keras",
      zipOf([config(), { name: "model.weights.h5", data: weights, method: 8 }]),
    );
    expect(stored.format).toBe("keras");
    for (const file of [stored, deflated]) {
      expect(await valuesOf(tensorNamed(file, "layers/dense/kernel"))).toEqual(
        await valuesOf(tensorNamed(await openOne("k.weights.h5", weights), "layers/dense/kernel")),
      );
    }
  });

  it("68: with a Lambda layer is read, its code neither looked at nor run", async () => {
    const lambda = JSON.stringify({
      config: { layers: [{ class_name: "Lambda", config: { name: "x", function: ["gAR9cQ==", null, null] } }] },
    });
    const file = await openOne("k.keras", zipOf([config(lambda), { name: "model.weights.h5", data: weights }]));
    expect(file.warnings).toEqual([expect.stringMatching(/1 Lambda layers hold code.*not run/)]);
  });

  it(
    "68: as an archive is refused without weights, with weights that leave it, and with a configuration nested " +
      "without end",
    async () => {
      expect((await refusal(openOne("k.keras", zipOf([config()])))).message).toMatch(/no model\.weights\.h5/);
      const outside = zipOf([config(), { name: "../model.weights.h5", data: weights }]);
      expect((await refusal(openOne("k.keras", outside))).message).toMatch(/member is called/);
      const nested = zipOf([config("[".repeat(1e5)), { name: "model.weights.h5", data: weights }]);
      expect((await refusal(openOne("k.keras", nested))).message).toMatch(/nested deeper/);
      const wrong = zipOf([config(), { name: "model.weights.h5", data: new Uint8Array(100) }]);
      expect((await refusal(openOne("k.keras", wrong))).message).toMatch(/signature of an HDF5 file/);
    },
  );
});

describe("a broken HDF5 file", () => {
  const good = fixture("features_earliest.h5");
  const text = (word: string) => new TextEncoder().encode(word);
  const find = (bytes: Uint8Array, word: Uint8Array, from = 0): number => {
    for (let at = from; at + word.length <= bytes.length; at++)
      if (word.every((byte, k) => bytes[at + k] === byte)) return at;
    throw new Error("not found");
  };
  /** Writes `bytes` at `shift` from the first place where `word` stands. */
  const patched = (file: Uint8Array, word: Uint8Array, shift: number, bytes: Uint8Array): Uint8Array => {
    const copy = new Uint8Array(file);
    copy.set(bytes, find(file, word) + shift);
    return copy;
  };
  const open = async (bytes: Uint8Array): Promise<void> => {
    const file = await openOne("x.h5", bytes);
    for (const tensor of file.tensors) if (tensor.floating) await valuesOf(tensor);
  };
  /** The B-tree of chunks that has a level above its leaves. */
  const deepTree = concat("TREE", Uint8Array.of(1, 1));

  it.each([
    ["61: a link into another file", "h_ext.h5", /link into another file, which is not opened/],
    ["62: soft links in a circle", "h_softloop.h5", /leads in a cycle/],
    ["63: a virtual dataset", "h_vds.h5", /virtual dataset.*not opened/],
    ["64: external storage", "h_extst.h5", /external storage.*not opened/],
    ["65: a shape bomb", "h_bomb.h5", /8000000000 bytes are declared, but only 0 are stored/],
    ["66: a group that contains itself", "h_loop.h5", /contains itself/],
    ["67: an unknown filter", "h_filter.h5", /compressed by scale-offset \(number 6\).*h5repack/],
    ["69: random corruption", "h_fuzz0.h5", /not aligned/],
  ])("is refused with %s, and opens no other file", async (_what, name, says) => {
    const files = filesInMemory({ [name]: fixture(name), "m.h5": fixture("m.h5") }, name);
    expect((await refusal(openWeightFile(files))).message).toMatch(says);
    expect(new Set(files.reads.map((read) => read.name))).toEqual(new Set([name]));
    expect([...files.stillOpen]).toEqual([]);
  });

  it("is refused if it declares more than 64 MiB and 1000 times what it stores, and read up to 64 MiB", async () => {
    // The bomb's dataspace, 100,000 x 20,000 of 4 bytes, with its maximal sides after its sides.
    const bomb = fixture("h_bomb.h5");
    const declaring = (rows: number, cols: number): Uint8Array => {
      const copy = bomb.slice();
      const view = new DataView(copy.buffer);
      for (const at of [832, 848]) view.setBigUint64(at, BigInt(rows), true);
      for (const at of [840, 856]) view.setBigUint64(at, BigInt(cols), true);
      return copy;
    };
    const { message } = await refusal(openOne("x.h5", declaring(1_000_000, 1000)));
    expect(message).toMatch(/4000000000 bytes are declared, but only 0 are stored/);
    expect((await refusal(openOne("x.h5", declaring(8193, 2048)))).message).toMatch(/67117056 bytes are declared/);
    expect((await openOne("x.h5", declaring(8192, 2048))).tensors[0].shape).toEqual([8192, 2048]);
  });

  const HOSTILE: Record<string, { bytes: Uint8Array; says: RegExp }> = {
    "69: a B-tree without its signature": {
      bytes: patched(good, text("TREE"), 0, text("XREE")),
      says: /signature "TREE"/,
    },
    "69: a B-tree that goes in a circle": {
      bytes: patched(good, deepTree, 24 + 8 + 8 * 3, littleEndian([find(good, deepTree), 8])),
      says: /cycle/,
    },
    "69: a B-tree of another kind": { bytes: patched(good, text("TREE"), 4, Uint8Array.of(1)), says: /another kind/ },
    "69: a child of the wrong level": { bytes: patched(good, deepTree, 5, Uint8Array.of(9)), says: /declares level/ },
    "69: a B-tree's child outside the file": {
      bytes: patched(good, deepTree, 24 + 8 + 8 * 3, littleEndian([2n ** 40n, 8])),
      says: /file.* ends at/,
    },
    "69: more entries than the file holds": {
      bytes: patched(good, text("SNOD"), 6, Uint8Array.of(255, 255)),
      says: /ends at|outside its heap|signature|unknown|version/,
    },
    "69: a heap outside the file": {
      bytes: patched(good, text("HEAP"), 24, littleEndian([2n ** 62n, 8])),
      says: /larger than any file/,
    },
    "69: a heap of 2^40 bytes": {
      bytes: patched(good, text("HEAP"), 8, littleEndian([2n ** 40n, 8])),
      says: /holds no names/,
    },
    "69: an address of the root outside the file": {
      bytes: patched(good, Uint8Array.of(0x89, 0x48, 0x44, 0x46), 64, littleEndian([2n ** 41n, 8])),
      says: /file.* ends at/,
    },
    "an unknown superblock": {
      bytes: patched(good, Uint8Array.of(0x89, 0x48, 0x44, 0x46), 8, Uint8Array.of(9)),
      says: /version 9 of the superblock/,
    },
    "addresses of 3 bytes": {
      bytes: patched(good, Uint8Array.of(0x89, 0x48, 0x44, 0x46), 13, Uint8Array.of(3)),
      says: /addresses of 3 bytes/,
    },
    "a truncated end": { bytes: good.subarray(0, good.length - 100_000), says: /ends at|exceed the file/ },
  };
  for (const [what, { bytes, says }] of Object.entries(HOSTILE)) {
    it(`is refused with ${what}`, async () => {
      const error = await refusal(open(bytes));
      expect(error.message).toMatch(says);
      expect(error.kind).toBe("malformed");
    });
  }

  it("69: gives no value of a chunk whose checksum or stream is wrong", async () => {
    const small = fixture("small_earliest.h5");
    const zlib = find(small, Uint8Array.of(0x78, 0x5e)); // the head of a zlib stream of level 4
    const damaged = new Uint8Array(small);
    damaged[zlib + 8] ^= 0xff;
    const error = await refusal(valuesOf(tensorNamed(await openOne("x.h5", damaged), "z")));
    expect(error.message).toMatch(/cannot be inflated|checksum|inflates to|cannot unpack/);
    expect(error.details).toMatchObject({ tensor: "z", kind: "malformed" });
  });

  it("of more than 4 GiB is read by ranges", async () => {
    // One dataset's bytes are said to lie behind 5 GiB of nothing.
    const small = fixture("small_earliest.h5");
    const raw = Uint8Array.from(new Uint8Array(Float32Array.from({ length: 12 }, (_, k) => k).buffer));
    const at = find(small, raw);
    const far = 5 * 2 ** 30;
    const head = patched(small, littleEndian([at, 8], [48, 8]), 0, littleEndian([far, 8]));
    const source: ByteSource = {
      byteLength: far + raw.length,
      async read(offset, length) {
        const found = new Uint8Array(length);
        found.set(head.subarray(offset, offset + length));
        if (offset + length > far)
          found.set(raw.subarray(Math.max(0, offset - far), offset + length - far), Math.max(0, far - offset));
        return found;
      },
    };
    const files = filesInMemory({ "x.h5": source }, "x.h5");
    expect(await valuesOf(tensorNamed(await openWeightFile(files), "w"))).toEqual(
      Array.from({ length: 12 }, (_, k) => k),
    );
    expect(files.reads.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(2 ** 20);
  });
});
