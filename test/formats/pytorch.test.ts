import { describe, expect, it } from "vitest";
import { OptionError, openWeightFile } from "#eigenscope/formats/index.js";
import { planLayers } from "#eigenscope/layers/index.js";
import type { ZipPiece } from "./build-numpy.js";
import { Call, dict, Name, Outside, type Pickled, pickleOf, raw, tuple } from "./build-pickle.js";
import { type ArchiveParts, archiveOf, counting, f32, legacyOf, ORDERED_DICT, tensor } from "./build-pytorch.js";
import { concat, filesInMemory, fixture, openOne, refusal, tensorNamed, valuesOf } from "./files-in-memory.js";

const W = tensor({ size: [2, 3] });
const RECORDS = { "0": f32(...counting(6)) };
const open = (parts: ArchiveParts, options = {}) =>
  openWeightFile(filesInMemory({ "x.pt": archiveOf(parts) }, "x.pt"), options);
const openDict = (entries: Readonly<Record<string, Pickled>>, options = {}) =>
  open({ pickle: dict(entries), records: RECORDS }, options);
const names = async (file: ReturnType<typeof open>): Promise<string[]> => (await file).tensors.map(({ name }) => name);
const call = (path: string, ...args: readonly Pickled[]): Call => {
  const dot = path.lastIndexOf(".");
  return new Call(new Name(path.slice(0, dot), path.slice(dot + 1)), args);
};
const storage = (name: string, numel: number, key = "0"): Outside =>
  new Outside(tuple("storage", new Name("torch", name), key, "cpu", numel));

describe("a PyTorch zip archive", () => {
  it("gives the tensors of a state dict under their keys, values in C order", async () => {
    const file = await openDict({ "fc.weight": W, "fc.bias": tensor({ size: [2], numel: 6, offset: 4 }) });
    expect(file.format).toBe("pytorch");
    expect(file.tensors.map(({ name, shape, dtype, byteLength }) => [name, shape, dtype, byteLength])).toEqual([
      ["fc.weight", [2, 3], "F32", 24],
      ["fc.bias", [2], "F32", 8],
    ]);
    expect(await valuesOf(file.tensors[0])).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await valuesOf(file.tensors[1])).toEqual([4, 5]);
    expect(file.warnings).toEqual([]);
  });

  it("is known by its contents, whatever its folder and the file are called", async () => {
    for (const folder of ["", "a/", "my model/"]) {
      const bytes = archiveOf({ pickle: dict({ w: W }), records: RECORDS, folder });
      expect(await names(openOne("weights.bin", bytes))).toEqual(["w"]);
    }
  });

  it("reads transposed, sliced, channels-last and zero-dimensional views", async () => {
    const file = await openDict({
      transposed: tensor({ size: [3, 2], stride: [1, 3], numel: 6 }),
      column: tensor({ size: [2, 1], stride: [3, 1], offset: 1, numel: 6 }),
      scalar: tensor({ size: [], offset: 5, numel: 6 }),
      channelsLast: tensor({ size: [1, 2, 1, 3], stride: [6, 1, 6, 2], numel: 6 }),
      empty: tensor({ size: [0, 3], numel: 6 }),
    });
    const values = async (name: string) => valuesOf(tensorNamed(file, name));
    expect(await values("transposed")).toEqual([0, 3, 1, 4, 2, 5]);
    expect(await values("column")).toEqual([1, 4]);
    expect(await values("scalar")).toEqual([5]);
    expect(await values("channelsLast")).toEqual([0, 2, 4, 1, 3, 5]);
    expect(await values("empty")).toEqual([]);
  });

  it("gives views of one storage one key only where they are the same view", async () => {
    const key = async (parts: Parameters<typeof tensor>[0]) =>
      (await openDict({ w: W, other: tensor({ numel: 6, ...parts }) })).tensors;
    const same = async (parts: Parameters<typeof tensor>[0]) => {
      const [a, b] = await key(parts);
      return a.storageKey === b.storageKey;
    };
    expect(await same({ size: [2, 3] })).toBe(true);
    expect(await same({ size: [6] })).toBe(true);
    expect(await same({ size: [3, 2], stride: [1, 3] })).toBe(false);
    expect(await same({ size: [1, 3] })).toBe(false);
    expect(await same({ size: [1, 3], offset: 3 })).toBe(false);
  });

  it("reads deflated records, and zip64 directories", async () => {
    const bytes = archiveOf({
      pickle: dict({ w: W, t: tensor({ size: [3, 2], stride: [1, 3], numel: 6 }) }),
      pickled: { method: 8 },
      more: [{ name: "archive/data/0", data: RECORDS["0"], method: 8 }],
      writing: { zip64: true },
    });
    const file = await openOne("x.pt", bytes);
    expect(await valuesOf(file.tensors[0])).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await valuesOf(file.tensors[1])).toEqual([0, 3, 1, 4, 2, 5]);
  });

  it("39: turns the bytes of a big-endian archive", async () => {
    const big = new Uint8Array(8);
    new DataView(big.buffer).setFloat32(0, 1.5, false);
    new DataView(big.buffer).setFloat32(4, -2, false);
    const file = await open({ pickle: dict({ w: tensor({ size: [2] }) }), records: { "0": big }, byteorder: "big" });
    expect(await valuesOf(file.tensors[0])).toEqual([1.5, -2]);
  });

  it("reads every element type that has a decoder, and lists the others", async () => {
    const v3 = (dtype: string, bytes: number) =>
      new Call(new Name("torch._utils", "_rebuild_tensor_v3"), [
        new Outside(tuple("storage", new Name("torch.storage", "UntypedStorage"), "0", "cpu", 24)),
        0,
        tuple(24 / bytes),
        tuple(1),
        false,
        new Call(ORDERED_DICT, []),
        new Name("torch", dtype),
      ]);
    const file = await openDict({
      f8: v3("float8_e4m3fn", 1),
      u16: v3("uint16", 2),
      c64: v3("complex64", 8),
      bool: v3("bool", 1),
      f64: tensor({ size: [3], storageClass: new Name("torch", "DoubleStorage") }),
      fnuz: v3("float8_e4m3fnuz", 1),
    });
    expect(file.tensors.map(({ dtype, floating, storedBits }) => [dtype, floating, storedBits])).toEqual([
      ["F8_E4M3", true, 8],
      ["U16", false, 16],
      ["C64", false, 64],
      ["BOOL", false, 8],
      ["F64", true, 64],
      ["F8_E4M3FNUZ", true, 8],
    ]);
    expect((await refusal(valuesOf(file.tensors[2]))).message).toMatch(/C64/);
  });

  it("walks a pickled module as data: parameters, buffers, submodules", async () => {
    const module = (parts: Readonly<Record<string, Pickled>>): Call =>
      new Call(new Name("my.code", "Net"), [], {
        state: dict({ training: true, _parameters: dict({}), _buffers: dict({}), _modules: dict({}), ...parts }),
      });
    const parameter = call("torch._utils._rebuild_parameter", W, true, new Call(ORDERED_DICT, []));
    const inner = module({ _parameters: dict({ weight: parameter, bias: null }), _buffers: dict({ mask: W }) });
    const file = await open({ pickle: module({ _modules: dict({ fc: inner, act: module({}) }) }), records: RECORDS });
    expect(file.tensors.map(({ name }) => name)).toEqual(["fc.weight", "fc.mask"]);
    expect(file.warnings).toEqual([expect.stringMatching(/\(my\.code\.Net\): none of it was run/)]);
  });

  it("reads TorchScript archives and their lists", async () => {
    const pickle = new Call(new Name("__torch__.Net", "Net"), [], {
      state: dict({ w: W, list: call("torch.jit._pickle.build_intlist", [1]) }),
    });
    const code = { name: "archive/code/__torch__/Net.py", data: new Uint8Array(3) };
    const file = await open({ pickle, records: RECORDS, more: [code] });
    expect(file.tensors.map(({ name }) => name)).toEqual(["w"]);
    expect(file.warnings).toEqual([]);
    expect(file.metadata.container).toBe("TorchScript archive");
  });

  it("reads an OrderedDict of Python 2, and names of numbers", async () => {
    expect(
      await names(open({ pickle: new Call(ORDERED_DICT, [[["a", W], tuple("b", W)]]), records: RECORDS })),
    ).toEqual(["a", "b"]);
    expect(
      await names(
        open({
          pickle: new Map<Pickled, Pickled>([
            [7, W],
            [tuple(1), W],
          ]),
          records: RECORDS,
        }),
      ),
    ).toEqual(["7", "(key 1)"]);
  });

  it("keeps prototype names and repeated paths apart", async () => {
    expect(await names(openDict({ __proto__x: W, constructor: W, "a.b": W, a: dict({ b: W }) }))).toEqual([
      "__proto__x",
      "constructor",
      "a.b",
      "a.b (2)",
    ]);
    expect(await names(open({ pickle: new Map([["__proto__", W]]), records: RECORDS }))).toEqual(["__proto__"]);
  });

  it("opens nothing but the file itself, and leaves nothing open", async () => {
    const files = filesInMemory(
      { "x.pt": archiveOf({ pickle: dict({ w: W }), records: RECORDS }), "../x": "no" },
      "x.pt",
    );
    const file = await openWeightFile(files);
    expect(new Set(files.reads.map(({ name }) => name))).toEqual(new Set(["x.pt"]));
    await file.close();
    expect(files.stillOpen.size).toBe(0);
  });
});

describe("a nested checkpoint", () => {
  const optimizer = dict({ state: new Map<Pickled, Pickled>([[0, dict({ exp_avg: W })]]), param_groups: [] });

  it("gives what stands under the first usual key that holds tensors, and says so", async () => {
    const file = await openDict({
      epoch: 3,
      model: null,
      ema: dict({ w: W }),
      state_dict: dict({ "fc.weight": W }),
      optimizer,
    });
    expect(file.tensors.map(({ name }) => name)).toEqual(["fc.weight"]);
    expect(file.warnings).toEqual([
      'the weights were taken from "state_dict"; skipped: "ema" (1 tensor), "optimizer" (1 tensor)',
    ]);
  });

  it("is followed through several usual keys", async () => {
    const file = await openDict({ ema: dict({ state_dict: dict({ w: W }), decay: 0.9 }) });
    expect(file.warnings).toEqual(['the weights were taken from "ema.state_dict"']);
  });

  it("without a usual key gives all parts but the optimizers', joined by dots", async () => {
    const file = await openDict({
      generator: dict({ w: W }),
      parts: [dict({ v: W })],
      opt: optimizer,
      optimizer_d: dict({ x: W }),
      step: 5,
    });
    expect(file.tensors.map(({ name }) => name)).toEqual(["generator.w", "parts.0.v"]);
    expect(file.warnings).toEqual([expect.stringMatching(/skipped: "opt" \(1 tensor\), "optimizer_d" \(1 tensor\)/)]);
  });

  it("gives the part that is asked for, and lists the parts where there is none of that name", async () => {
    const checkpoint = { state_dict: dict({ w: W }), "a.b": dict({ ema: dict({ v: W }) }), optimizer };
    expect(await names(openDict(checkpoint, { root: "a.b.ema" }))).toEqual(["v"]);
    expect(await names(openDict(checkpoint, { root: "optimizer" }))).toEqual(["state.0.exp_avg"]);
    expect(await names(openDict(checkpoint, { root: "" }))).toEqual([
      "state_dict.w",
      "a.b.ema.v",
      "optimizer.state.0.exp_avg",
    ]);
    await expect(openDict(checkpoint, { root: "a.x" })).rejects.toThrow(OptionError);
    await expect(openDict(checkpoint, { root: "a.x" })).rejects.toThrow(
      /no part called "a\.x"; it holds state_dict, a\.b, optimizer/,
    );
    await expect(openDict(checkpoint, { root: "a.b.x" })).rejects.toThrow(/no part called "a\.b\.x"; "a\.b" holds ema/);
  });

  it("27: with a bomb of shared parts is walked once, and says what was met again", async () => {
    let part: Pickled = dict({ w: W });
    for (let level = 0; level < 50; level++) part = [part, part];
    const file = await openDict({ a: part });
    expect(file.tensors.map(({ name }) => name)).toEqual([`a${".0".repeat(50)}.w`]);
    expect(file.warnings).toEqual([expect.stringMatching(/listed at the first only/)]);
  });

  it("28: deeper than any module is not followed", async () => {
    let part: Pickled = dict({ deep: W });
    for (let level = 0; level < 100; level++) part = dict({ d: part });
    const file = await openDict({ w: W, part });
    expect(file.tensors.map(({ name }) => name)).toEqual(["w"]);
    expect(file.warnings).toEqual([expect.stringMatching(/too deep/)]);
  });

  it("that holds itself comes to an end", async () => {
    const loop = concat(Uint8Array.of(0x80, 2), "}q\0X\x01\0\0\0wU\0sX\x01\0\0\0ah\0s.");
    expect((await refusal(open({ pickle: loop }))).message).toMatch(/holds no tensor.*It holds w, a/);
  });

  it("without any tensor is refused with what it holds", async () => {
    const error = await refusal(openDict({ epoch: 1, config: dict({}) }));
    expect(error.message).toMatch(/holds no tensor\. It holds epoch, config/);
    expect(error.kind).toBe("unsupported");
  });
});

describe("tensors that have no plain values", () => {
  const quantiser = tuple(new Name("torch", "per_tensor_affine"), 0.1, 0);
  const layout = call("torch.serialization._get_layout", "torch.sparse_coo");
  const dtype = new Name("numpy", "dtype");
  const array = new Call(
    new Name("numpy.core.multiarray", "_reconstruct"),
    [new Name("numpy", "ndarray"), tuple(0), "b"],
    {
      state: tuple(1, tuple(2, 2), new Call(dtype, ["f4", false, true]), false, new Uint8Array(16)),
    },
  );
  const CASES: Record<string, { value: Pickled; says: RegExp; shape?: readonly number[] }> = {
    "40: a quantised tensor": {
      value: call(
        "torch._utils._rebuild_qtensor",
        storage("QInt8Storage", 24),
        0,
        tuple(2, 3),
        tuple(3, 1),
        quantiser,
        false,
        null,
      ),
      says: /quantised tensor \(per_tensor_affine\)/,
    },
    "40: a sparse tensor": {
      value: call("torch._utils._rebuild_sparse_tensor", layout, tuple(W, W, tuple(2, 3), true)),
      says: /sparse_coo/,
    },
    "40: a sparse tensor of rows": {
      value: call("torch._utils._rebuild_sparse_tensor", new Name("torch", "sparse_csr"), tuple(W, W, W, tuple(2, 3))),
      says: /sparse_csr/,
    },
    "40: a meta tensor": {
      value: call(
        "torch._utils._rebuild_meta_tensor_no_storage",
        new Name("torch", "float32"),
        tuple(2, 3),
        tuple(3, 1),
        false,
      ),
      says: /meta device/,
    },
    "a tensor of a class of its own": {
      value: call(
        "torch._tensor._rebuild_from_type_v2",
        new Name("torch._utils", "_rebuild_wrapper_subclass"),
        new Name("torchao", "Int4"),
        tuple(
          new Name("torchao", "Int4"),
          new Name("torch", "bfloat16"),
          tuple(2, 3),
          tuple(3, 1),
          0,
          null,
          "cpu",
          false,
        ),
        dict({}),
      ),
      says: /class torchao\.Int4/,
    },
    "a negated view": { value: tensor({ size: [2, 3], metadata: dict({ neg: true }) }), says: /neg bit/ },
    "an expanded view": {
      value: tensor({ size: [1000, 1000, 6], stride: [0, 0, 1], numel: 6 }),
      says: /repeats its elements/,
      shape: [1000, 1000, 6],
    },
    "a NumPy array": { value: array, says: /NumPy array/, shape: [2, 2] },
  };
  for (const [what, { value, says, shape = [2, 3] }] of Object.entries(CASES)) {
    it(`are listed with the reason: ${what}`, async () => {
      const file = await openDict({ good: W, odd: value });
      const odd = tensorNamed(file, "odd");
      expect(odd).toMatchObject({ floating: false, shape });
      expect(odd.unreadable).toMatch(says);
      expect(await refusal(valuesOf(odd))).toMatchObject({ kind: "unsupported" });
      expect(await valuesOf(tensorNamed(file, "good"))).toEqual([0, 1, 2, 3, 4, 5]);
      const plan = planLayers(file, { conv: "slices", include: [], exclude: [], minEigenvalues: 1 });
      expect(plan.skipped.find(({ name }) => name === "odd")?.reason).toMatch(says);
    });
  }

  it("are not the end of a tensor with attributes, or from another device", async () => {
    const args = W.args;
    const withState = call(
      "torch._tensor._rebuild_from_type_v2",
      W.callee,
      new Name("torch.nn.parameter", "Parameter"),
      tuple(...args),
      dict({}),
    );
    const moved = call(
      "torch._utils._rebuild_device_tensor_from_cpu_tensor",
      W,
      new Name("torch", "float32"),
      "xla:0",
      false,
    );
    expect(await names(openDict({ withState, moved }))).toEqual(["withState", "moved"]);
  });
});

describe("a hostile PyTorch file", () => {
  it("22: runs nothing; what it would call is told in a warning, or refused if pickles are strict", async () => {
    const evil = filesInMemory({ "evil.pt": fixture("evil.pt") }, "evil.pt");
    expect((await openWeightFile(evil)).warnings).toEqual([
      expect.stringMatching(/\(posix\.system\): none of it was run/),
    ]);
    const error = await refusal(openWeightFile(evil, { strictPickle: true }));
    expect(error.message).toMatch(/its pickle names posix\.system/);
    expect(error.kind).toBe("unsupported");
    expect(evil.stillOpen.size).toBe(1);
  });

  it("23: chains of calls are refused if pickles are strict", async () => {
    const chain = new Call(call("collections.OrderedDict"), []);
    await openDict({ w: W, chain });
    expect((await refusal(openDict({ w: W, chain }, { strictPickle: true }))).message).toMatch(
      /results of other calls/,
    );
    expect(await names(openDict({ w: W }, { strictPickle: true }))).toEqual(["w"]);
  });

  it("33: names by the module that is written, so that a submodule is no way around", async () => {
    const { warnings } = await openDict({
      w: W,
      x: call("asyncio.unix_events._UnixSubprocessTransport._start", "id"),
      y: call("torch.load", "x"),
    });
    expect(warnings[0]).toMatch(/asyncio\.unix_events\._UnixSubprocessTransport\._start, torch\.load/);
  });

  const REFUSED: Record<string, { parts: Partial<ArchiveParts>; says: RegExp; kind?: string }> = {
    "24: a storage that is not there": {
      parts: { pickle: dict({ w: tensor({ size: [2, 3], key: "7" }) }) },
      says: /tensor "w".*record data\/7/,
    },
    "24: a storage outside": {
      parts: { pickle: dict({ w: tensor({ size: [2, 3], key: "../../etc/passwd" }) }) },
      says: /data\/\.\.\/\.\.\/etc/,
    },
    "24: a storage that is a number": {
      parts: { pickle: dict({ w: tensor({ size: [2, 3], key: 0 }) }) },
      says: /refers to a storage in a way/,
    },
    "24: a storage of no known class": {
      parts: { pickle: dict({ w: tensor({ size: [2, 3], storageClass: new Name("os", "system") }) }) },
      says: /refers to a storage/,
    },
    "25: more elements than the record": {
      parts: { pickle: dict({ w: tensor({ size: [2, 3], numel: 7 }) }) },
      says: /7 elements of 4 bytes.*24 bytes/,
    },
    "25: fewer elements than the record": {
      parts: { pickle: dict({ w: tensor({ size: [2, 2] }) }) },
      says: /4 elements of 4 bytes/,
    },
    "25: a negative number of elements": {
      parts: { pickle: dict({ w: tensor({ size: [2, 3], numel: -6 }) }) },
      says: /refers to a storage/,
    },
    "26: strides beyond the storage": {
      parts: { pickle: dict({ w: tensor({ size: [2, 3], stride: [4, 1], numel: 6 }) }) },
      says: /reaches element 6/,
    },
    "26: an offset beyond the storage": {
      parts: { pickle: dict({ w: tensor({ size: [2, 3], offset: 1, numel: 6 }) }) },
      says: /reaches element 6.*has 6/,
    },
    "26: a negative stride": {
      parts: { pickle: dict({ w: tensor({ size: [2, 3], stride: [-3, 1], numel: 6 }) }) },
      says: /strides \(-3, 1\)/,
    },
    "26: a negative offset": {
      parts: { pickle: dict({ w: tensor({ size: [2, 3], offset: -1, numel: 6 }) }) },
      says: /offset -1/,
    },
    "26: fewer strides than axes": {
      parts: { pickle: dict({ w: tensor({ size: [2, 3], stride: [1], numel: 6 }) }) },
      says: /strides \(1\)/,
    },
    "26: a negative side": {
      parts: { pickle: dict({ w: tensor({ size: [2, -3], stride: [3, 1], numel: 6 }) }) },
      says: /shape \(2, -3\)/,
    },
    "26: sides that overflow": {
      parts: { pickle: dict({ w: tensor({ size: [2 ** 30, 2 ** 30], stride: [0, 0], numel: 6 }) }) },
      says: /overflows/,
    },
    "26: a stride that overflows": {
      parts: { pickle: dict({ w: tensor({ size: [2, 3], stride: [2 ** 53 - 1, 2 ** 53 - 1], numel: 6 }) }) },
      says: /overflow/,
    },
    "29: a shape of text": {
      parts: {
        pickle: dict({
          w: new Call(new Name("torch._utils", "_rebuild_tensor_v2"), [storage("FloatStorage", 6), 0, "ab", tuple(1)]),
        }),
      },
      says: /described in a way/,
    },
    "30: a pickle that is cut off": { parts: { pickle: pickleOf(dict({ w: W })).slice(0, -8) }, says: /truncated/ },
    "31: bytes after the pickle": {
      parts: { pickle: concat(pickleOf(dict({ w: W })), "cos\nsystem\n.") },
      says: /12 bytes follow the end/,
    },
    "33: another name in the local header": {
      parts: { pickled: { local: { name: "archive/data.pk1" } } },
      says: /another name in its local header/,
    },
    "33: another size in the local header": { parts: { pickled: { local: { bytes: 5 } } }, says: /another size/ },
    "34: a pickle of a ratio that no compressor reaches": {
      parts: { pickled: { method: 8, central: { bytes: 1e9 }, local: { bytes: 1e9 } } },
      says: /zip bomb/,
    },
    "35: two pickles of one name": {
      parts: { more: [{ name: "archive/data.pkl", data: new Uint8Array(1) }] },
      says: /two members are called/,
    },
    "35: two pickles in two folders": {
      parts: { more: [{ name: "other/data.pkl", data: new Uint8Array(1) }] },
      says: /two pickles of tensors/,
    },
    "36: an encrypted pickle": {
      parts: { pickled: { central: { flags: 1 }, local: { flags: 1 } } },
      says: /encrypted/,
      kind: "unsupported",
    },
    "36: a pickle of an unknown method": { parts: { pickled: { method: 93 } }, says: /method 93/, kind: "unsupported" },
    "37: a pickle of a wrong checksum": {
      parts: { pickled: { central: { crc: 1 }, local: { crc: 1 } } },
      says: /data\.pkl.*checksum/,
    },
    "38: a record with a name that leads out": {
      parts: { more: [{ name: "archive/../x", data: new Uint8Array(1) }] },
      says: /a member is called/,
    },
    "39: an unknown byte order": { parts: { byteorder: "middle" }, says: /byte order is "middle"/ },
    "39: a byte order of a megabyte": {
      parts: { byteorder: " ".repeat(2 ** 20) },
      says: /1048576 bytes, more than its limit of 64/,
      kind: "unsupported",
    },
  };
  for (const [what, { parts, says, kind = "malformed" }] of Object.entries(REFUSED)) {
    it(`is refused with ${what}`, async () => {
      const bytes = archiveOf({ pickle: dict({ w: W }), records: RECORDS, ...parts });
      const files = filesInMemory({ "x.pt": bytes }, "x.pt");
      const error = await refusal(openWeightFile(files));
      expect(error.message).toMatch(says);
      expect(error.kind).toBe(kind);
      expect(files.stillOpen.size).toBe(0);
    });
  }

  it("32: with its end cut off is refused as truncated", async () => {
    const bytes = archiveOf({ pickle: dict({ w: W }), records: RECORDS });
    expect((await refusal(openOne("x.pt", bytes.slice(0, -9)))).message).toMatch(/no end record.*truncated/);
  });

  it("37: with a damaged storage is refused when the tensor is read", async () => {
    const bytes = archiveOf({
      pickle: dict({ w: W }),
      more: [{ name: "archive/data/0", data: RECORDS["0"], central: { crc: 1 }, local: { crc: 1 } }],
    });
    expect((await refusal(valuesOf((await openOne("x.pt", bytes)).tensors[0]))).message).toMatch(/checksum/);
  });

  for (const name of ["deep", "laugh", "long", "proto", "proto2", "hugestr", "neglen", "trunc"]) {
    it(`with ${name}.pkl for its pickle is refused, and nothing happens`, async () => {
      const error = await refusal(open({ pickle: fixture(`${name}.pkl`) }));
      expect(error.kind).toBe(["hugestr", "neglen", "trunc"].includes(name) ? "malformed" : "unsupported");
    });
  }

  it("brings none of its control characters into a sentence", async () => {
    const red = "\u001b[31mred\u0007";
    const warned = await openDict({
      [red]: dict({ w: W }),
      x: new Call(new Name(red, red), []),
      optimizer: dict({ [red]: W }),
    });
    const messages = [
      ...warned.warnings,
      (await refusal(openDict({ [red]: 1 }))).message,
      await openDict({ [red]: W }, { root: "x" }).catch((error: OptionError) => error.message),
      (await refusal(openDict({ [red]: W, x: new Call(new Name(red, red), []) }, { strictPickle: true }))).message,
      (await refusal(openDict({ w: tensor({ size: [6], key: red }) }))).message,
    ];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the point
    for (const message of messages) expect(message).not.toMatch(/[\u0000-\u001f]/);
    expect(messages.length).toBeGreaterThan(5);
  });

  it("of another kind of archive is called by its name", async () => {
    const zip = (name: string) => archiveOf({ pickle: new Uint8Array(0), pickled: { name } });
    expect((await refusal(openOne("x.pt", zip("archive/model.json")))).message).toMatch(/before PyTorch 1\.4/);
    expect((await refusal(openOne("x.pt2", zip("archive/serialized_state_dict.pt")))).message).toMatch(
      /before PyTorch 2\.8/,
    );
    expect((await refusal(openOne("x.pt", zip("archive/photo.jpg")))).message).toMatch(/holds no data\.pkl/);
  });
});

describe("an exported program (.pt2)", () => {
  const meta = {
    dtype: 7,
    sizes: [{ as_int: 2 }, { as_int: 3 }],
    strides: [{ as_int: 3 }, { as_int: 1 }],
    storage_offset: { as_int: 0 },
    layout: 7,
  };
  const payload = (changes: object = {}, more: object = {}) => ({
    path_name: "weight_0",
    use_pickle: false,
    tensor_meta: { ...meta, ...changes },
    ...more,
  });
  const piece = (name: string, content: unknown): ZipPiece => ({
    name: `m/data/${name}`,
    data: content instanceof Uint8Array ? content : new TextEncoder().encode(JSON.stringify(content)),
  });
  const openExport = (config: object, more: readonly ZipPiece[] = []) => {
    const weights = piece("weights/weight_0", RECORDS["0"]);
    const bytes = archiveOf({
      pickle: new Uint8Array(0),
      folder: "m/",
      pickled: { name: "m/archive_format" },
      more: [weights, piece("weights/model_weights_config.json", { config }), ...more],
    });
    return openOne("x.pt2", bytes);
  };

  it("gives its weights and constants by their own names", async () => {
    const constants = [
      piece("constants/c_0", f32(7)),
      piece("constants/model_constants_config.json", {
        config: {
          c: { path_name: "c_0", tensor_meta: { ...meta, sizes: [], strides: [] } },
          object: { path_name: "o" },
        },
      }),
    ];
    const file = await openExport({ w: payload(), t: payload({ sizes: [3, 2], strides: [1, 3] }) }, constants);
    expect(file.tensors.map(({ name, shape }) => [name, shape])).toEqual([
      ["w", [2, 3]],
      ["t", [3, 2]],
      ["c", []],
    ]);
    expect(await valuesOf(file.tensors[1])).toEqual([0, 3, 1, 4, 2, 5]);
    expect(await valuesOf(file.tensors[2])).toEqual([7]);
    expect(file.warnings).toEqual([expect.stringMatching(/constant "object" is an object/)]);
  });

  it("puts the model before the name where there are several", async () => {
    const file = await openExport({ w: payload() }, [
      piece("weights/other_weights_config.json", { config: { w: payload() } }),
    ]);
    expect(file.tensors.map(({ name }) => name)).toEqual(["model.w", "other.w"]);
  });

  it("40: lists pickled, sparse, symbolic and unknown ones with the reason", async () => {
    const { tensors } = await openExport({
      pickled: payload({}, { use_pickle: true }),
      sparse: payload({ layout: 1 }),
      symbolic: payload({ sizes: [{ as_expr: { expr_str: "s0" } }, { as_int: 3 }] }),
      unknown: payload({ dtype: 99 }),
    });
    expect(tensors.map(({ unreadable }) => unreadable)).toEqual([
      expect.stringMatching(/pickled/),
      expect.stringMatching(/sparse/),
      expect.stringMatching(/not fixed/),
      expect.stringMatching(/type 99/),
    ]);
  });

  const REFUSED: Record<string, { config: object; says: RegExp }> = {
    "24: a record that is not there": {
      config: { w: payload({}, { path_name: "../../x" }) },
      says: /data\/weights\/\.\.\/\.\.\/x is not in the archive/,
    },
    "26: a view beyond its record": {
      config: { w: payload({ storage_offset: { as_int: 1 } }) },
      says: /reaches element 6/,
    },
    "a weight without a record": { config: { w: { tensor_meta: meta } }, says: /names no record/ },
  };
  for (const [what, { config, says }] of Object.entries(REFUSED)) {
    it(`is refused with ${what}`, async () => expect((await refusal(openExport(config))).message).toMatch(says));
  }
});

describe("a PyTorch file in the old format", () => {
  const one = { key: "a", numel: 6, data: RECORDS["0"] };
  const two = { key: "b", numel: 2, data: f32(8, 9) };
  const pickle = dict({
    w: tensor({ size: [2, 3], key: "a", legacyView: null }),
    v: tensor({ size: [2], key: "b", legacyView: null }),
  });

  it("gives its tensors, from storages one after the other", async () => {
    const file = await openOne("x.pt", legacyOf({ pickle, storages: [one, two] }));
    expect(await valuesOf(file.tensors[0])).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await valuesOf(file.tensors[1])).toEqual([8, 9]);
    expect(file.metadata.container).toBe("old format");
  });

  it("counts from the view of a storage where there is one", async () => {
    const viewed = dict({ v: tensor({ size: [2], numel: 6, key: "a", offset: 1, legacyView: tuple("view", 3, 3) }) });
    const file = await openOne("x.pt", legacyOf({ pickle: viewed, storages: [one] }));
    expect(await valuesOf(file.tensors[0])).toEqual([4, 5]);
  });

  it("reads a module that brings its source, which stays text", async () => {
    const net = new Outside(tuple("module", new Name("__main__", "Net"), "net.py", "import os"));
    const state = dict({
      _parameters: dict({ w: tensor({ size: [2, 3], key: "a", legacyView: null }) }),
      _modules: dict({}),
    });
    expect(await names(openOne("x.pt", legacyOf({ pickle: new Call(net, [], { state }), storages: [one] })))).toEqual([
      "w",
    ]);
  });

  it("reads a pickle that is longer than the first read", async () => {
    const long = dict({ config: "x".repeat(3 * 2 ** 20), w: tensor({ size: [2, 3], key: "a", legacyView: null }) });
    expect(await names(openOne("x.pt", legacyOf({ pickle: long, storages: [one] })))).toEqual(["w"]);
  });

  it("warns of bytes after the last storage", async () => {
    const file = await openOne("x.pt", legacyOf({ pickle, storages: [one, two], after: new Uint8Array(5) }));
    expect(file.warnings).toEqual(["5 bytes follow the last storage and were not read"]);
  });

  const REFUSED: Record<string, { bytes: Uint8Array; says: RegExp; kind?: string }> = {
    "24: a storage that is not listed": {
      bytes: legacyOf({ pickle, storages: [one] }),
      says: /tensor "v".*storage b is not in the file/,
    },
    "24: a list with a storage that no tensor uses": {
      bytes: legacyOf({ pickle, storages: [one, two, { ...two, key: "c" }] }),
      says: /names c, which no tensor uses/,
    },
    "24: a list with a storage twice": {
      bytes: legacyOf({ pickle, storages: [one, one, two] }),
      says: /names a, twice/,
    },
    "25: another number of elements": {
      bytes: legacyOf({ pickle, storages: [{ ...one, numel: 7 }, two] }),
      says: /declares 7 elements, but its tensors 6/,
    },
    "25: 2^63 elements": {
      bytes: legacyOf({ pickle, storages: [{ ...one, numel: 2n ** 63n }, two] }),
      says: /declares -9223372036854775808/,
    },
    "25: two sizes of one storage": {
      bytes: legacyOf({
        pickle: dict({ w: tensor({ size: [6], key: "a" }), v: tensor({ size: [5], key: "a" }) }),
        storages: [one],
      }),
      says: /two sizes/,
    },
    "25: storages larger than the file": {
      bytes: legacyOf({
        pickle: dict({ w: tensor({ size: [6], numel: 2 ** 40, key: "a" }) }),
        storages: [{ ...one, numel: 2 ** 40 }],
      }),
      says: /the storage a needs 4398046511104 bytes, but only 24 are left/,
    },
    "30: an end in the data": { bytes: legacyOf({ pickle, storages: [one, two] }).slice(0, -3), says: /truncated/ },
    "30: an end in the pickles": { bytes: legacyOf({ pickle, storages: [one, two] }).slice(0, 200), says: /truncated/ },
    "another version": {
      bytes: legacyOf({ pickle, storages: [one, two], version: 1002 }),
      says: /version/,
      kind: "unsupported",
    },
    "keys that are no list": {
      bytes: legacyOf({ pickle, storages: [one, two], keys: raw("N") }),
      says: /list of storages is not a list/,
    },
  };
  for (const [what, { bytes, says, kind = "malformed" }] of Object.entries(REFUSED)) {
    it(`is refused with ${what}`, async () => {
      const error = await refusal(openOne("x.pt", bytes));
      expect(error.message).toMatch(says);
      expect(error.kind).toBe(kind);
    });
  }
});

describe("a sharded PyTorch checkpoint", () => {
  const shard = (name: string) => archiveOf({ pickle: dict({ [name]: W }), records: RECORDS });
  const index = JSON.stringify({ metadata: { total_size: 48 }, weight_map: { b: "m-2.bin", a: "m-1.bin" } });
  const files = { "m-1.bin": shard("a"), "m-2.bin": shard("b") };

  it("gives the tensors of all shards in the order of the shards, whatever the index is called", async () => {
    for (const name of ["pytorch_model.bin.index.json", "other.json"]) {
      const file = await openWeightFile(filesInMemory({ ...files, [name]: index }, name));
      expect(file.format).toBe("pytorch");
      expect(file.tensors.map((tensor) => [tensor.name, tensor.file])).toEqual([
        ["a", "m-1.bin"],
        ["b", "m-2.bin"],
      ]);
      expect(await valuesOf(file.tensors[0])).toEqual([0, 1, 2, 3, 4, 5]);
      expect(file.files.length).toBe(3);
    }
  });

  it("is found in a folder, beside what a trainer leaves there", async () => {
    const folder = { ...files, "pytorch_model.bin.index.json": index, "optimizer.pt": shard("x"), "config.json": "{}" };
    const file = await openWeightFile(filesInMemory(folder));
    expect(file.tensors.length).toBe(2);
    expect(file.warnings).toEqual([expect.stringMatching(/skipped: optimizer\.pt/)]);
  });

  it("gives way to safetensors in the same folder, as pytorch_model.bin does", async () => {
    const folder = { "model.safetensors": fixture("m.safetensors"), "pytorch_model.bin": shard("x") };
    const file = await openWeightFile(filesInMemory(folder));
    expect(file.format).toBe("safetensors");
    expect(file.warnings).toEqual([expect.stringMatching(/skipped: pytorch_model\.bin/)]);
    expect(
      (await openWeightFile(filesInMemory({ "pytorch_model.bin": shard("x"), "training_args.bin": shard("y") })))
        .files[0].name,
    ).toBe("pytorch_model.bin");
  });

  const REFUSED: Record<string, { index?: object; files?: Record<string, Uint8Array>; says: RegExp }> = {
    "17: a shard outside": { index: { weight_map: { a: "../m-1.bin" } }, says: /not a plain name/ },
    "18: a shard that is not there": {
      index: { weight_map: { a: "m-1.bin", b: "m-3.bin" } },
      says: /m-3\.bin, which does not exist/,
    },
    "19: a tensor that is in another shard": {
      index: { weight_map: { a: "m-2.bin", b: "m-2.bin" } },
      says: /says that m-2\.bin holds it/,
    },
    "19: a tensor in two shards": { files: { "m-2.bin": shard("a") }, says: /also holds a tensor of this name/ },
    "a shard that is something else": {
      files: { "m-2.bin": new TextEncoder().encode("<html>") },
      says: /m-2\.bin: this is a web page/,
    },
  };
  for (const [what, { index: other, files: changed, says }] of Object.entries(REFUSED)) {
    it(`is refused with ${what}`, async () => {
      const all = { ...files, ...changed, "x.bin.index.json": other === undefined ? index : JSON.stringify(other) };
      const watched = filesInMemory(all, "x.bin.index.json");
      expect((await refusal(openWeightFile(watched))).message).toMatch(says);
      expect(watched.stillOpen.size).toBe(0);
    });
  }
});
