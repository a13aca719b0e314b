import { mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { npy } from "../ram-files.js";
import { BUILT } from "./eigenscope-process.js";
import { manyCommands } from "./many-commands.js";

/** The parts of one pattern, each directly after the one before. */
const inTurn = (...parts: readonly RegExp[]): RegExp => new RegExp(parts.map(({ source }) => source).join(""));

/** What users hand over by mistake; each is refused by one sentence that says what to do. */
const MISTAKES = {
  "a download of 20 GB that ended at 10": {
    name: "big.safetensors",
    says: inTurn(
      /^eigenscope: safetensors, big\.safetensors, tensor "w": its data ends at 20000000\d+, /,
      /but the file ends at 10737418240\. The file is truncated \(an unfinished download\?\); get it again\.\n$/,
    ),
  },
  "a git-LFS pointer": {
    name: "pointer.safetensors",
    says: inTurn(
      /^eigenscope: pointer\.safetensors: this is a git-LFS pointer, not the file itself\. /,
      /Run "git lfs pull" in its repository to fetch the weights\.\n$/,
    ),
  },
  "a login page": {
    name: "pytorch_model.bin",
    says: inTurn(
      /^eigenscope: pytorch_model\.bin: this is a web page \(HTML\), not a weight file\. /,
      /The download got a login or error page; .*download again\.\n$/,
    ),
  },
  "a folder of models in several formats": {
    name: "mixed",
    says: /^eigenscope: mixed: the folder mixes formats: a\.npy, b\.h5\. Name the one to read\.\n$/,
  },
  "a folder without a model": {
    name: "notes",
    says: /^eigenscope: notes: no file of the folder can be read; it holds readme\.txt\. Readable formats are /,
  },
  "an empty file": { name: "empty.pt", says: /^eigenscope: empty\.pt: .*empty.*\n$/ },
};

describe.skipIf(!BUILT)("what is handed over by mistake", () => {
  const run = manyCommands();
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eigenscope-refusals-"));
    const at = (name: string): string => join(folder, name);
    const header = new TextEncoder().encode(
      '{"w":{"dtype":"F32","shape":[50000,100000],"data_offsets":[0,20000000000]}}',
    );
    const big = await open(at("big.safetensors"), "w");
    await big.write(new Uint8Array(new BigUint64Array([BigInt(header.length)]).buffer));
    await big.write(header);
    // Holes: no disk is taken.
    await big.truncate(10 * 2 ** 30);
    await big.close();
    await writeFile(
      at("pointer.safetensors"),
      `version https://git-lfs.github.com/spec/v1\noid sha256:${"4d".repeat(32)}\nsize 12345\n`,
    );
    await writeFile(at("pytorch_model.bin"), "<!DOCTYPE html>\n<html><head><title>Log in</title></head></html>");
    await mkdir(at("mixed"));
    await writeFile(at("mixed/a.npy"), npy({ values: new Float32Array(4), shape: [2, 2] }));
    await writeFile(
      at("mixed/b.h5"),
      Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, ...new Uint8Array(88)),
    );
    await mkdir(at("notes"));
    await writeFile(at("notes/readme.txt"), "Weights follow.\n");
    await writeFile(at("empty.pt"), "");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(Object.entries(MISTAKES))("%s: one sentence that helps, exit code 3", async (_, { name, says }) => {
    const { code, stdout, stderr } = await run(["analyze", name], folder);
    expect(stderr).toMatch(says);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect([code, stdout]).toEqual([3, ""]);
  });
});
