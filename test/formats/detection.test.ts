import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openWeightFile } from "#eigenscope/formats/index.js";
import { npyHeader, npyOf, zipOf } from "./build-numpy.js";
import { safetensorsWith } from "./build-safetensors.js";
import { concat, filesInMemory, fixture, openOne, refusal } from "./files-in-memory.js";

const WEIGHTS = safetensorsWith({ "fc.weight": { shape: [2, 2], values: [1, 2, 3, 4] } });
const ARRAY = npyOf(npyHeader({}), new Uint8Array(16));

describe("a file that is named", () => {
  it("84: is known by its contents, whatever its extension", async () => {
    expect((await openOne("model.bin", WEIGHTS)).format).toBe("safetensors");
    expect((await openOne("model.safetensors", ARRAY)).format).toBe("npy");
    expect((await openOne("a.safetensors", fixture("mc.npz"))).format).toBe("npz");
  });

  const UNREADABLE: Record<string, { name?: string; content: Uint8Array | string; says: RegExp; kind: string }> = {
    "82: an empty file": { content: "", says: /empty file \(0 bytes\)/, kind: "malformed" },
    "85: a git-LFS pointer": {
      content: "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n",
      says: /Run "git lfs pull"/,
      kind: "unknown-format",
    },
    "86: a web page": {
      content: "\n<!DOCTYPE html><html><title>Sign in</title>",
      says: /web page.*download again/,
      kind: "unknown-format",
    },
    "87: an unfinished download": {
      name: "x.incomplete",
      content: "\x01\x02\x03\x04",
      says: /unfinished download/,
      kind: "malformed",
    },
    "a truncated download of a safetensors file": {
      content: WEIGHTS.subarray(0, WEIGHTS.length - 2),
      says: /truncated \(an unfinished download\?\); get it again/,
      kind: "malformed",
    },
    "a PyTorch zip whose pickle is none": {
      content: zipOf([{ name: "archive/data.pkl", data: new Uint8Array(4) }]),
      says: /pickle is not valid at byte 1: 0x00 is not an opcode/,
      kind: "malformed",
    },
    "a pickle of something else": {
      content: Uint8Array.of(0x80, 4, 0x95, 0x0a),
      says: /pickle that torch\.save did not write.*safetensors/,
      kind: "unsupported",
    },
    "a PyTorch tar": {
      content: concat("storages\0", new Uint8Array(248), "ustar\0"),
      says: /PyTorch file from before version 0\.1\.10/,
      kind: "unsupported",
    },
    "a .pth of something else": {
      name: "x.pth",
      content: "Dear model,",
      says: /neither a zip archive nor PyTorch's old/,
      kind: "malformed",
    },
    "another zip": {
      content: zipOf([{ name: "photos/1.jpg", data: new Uint8Array(4) }]),
      says: /zip archive that holds no NumPy arrays/,
      kind: "unsupported",
    },
    "the beginning of a GGUF file": {
      content: "GGUF\x03\0\0\0",
      says: /gguf.*has 8 bytes, fewer than/,
      kind: "malformed",
    },
    "a gzip": { content: new Uint8Array(gzipSync(WEIGHTS)), says: /compressed with gzip.*Unpack/, kind: "unsupported" },
    "a zstd": { content: Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0), says: /zstd/, kind: "unsupported" },
    "a tar": { content: concat(new Uint8Array(257), "ustar\0"), says: /tar archive/, kind: "unsupported" },
    "a text": {
      content: "Dear model,",
      says: /no format that this version reads.*Readable formats are safetensors/,
      kind: "unknown-format",
    },
    "a config.json": {
      name: "config.json",
      content: '{"hidden_size": 768}',
      says: /no format that this version reads/,
      kind: "unknown-format",
    },
    "1: a safetensors file of 3 bytes": {
      name: "x.safetensors",
      content: "abc",
      says: /fewer than the 8/,
      kind: "malformed",
    },
    "4: a .safetensors file of something else": {
      name: "x.safetensors",
      content: "hello, hello, hello",
      says: /limit|does not begin/,
      kind: "malformed",
    },
  };
  for (const [what, { name = "weights.bin", content, says, kind }] of Object.entries(UNREADABLE)) {
    it(`gets the sentence that helps if it is ${what}`, async () => {
      const files = filesInMemory({ [name]: content }, name);
      const error = await refusal(openWeightFile(files));
      expect(error.message).toMatch(says);
      expect(error.kind).toBe(kind);
      expect(error.message).toContain(name);
      expect([...files.stillOpen]).toEqual([]);
    });
  }

  it("that is not there is missing", async () => {
    expect((await refusal(openWeightFile(filesInMemory({}, "gone.npy")))).kind).toBe("missing");
  });

  it("is closed with everything that belongs to it", async () => {
    const files = filesInMemory({ "x.safetensors": WEIGHTS }, "x.safetensors");
    const file = await openWeightFile(files);
    expect(files.stillOpen.size).toBe(1);
    await file.close();
    await file.close();
    expect(files.stillOpen.size).toBe(0);
  });

  it("never brings a control character of its contents into a message", async () => {
    const bytes = safetensorsWith({ "\u001b[31mred\u0007": { shape: [1], values: [1] } });
    const error = await refusal(openOne("x.safetensors", bytes.subarray(0, bytes.length - 1)));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the point
    expect(error.message).not.toMatch(/[\u0000-\u001f]/);
  });
});

describe("a folder that is named", () => {
  const open = (contents: Record<string, Uint8Array | string>) => openWeightFile(filesInMemory(contents));

  it("gives its one weight file, and says what it left out", async () => {
    const file = await open({
      "model.safetensors": WEIGHTS,
      "pytorch_model.bin": Uint8Array.of(0x80, 2, 1),
      "config.json": "{}",
      ".gitattributes": "x",
    });
    expect(file.format).toBe("safetensors");
    expect(file.warnings).toEqual([expect.stringMatching(/skipped: pytorch_model\.bin \(a Python pickle/)]);
  });

  it("of one model in several formats gives safetensors, then PyTorch's, and names what was left", async () => {
    const others = {
      "tf_model.h5": fixture("k.h5"),
      "model.onnx": fixture("m.onnx"),
      "model.gguf": fixture("m.gguf"),
    };
    const pytorch = { "pytorch_model.bin": fixture("sd.pt"), "optimizer.pt": fixture("sd.pt") };
    const all = await open({ ...others, ...pytorch, "model.safetensors": WEIGHTS });
    expect([all.format, all.files.map(({ name }) => name)]).toEqual(["safetensors", ["model.safetensors"]]);
    expect(all.warnings).toEqual([
      "other weight files in the folder were skipped: model.gguf, model.onnx, pytorch_model.bin, tf_model.h5",
      "files with the state of a training run hold no weights and were skipped: optimizer.pt",
    ]);
    const second = await open({ ...others, ...pytorch });
    expect([second.format, second.files.map(({ name }) => name)]).toEqual(["pytorch", ["pytorch_model.bin"]]);
    expect(second.warnings.at(-1)).toBe(
      "files with the state of a training run hold no weights and were skipped: optimizer.pt",
    );
    const index = {
      "model.safetensors.index.json": JSON.stringify({ weight_map: { "fc.weight": "model-1.safetensors" } }),
    };
    const sharded = await open({ ...others, ...pytorch, ...index, "model-1.safetensors": WEIGHTS });
    expect(sharded.files.map(({ name }) => name)).toEqual(["model.safetensors.index.json", "model-1.safetensors"]);
  });

  it("of .npy files gives a tensor a file", async () => {
    const file = await open({ "a.npy": ARRAY, "b.npy": ARRAY, "notes.txt": "hello" });
    expect(file.tensors.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("closes what it only looked at", async () => {
    const files = filesInMemory({ "a.npy": ARRAY, "notes.txt": "hello", "z.bin": "zz" });
    const file = await openWeightFile(files);
    expect([...files.stillOpen].map((handle) => handle.split("#")[0])).toEqual(["a.npy"]);
    await file.close();
  });

  const REFUSED: Record<string, { contents: Record<string, Uint8Array | string>; says: RegExp }> = {
    "that is empty": { contents: {}, says: /folder is empty/ },
    "with hidden files only": { contents: { ".DS_Store": "x" }, says: /folder is empty/ },
    "of mixed formats": {
      contents: { "a.npy": ARRAY, "m.h5": fixture("k.h5") },
      says: /mixes formats: a\.npy, m\.h5\. Name the one to read/,
    },
    "of a network beside a pickle of any name": {
      contents: { "model.h5": fixture("k.h5"), "other.pt": fixture("sd.pt") },
      says: /mixes formats: model\.h5, other\.pt/,
    },
    "with two archives": {
      contents: { "a.npz": fixture("m.npz"), "b.npz": fixture("m.npz") },
      says: /several models: a\.npz, b\.npz/,
    },
    "of other weight files": {
      contents: { "model.pdparams": "\x80\x02}.", "config.json": "{}" },
      says: /it holds model\.pdparams \(a Paddle model\).*paddle2onnx/,
    },
    "of git-LFS pointers": {
      contents: {
        "model.safetensors": "version https://git-lfs.github.com/spec/v1",
        "tokenizer.json": "version https://git-lfs.github.com/spec/v1",
      },
      says: /model\.safetensors \(a git-LFS pointer, not the file itself\).*git lfs pull/,
    },
    "of anything else": {
      contents: { "a.txt": "x", "b.txt": "y", "c.txt": "", "d.txt": "z" },
      says: /no file of the folder can be read/,
    },
  };
  for (const [what, { contents, says }] of Object.entries(REFUSED)) {
    it(`${what} is refused with a list of what was found`, async () => {
      expect((await refusal(open(contents))).message).toMatch(says);
    });
  }

  it("of 5000 files is refused before they are looked into", async () => {
    const files = { ...filesInMemory({}), list: async () => Array.from({ length: 5000 }, (_, k) => `${k}`) };
    expect((await refusal(openWeightFile(files))).message).toMatch(/5000 files/);
  });
});

describe("the file of an engine that is not read", () => {
  it.each([
    [
      "openvino_model.xml",
      '<?xml version="1.0"?>\n<net name="m" version="11">',
      /OpenVINO model\. .*reads the original/,
    ],
    ["openvino_model.bin", "\x01\x02\x03\x04", /raw weights without a list of tensors \(OpenVINO, ncnn/],
    ["m.mlmodel", "\x08\x04", /Core ML model\. Name the model that it was converted from/],
    ["m.param", "7767517\n75 83\n", /ncnn model/],
    ["m.ncnn.param", "7767517\n75 83\n", /ncnn model/],
    ["m.pdiparams", "\0\0\0\0", /Paddle model.*paddle2onnx/],
    ["m.pdparams", "\x80\x02}q\x00.", /Paddle model/],
    ["__model__", "\x0a\x90\x01", /Paddle model/],
    ["manifest.ocdbt", "\x0c\xdb\x3a\x2a", /Orbax checkpoint.*flax\.serialization\.to_bytes/],
    ["m.params", "\x12\x01\0\0\0\0\0\0", /MXNet model/],
    ["m.engine", "ftrt", /TensorRT engine/],
  ])("is refused by name, with the way out: %s", async (name, head, message) => {
    const error = await refusal(
      openOne(
        name,
        Uint8Array.from(head, (char) => char.charCodeAt(0)),
      ),
    );
    expect(error.kind).toBe("unsupported");
    expect(error.message).toMatch(message);
  });

  it("of another format with the same ending is not taken for it", async () => {
    expect((await refusal(openOne("m.xml", "<html><body>"))).message).toMatch(/web page/);
    expect((await refusal(openOne("m.param", "lr = 0.1"))).kind).toBe("unknown-format");
    expect((await refusal(openOne("m.bin", "plain text"))).kind).toBe("unknown-format");
  });
});
