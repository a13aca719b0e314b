import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileSource } from "#eigenscope/node/index.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eigenscope-source-"));
  await writeFile(
    join(folder, "ten"),
    Uint8Array.from({ length: 10 }, (_, k) => k),
  );
});
afterAll(() => rm(folder, { recursive: true }));

describe("a file as a source", () => {
  it.each([true, false])("reads into the room that it is given, else into memory of its own", async (synchronous) => {
    const source = await fileSource(join(folder, "ten"), "ten", { synchronous });
    try {
      const room = new Uint8Array(8).fill(99);
      const bytes = await source.read(2, 3, undefined, (length) => room.subarray(0, length));
      expect([[...bytes], [...room]]).toEqual([
        [2, 3, 4],
        [2, 3, 4, 99, 99, 99, 99, 99],
      ]);
      expect([...(await source.read(8, 2))]).toEqual([8, 9]);
    } finally {
      await source.close?.();
    }
  });
});
