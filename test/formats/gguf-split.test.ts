import { describe, expect, it } from "vitest";
import { openWeightFile } from "#eigenscope/formats/index.js";
import { ggufWith, type Pair, pair, row } from "./build-gguf.js";
import { filesInMemory, openOne, refusal, tensorNamed, valuesOf } from "./files-in-memory.js";

const split = (no: number, count: number, tensors: number): Pair[] => [
  pair.u16("split.no", no),
  pair.u16("split.count", count),
  pair.i32("split.tensors.count", tensors),
];
const name = (part: number, count = 3): string => `m-0000${part}-of-0000${count}.gguf`;

function parts(): Record<string, Uint8Array> {
  return {
    [name(1)]: ggufWith({ a: row(1) }, { pairs: [pair.text("general.architecture", "llama"), ...split(0, 3, 3)] }),
    [name(2)]: ggufWith({ b: row(2) }, { pairs: split(1, 3, 3) }),
    [name(3)]: ggufWith({ c: row(3, 4) }, { pairs: split(2, 3, 3) }),
  };
}

describe("a GGUF model in parts", () => {
  it("is read whole, whichever part is named, and from its folder", async () => {
    for (const entry of [name(1), name(3), undefined]) {
      const file = await openWeightFile(filesInMemory({ ...parts(), "README.md": "x" }, entry));
      expect(file.tensors.map((tensor) => [tensor.name, tensor.file])).toEqual([
        ["a", name(1)],
        ["b", name(2)],
        ["c", name(3)],
      ]);
      expect(await valuesOf(tensorNamed(file, "c"))).toEqual([3, 4]);
      expect(file.files.map((part) => part.name)).toEqual([name(1), name(2), name(3)]);
      expect(file.metadata).toMatchObject({ "general.architecture": "llama", "split.no": "0" });
    }
  });

  it("opens every part once and closes them all", async () => {
    const files = filesInMemory(parts(), name(2));
    const file = await openWeightFile(files);
    expect(files.stillOpen.size).toBe(3);
    await file.close();
    expect(files.stillOpen.size).toBe(0);
  });

  it("that counts one part is a file like any other, whatever its name", async () => {
    const file = await openOne("x.gguf", ggufWith({ a: row(1) }, { pairs: split(0, 1, 1) }));
    expect(file.tensors.length).toBe(1);
  });

  const HOSTILE: Record<
    string,
    { files: () => Record<string, Uint8Array>; entry?: string; says: RegExp; kind?: string }
  > = {
    "52: a missing part": {
      files: () => {
        const { [name(2)]: _, ...rest } = parts();
        return rest;
      },
      says: /m-00001-of-00003\.gguf: the model's part m-00002-of-00003\.gguf does not exist\. Get the missing part/,
      kind: "missing",
    },
    "52: a part of another count": {
      files: () => ({ ...parts(), [name(2)]: ggufWith({ b: row(2) }, { pairs: split(1, 4, 3) }) }),
      says: /by its name this is part 2 of 3, by its header part 2 of 4/,
    },
    "52: a part in another place": {
      files: () => ({ ...parts(), [name(3)]: parts()[name(2)] }),
      says: /by its name this is part 3 of 3, by its header part 2 of 3/,
    },
    "52: a part that is a model by itself": {
      files: () => ({ ...parts(), [name(3)]: ggufWith({ c: row(3) }) }),
      says: /by its name this is part 3 of 3, by its header part 1 of 1/,
    },
    "52: another number of tensors than declared": {
      files: () => ({ ...parts(), [name(3)]: ggufWith({ c: row(3), d: row(4) }, { pairs: split(2, 3, 3) }) }),
      says: /"split\.tensors\.count" is 3, but the parts hold 4 tensors/,
    },
    "50: a tensor that two parts hold": {
      files: () => ({ ...parts(), [name(3)]: ggufWith({ a: row(3) }, { pairs: split(2, 3, 3) }) }),
      says: /m-00003-of-00003\.gguf, tensor "a": the part m-00001-of-00003\.gguf also holds a tensor of this name/,
    },
    "a negative number of tensors": {
      files: () => ({ ...parts(), [name(3)]: ggufWith({ c: row(3) }, { pairs: split(2, 3, -1) }) }),
      says: /"split\.tensors\.count" is -1, expected a whole number from 0/,
    },
    "a count that is a text": {
      files: () => ({ [name(1)]: ggufWith({ a: row(1) }, { pairs: [pair.text("split.count", "3")] }) }),
      says: /"split\.count" is 3, expected a whole number/,
    },
    "a count of 60,000 parts": {
      files: () => ({ "m-00001-of-60000.gguf": ggufWith({ a: row(1) }, { pairs: split(0, 60_000, 3) }) }),
      entry: "m-00001-of-60000.gguf",
      says: /a model of 60000 parts has more than 900/,
    },
    "a part that was renamed": {
      files: () => ({ "model.gguf": parts()[name(1)] }),
      entry: "model.gguf",
      says: /part 1 of 3 of a model, and its name does not show the names of the others\. Restore the names/,
      kind: "unsupported",
    },
  };
  for (const [what, { files, entry = name(1), says, kind = "malformed" }] of Object.entries(HOSTILE)) {
    it(`is refused with ${what}`, async () => {
      const watched = filesInMemory(files(), entry);
      const error = await refusal(openWeightFile(watched));
      expect(error.message).toMatch(says);
      expect(error.kind).toBe(kind);
      expect([...watched.stillOpen]).toEqual([]);
    });
  }

  it("in a folder of several models is refused with their names", async () => {
    const files = { "m.Q4_K_M.gguf": ggufWith({ a: row(1) }), "m.Q8_0.gguf": ggufWith({ a: row(1) }) };
    const error = await refusal(openWeightFile(filesInMemory(files)));
    expect(error.message).toMatch(/holds several models: m\.Q4_K_M\.gguf, m\.Q8_0\.gguf\. Name the one to read/);
    expect((await refusal(openWeightFile(filesInMemory({ ...parts(), ...files })))).message).toMatch(/several models/);
  });

  it("in a folder that counts its parts as none is refused", async () => {
    const files = {
      "m-00001-of-00000.gguf": ggufWith({ a: row(1) }),
      "m-00002-of-00000.gguf": ggufWith({ b: row(1) }),
    };
    expect((await refusal(openWeightFile(filesInMemory(files)))).message).toMatch(/not that of a part of a model of 0/);
  });
});
