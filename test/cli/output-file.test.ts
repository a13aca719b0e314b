import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UsageError } from "#eigenscope/cli/exit-codes.js";
import { assertFolderWritable, assertWritable, makeFolder, writeWhole } from "#eigenscope/cli/output-file.js";
import { removeTemporary } from "#eigenscope/cli/temporary.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eigenscope-output-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("writeWhole", () => {
  it("writes a file, replaces one, and leaves nothing beside it", async () => {
    const path = join(folder, "a.json");
    await writeWhole(path, "first");
    await writeWhole(path, new TextEncoder().encode("second"));
    expect(await readFile(path, "utf8")).toBe("second");
    expect(await readdir(folder)).toEqual(["a.json"]);
  });

  it("follows a link instead of replacing it", async () => {
    await writeFile(join(folder, "real"), "old");
    await symlink("real", join(folder, "link"));
    await writeWhole(join(folder, "link"), "new");
    expect(await readFile(join(folder, "real"), "utf8")).toBe("new");
  });

  it.each([0o600, 0o640, 0o604, 0o4755])("keeps the mode %o of a file that it replaces", async (mode) => {
    const path = join(folder, "private.json");
    await writeFile(path, "old");
    await chmod(path, mode);
    await writeWhole(path, "new");
    expect((await stat(path)).mode & 0o7777).toBe(mode);
    expect(await readFile(path, "utf8")).toBe("new");
  });

  it.skipIf(process.getuid?.() !== 0)("keeps owner and group of a file that it replaces", async () => {
    const path = join(folder, "theirs.json");
    await writeFile(path, "old", { mode: 0o640 });
    await chown(path, 1234, 4321);
    await writeWhole(path, "new");
    expect(await stat(path)).toMatchObject({ uid: 1234, gid: 4321 });
  });

  it.skipIf(process.getuid?.() === 0)("does not replace a file that is write-protected", async () => {
    const path = join(folder, "protected.json");
    await writeFile(path, "old", { mode: 0o444 });
    await expect(assertWritable(path)).rejects.toThrow("it is write-protected");
  });

  it("gives a new file the mode that the umask leaves", async () => {
    const before = process.umask(0o027);
    try {
      await writeWhole(join(folder, "new.json"), "x");
    } finally {
      process.umask(before);
    }
    expect((await stat(join(folder, "new.json"))).mode & 0o777).toBe(0o640);
  });

  it("writes to what is no regular file without replacing it", async () => {
    await writeWhole("/dev/null", "gone");
  });

  it("says what it could not write and leaves nothing behind", async () => {
    await expect(writeWhole(join(folder, "none", "a.json"), "x")).rejects.toThrow(/cannot write .*a\.json/);
    expect(await readdir(folder)).toEqual([]);
  });

  it("is undone by removeTemporary while it is under way", async () => {
    const writing = writeWhole(join(folder, "big"), new Uint8Array(64 * 2 ** 20)).catch((error: unknown) => error);
    while ((await readdir(folder)).length === 0) await new Promise(setImmediate);
    removeTemporary();
    expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    await writing;
  });
});

describe("before the work begins", () => {
  it("a file in a folder that is not there, and a folder in its place, are refused", async () => {
    await expect(assertWritable(join(folder, "none", "a.json"))).rejects.toThrow(UsageError);
    await expect(assertWritable(folder)).rejects.toThrow("it is a folder");
    await assertWritable(join(folder, "a.json"));
  });

  it("a folder may be made later, unless a file is in its way", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(assertFolderWritable(join(folder, "file", "deeper"))).rejects.toThrow("is a file");
    await assertFolderWritable(join(folder, "a", "b"));
    expect(await readdir(folder)).toEqual(["file"]);
    await makeFolder(join(folder, "a", "b"));
    await makeFolder(join(folder, "a", "b"));
    expect(await readdir(join(folder, "a"))).toEqual(["b"]);
    await mkdir(join(folder, "c"));
    await assertFolderWritable(join(folder, "c"));
  });
});
