import { posix, win32 } from "node:path";
import { describe, expect, it } from "vitest";
import { foldersToSearch } from "#eigenscope/cli/settings-search.js";
import { homeOfLinks, safeName } from "#eigenscope/node/file-set.js";
import { type Folder, placesOf } from "#eigenscope/node/mcp/folders.js";
import { isWithin, nameBelow, partsOf, pathKey, slashed } from "#eigenscope/node/native-path.js";
import { assertPlain } from "#eigenscope/node/serve/served.js";
import { nameFrom } from "#eigenscope/node/watch/checkpoint-state.js";

describe("a path in a folder", () => {
  it.each([
    ["C:\\models", "C:\\models", ""],
    ["C:\\models\\a\\b.bin", "C:\\models", "a/b.bin"],
    ["c:\\Models\\a", "C:\\models", "a"],
    ["C:\\a", "C:\\", "a"],
    ["\\\\server\\share\\a", "\\\\server\\share", "a"],
    ["C:\\models\\..a", "C:\\models", "..a"],
    ["C:\\models2", "C:\\models", undefined],
    ["C:\\", "C:\\models", undefined],
    ["C:\\other\\a", "C:\\models", undefined],
    ["D:\\models\\a", "C:\\models", undefined],
    ["\\\\server\\other\\a", "\\\\server\\share", undefined],
  ])("of Windows: %s below %s is %s", (path, folder, name) => {
    expect([nameBelow(path, folder, win32), isWithin(path, folder, win32)]).toEqual([name, name !== undefined]);
  });

  it.each([
    ["/models", "/models", ""],
    ["/models/a/b.bin", "/models", "a/b.bin"],
    ["/models/a\\b", "/models", "a\\b"],
    ["/a", "/", "a"],
    ["/models/..a", "/models", "..a"],
    ["/models2", "/models", undefined],
    ["/Models/a", "/models", undefined],
    ["/", "/models", undefined],
  ])("of POSIX: %s below %s is %s", (path, folder, name) => {
    expect([nameBelow(path, folder, posix), isWithin(path, folder, posix)]).toEqual([name, name !== undefined]);
  });

  it("is one key per file where capital and small letters are the same", () => {
    const keys = (platform: NodeJS.Platform) => ["C:\\A.json", "c:\\a.JSON"].map((path) => pathKey(path, platform));
    for (const platform of ["win32", "darwin"] as const) expect(new Set(keys(platform)).size).toBe(1);
    expect(new Set(keys("linux")).size).toBe(2);
  });
});

describe("the parts of a pattern", () => {
  it.each([
    ["C:\\runs\\*\\*.pt", "C:\\", ["runs", "*", "*.pt"]],
    ["C:/runs/*/*.pt", "C:/", ["runs", "*", "*.pt"]],
    ["runs\\a*/b", "", ["runs", "a*", "b"]],
    ["C:runs\\*", "C:", ["runs", "*"]],
    ["\\\\server\\share\\*.pt", "\\\\server\\share\\", ["*.pt"]],
    ["\\runs\\*", "\\", ["runs", "*"]],
  ])("of Windows: %s", (pattern, root, parts) => {
    expect(partsOf(pattern, win32)).toEqual({ root, parts });
  });

  it.each([
    ["/runs//*/b", "/", ["runs", "*", "b"]],
    ["runs/a\\*", "", ["runs", "a\\*"]],
    ["C:\\*", "", ["C:\\*"]],
  ])("of POSIX: %s", (pattern, root, parts) => {
    expect(partsOf(pattern, posix)).toEqual({ root, parts });
  });

  it("are written with slashes in names", () => {
    expect([slashed("a\\b\\c", win32), slashed("a\\b/c", posix)]).toEqual(["a/b/c", "a\\b/c"]);
  });
});

describe("a name in a file of weights", () => {
  it("is opened as Windows writes it", () => {
    expect([safeName("a/b.bin", win32), safeName("a/b.bin", posix)]).toEqual(["a\\b.bin", "a/b.bin"]);
  });

  it.each(["NUL", "con.bin", "a/aux.safetensors/b", "com1", "C:b.bin", "\\\\s\\x", "a\\b", "/a", "../a", ""])(
    "leads elsewhere on Windows: %j",
    (name) => {
      expect(() => safeName(name, win32)).toThrow(/not a plain name of a file beside it/);
    },
  );

  it("may be that of a device of Windows elsewhere", () => {
    expect(safeName("aux.safetensors", posix)).toBe("aux.safetensors");
  });
});

it("links may lead within an entry of a hub's cache, on Windows too", () => {
  const entry = "C:\\hub\\models--a--b";
  expect(homeOfLinks(`${entry}\\snapshots\\c`, win32)).toBe(entry);
  expect(homeOfLinks("C:\\hub\\models\\c", win32)).toBe("C:\\hub\\models\\c");
});

describe("a name that an agent gives on Windows", () => {
  const folder = { root: "C:\\models", actual: "D:\\store\\models" } as Folder;
  const namesOf = (name: string): string[] => placesOf([folder], name, win32).map((place) => place.name);

  it.each([
    ["a\\b.bin", "a/b.bin"],
    ["a/b.bin", "a/b.bin"],
    ["c:\\MODELS\\a\\b.bin", "a/b.bin"],
    ["C:/models/a", "a"],
    ["D:\\store\\models", "."],
  ])("%s is %s", (name, place) => {
    expect(namesOf(name)).toEqual([place]);
  });

  it.each(["C:\\models2\\a", "E:\\models\\a", "C:\\models\\..\\secret"])("%s is outside", (name) => {
    expect(() => namesOf(name)).toThrow(/outside the folders/);
  });
});

describe("a name in a request, where the server runs on Windows", () => {
  it.each(["a/NUL", "con.bin", "model.bin:stream", "C:secret"])("%s is refused", (name) => {
    expect(() => assertPlain(name, "win32")).toThrow(/a device, or of a stream/);
    expect(() => assertPlain(name, "linux")).not.toThrow();
  });

  it("is served if it is plain", () => {
    expect(() => assertPlain("a/model.bin", "win32")).not.toThrow();
  });
});

describe("the name of a file of a checkpoint", () => {
  it.each([
    ["C:\\run\\step-1", "C:\\run\\step-1\\sub\\a.bin", win32, "/sub/a.bin"],
    ["C:\\run\\a.bin", "C:\\run\\a.bin", win32, ""],
    ["C:\\run\\a.bin", "C:\\run\\config.json", win32, "/config.json"],
    ["/run/step-1", "/run/step-1/sub/a.bin", posix, "/sub/a.bin"],
    ["/run/a.bin", "/run/config.json", posix, "/config.json"],
  ])("of %s: %s", (path, file, native, name) => {
    expect(nameFrom(path, file, native)).toBe(name);
  });
});

it("settings are looked for up to the home folder, however its drive is written", () => {
  const search = { from: "c:\\Users\\me\\a\\b", home: "C:\\users\\me", native: win32 };
  expect(foldersToSearch(search)).toEqual(["c:\\Users\\me\\a\\b", "c:\\Users\\me\\a", "c:\\Users\\me"]);
  expect(foldersToSearch({ ...search, home: "D:\\users\\me" })).toEqual(["c:\\Users\\me\\a\\b"]);
});
