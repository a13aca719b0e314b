import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeOnce } from "#eigenscope/node/run/manifest.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "manifest-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const refusing = (code: string) => async (): Promise<never> => {
  throw Object.assign(new Error(code), { code, syscall: "link" });
};

describe("a file that is written once", () => {
  it("stays as the first one wrote it", async () => {
    const path = join(folder, "a");
    await writeOnce(path, "first");
    await writeOnce(path, "second");
    expect([await readFile(path, "utf8"), await readdir(folder)]).toEqual(["first", ["a"]]);
  });

  it.each(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"])(
    "needs no hard links, where link() fails with %s",
    async (code) => {
      const path = join(folder, "a");
      await writeOnce(path, "first", refusing(code));
      await writeOnce(path, "second", refusing(code));
      expect([await readFile(path, "utf8"), await readdir(folder)]).toEqual(["first", ["a"]]);
    },
  );

  it("rejects for any other reason, and leaves nothing", async () => {
    await expect(writeOnce(join(folder, "a"), "first", refusing("EIO"))).rejects.toThrow("EIO");
    expect(await readdir(folder)).toEqual([]);
  });
});
