import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { OptionError } from "#eigenscope/formats/index.js";
import { describe as describeModel } from "#eigenscope/node/index.js";
import { namedFiles } from "#eigenscope/node/open-input.js";
import { safetensorsWith } from "../formats/build-safetensors.js";
import { refusal } from "../formats/files-in-memory.js";

let folder: string;
const at = (name: string): string => join(folder, name);
const values = Array.from({ length: 300 }, (_, i) => Math.sin(i));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eigenscope-input-"));
  await mkdir(at("org/model"), { recursive: true });
  const one = (name: string) => safetensorsWith({ [`${name}.weight`]: { shape: [20, 15], values } });
  for (const name of ["a1", "a2", "b1"]) await writeFile(at(`${name}.safetensors`), one(name));
  await writeFile(at("odd[1].safetensors"), one("odd"));
  await writeFile(at("org/model/x.safetensors"), one("x"));
  vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:1");
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const namesIn = async (input: string): Promise<string[]> => (await describeModel(input)).layers.map(({ name }) => name);

describe("a string that names an input", () => {
  it("may be a glob: several files of a folder are one model", async () => {
    expect(await namesIn(at("a*.safetensors"))).toEqual(["a1", "a2"]);
    expect(await namesIn(at("{a1,b1}.safetensors"))).toEqual(["a1", "b1"]);
    expect(await namesIn(at("b?.safetensors"))).toEqual(["b1"]);
  });

  it("is a path before it is a glob", async () => {
    expect(await namesIn(at("odd[1].safetensors"))).toEqual(["odd"]);
  });

  it("as a glob must match something", async () => {
    expect((await refusal(namedFiles(at("*.gguf")))).message).toBe(
      `${at("*.gguf")}: no file in ${folder} matches "*.gguf". Check the path.`,
    );
    expect((await refusal(namedFiles(at("no/*.gguf")))).kind).toBe("missing");
  });

  it("is a path before it is a model of a hub, and stays one where it is mistyped", async () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect(await namesIn("org/model")).toEqual(["x"]);
      for (const typo of ["org/modle", "weights/model.safetensors"])
        expect((await refusal(namedFiles(typo))).message).toContain("no such file or folder");
    } finally {
      process.chdir(before);
    }
  });

  it.each([
    ["gs://bucket/key", "gs://: addresses of this kind are not supported. Use an https or s3 address"],
    ["http://example.org/a.npy", "only https:// addresses are supported"],
    ["/no/such/file.npy", "no such file or folder"],
  ])("%s is refused", async (input, sentence) => {
    expect((await refusal(namedFiles(input))).message).toContain(sentence);
  });

  it("asks for credentials of a bucket where there are none", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "");
    await expect(namedFiles("s3://bucket/key")).rejects.toThrow(
      "an s3:// address needs credentials, and the variable AWS_ACCESS_KEY_ID is not set",
    );
  });

  it("takes a revision only where there are revisions", async () => {
    const withRevision = (input: string) => namedFiles(input, { hub: { revision: "v1" } });
    await expect(withRevision(at("a1.safetensors"))).rejects.toThrow(OptionError);
    await expect(withRevision(at("a*.safetensors"))).rejects.toThrow("is not a model of a hub; leave it out");
    await expect(withRevision("https://example.org/a.npy?key=topsecret")).rejects.toThrow(
      /but the address is not a model of a hub; leave it out$/,
    );
  });

  it("never asks a hub for what is on this disk or looks as if it were, revision or not", async () => {
    const before = process.cwd();
    process.chdir(folder);
    const asked = vi.spyOn(globalThis, "fetch");
    try {
      for (const input of ["org/model", "org/modle", "weights/model.safetensors"]) {
        const refused = namedFiles(input, { hub: { revision: "v1" } });
        await expect(refused).rejects.toThrow(OptionError);
        await expect(refused).rejects.toThrow(`or name the hub's model by its address: http://127.0.0.1:1/${input}`);
      }
      await expect(namedFiles("org/model", { hub: { revision: "v1" } })).rejects.toThrow(
        "org/model is on this disk, where there are no revisions",
      );
      expect(asked).not.toHaveBeenCalled();
      // A name with nothing of that name on the disk is the hub's.
      await expect(namedFiles("orgs/model", { hub: { revision: "v1" } })).rejects.toThrow(
        "127.0.0.1:1/api/models/orgs/model/revision/v1",
      );
      expect(asked).toHaveBeenCalled();
    } finally {
      asked.mockRestore();
      process.chdir(before);
    }
  });
});
