import { mkdir, mkdtemp, rename, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openModelOnBase } from "#eigenscope/analysis/merged-model.js";
import { resolveOptions } from "#eigenscope/analysis/options.js";
import {
  type OpenShared,
  reopenModel,
  type SharedModel,
  shareModel,
} from "#eigenscope/analysis/workers/shared-model.js";
import { stampedFiles } from "#eigenscope/analysis/workers/stamped-files.js";
import { sharedFiles } from "#eigenscope/bytes/file-set.js";
import { FormatError, openWeightFile } from "#eigenscope/formats/index.js";
import { namedFiles } from "#eigenscope/node/open-input.js";
import { openSharedFiles } from "#eigenscope/node/shared-files.js";
import * as stored from "../../formats/build-quantised.js";
import { safetensorsOfParts, safetensorsWith } from "../../formats/build-safetensors.js";
import { ramFiles } from "../../ram-files.js";
import { normals, writeFiles } from "./reopened.js";

let folder: string;
const at = (name: string): string => join(folder, name);
const file = (name: string, seed = 1): Uint8Array =>
  safetensorsWith({ [`${name}.weight`]: { shape: [9, 8], values: normals(72, seed) } });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shared-model-"));
  await writeFiles(folder, {
    "one/model.safetensors": file("a"),
    "two/model-00001-of-00002.safetensors": file("a"),
    "two/model-00002-of-00002.safetensors": file("b"),
  });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const OPTIONS = resolveOptions();
const openedFiles = async (path: string) => {
  const files = await namedFiles(path);
  const opened = await openWeightFile(files, {});
  await opened.close();
  return { files, opened: opened.files };
};
async function shared(path: string, base?: string): Promise<SharedModel> {
  const model = await openedFiles(at(path));
  const onto = base === undefined ? undefined : await openedFiles(at(base));
  const found = await shareModel(
    { files: model.files, base: onto?.files },
    { model: model.opened, base: onto?.opened },
    OPTIONS,
  );
  return structuredClone(found) as SharedModel;
}

/** Opens files, and counts what is open. */
function counting(): { readonly open: OpenShared; readonly stillOpen: () => number } {
  let stillOpen = 0;
  return {
    stillOpen: () => stillOpen,
    open: async (from) => {
      const files = await openSharedFiles(from);
      return {
        ...files,
        async open(name) {
          const source = await files.open(name);
          stillOpen++;
          return {
            ...source,
            async close() {
              stillOpen--;
              await source.close?.();
            },
          };
        },
      };
    },
  };
}

async function refused(model: SharedModel): Promise<FormatError> {
  const { open, stillOpen } = counting();
  const error = await reopenModel(model, open).then(
    () => undefined,
    (cause) => cause,
  );
  expect(error).toBeInstanceOf(FormatError);
  expect(stillOpen()).toBe(0);
  return error as FormatError;
}

describe("files with the time of their first opening", () => {
  it("keep it, whatever happens to the file, and know that of others as it is", async () => {
    const files = stampedFiles(await namedFiles(at("two")));
    const [first, second] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
    await Promise.all([first, second].map((name) => utimes(at(`two/${name}`), new Date(1e12), new Date(1e12))));
    await (await files.open(first)).close?.();
    await Promise.all([first, second].map((name) => utimes(at(`two/${name}`), new Date(2e12), new Date(2e12))));
    await (await files.open(first)).close?.();
    expect(await files.modified?.(first)).toBe(String(1e18));
    expect(await files.modified?.(second)).toBe(String(2e18));
  });

  it("are the files themselves otherwise", async () => {
    const own = await namedFiles(at("two"));
    const files = stampedFiles(own);
    expect(await files.list()).toEqual(await own.list());
    expect([files.label, files.entry, sharedFiles(files)]).toEqual([own.label, own.entry, sharedFiles(own)]);
    expect(files.pathOf?.("a")).toBe(own.pathOf?.("a"));
    expect(await files.folders?.()).toEqual([]);
    await expect(files.open("gone.safetensors")).rejects.toThrow(/gone.safetensors: no such file/);
    const ram = ramFiles({ "w.npy": { values: normals(6, 1), shape: [3, 2] } });
    expect(stampedFiles(ram)).toBe(ram);
    expect([sharedFiles(own), sharedFiles(ram)]).toEqual([{ kind: "local", path: at("two") }, undefined]);
  });

  it("are not for other threads where they are a copy with another `open`: one that decrypts, perhaps", async () => {
    const own = await namedFiles(at("two"));
    expect(sharedFiles({ ...own, open: own.open })).toBeUndefined();
  });
});

describe("a model that another thread opens again", () => {
  it("is open until it is closed, and unchanged", async () => {
    const { open, stillOpen } = counting();
    const model = await reopenModel(await shared("two"), open);
    expect(stillOpen()).toBeGreaterThan(0);
    await model.close();
    expect(stillOpen()).toBe(0);
  });

  it("has a number of its own each time", async () => {
    const [one, other] = [await shared("one"), await shared("one")];
    expect(other.id).not.toBe(one.id);
    expect({ ...other, id: one.id }).toEqual(one);
  });

  it("throws for an origin that its files do not have", async () => {
    const { open } = counting();
    const model = await reopenModel(await shared("one"), open);
    const view = { count: 1, rows: 9, cols: 8, offset: 0, matrixStride: 72, rowStride: 8, colStride: 1 };
    const origin = {
      kind: "stored",
      file: "model.safetensors",
      tensor: "z.weight",
      storage: "?",
      dtype: "F32",
      view,
    } as const;
    expect(() => model.sourceOf(origin)).toThrow(
      new RangeError('the files that were opened again have no tensor "z.weight" (F32)'),
    );
    await model.close();
  });

  const changes: readonly (readonly [what: string, change: (path: string) => Promise<unknown>])[] = [
    [
      "was written at another time, at the same size",
      async (path) => {
        const { atime, mtimeMs } = await stat(path);
        await utimes(path, atime, new Date(mtimeMs + 5));
      },
    ],
    [
      "has another size, although its time is the same",
      async (path) => {
        const { atime, mtime } = await stat(path);
        await writeFile(path, safetensorsWith({ "a.weight": { shape: [9, 9], values: normals(81, 1) } }));
        await utimes(path, atime, mtime);
      },
    ],
    ["was truncated to something that is no model", (path) => truncate(path, 20)],
    ["was replaced by garbage", (path) => writeFile(path, "garbage")],
  ];

  it.each(changes)("is refused if its file %s, by the file's name", async (_, change) => {
    // The time is a whole number of milliseconds, which `utimes` can restore.
    await utimes(at("one/model.safetensors"), new Date(1e12), new Date(1e12));
    const model = await shared("one/model.safetensors");
    await change(at("one/model.safetensors"));
    const error = await refused(model);
    expect(error.message).toBe(
      `${at("one/model.safetensors")}: the file changed while it was being read. Wait until nothing writes ` +
        "to it and run again.",
    );
    expect(error.kind).toBe("unreadable");
  });

  it("is refused if its file is gone, by the file's name", async () => {
    const [one, two] = [await shared("one/model.safetensors"), await shared("two")];
    const gone = [at("one/model.safetensors"), at("two/model-00002-of-00002.safetensors")];
    for (const path of gone) await rename(path, `${path}.old`);
    expect((await refused(one)).message).toBe(`${gone[0]}: no such file or folder. Check the path.`);
    expect((await refused(two)).message).toContain(`${gone[1]}: the file changed`);
  });

  it("names the file that changed, where there are several or only a folder was named", async () => {
    const changed = at("two/model-00002-of-00002.safetensors");
    const [named, globbed, folderOfOne] = [await shared("two"), await shared("two/*.safetensors"), await shared("one")];
    await utimes(changed, new Date(0), new Date(0));
    await utimes(at("one/model.safetensors"), new Date(0), new Date(0));
    expect((await refused(named)).message).toContain(`${changed}: the file changed`);
    expect((await refused(globbed)).message).toContain(`${changed}: the file changed`);
    expect((await refused(folderOfOne)).message).toContain(`${at("one/model.safetensors")}: the file changed`);
  });

  it("is refused if the base changed, and closes the adapter then", async () => {
    const model = await shared("one", "two");
    const { open, stillOpen } = counting();
    await (await reopenModel(model, open)).close();
    expect(stillOpen()).toBe(0);
    await utimes(at("two/model-00001-of-00002.safetensors"), new Date(0), new Date(0));
    expect((await refused(model)).message).toContain("model-00001-of-00002.safetensors: the file changed");
  });

  describe("with files beside its weights that decide values", () => {
    const adapter = safetensorsWith({
      "m.q_proj.lora_A.weight": { shape: [2, 8], values: normals(16, 1) },
      "m.q_proj.lora_B.weight": { shape: [9, 2], values: normals(18, 2) },
    });
    const gptq = safetensorsOfParts({
      "a.qweight": stored.i32([1, 8], [1, -2, 3, -4, 5, -6, 7, -8]),
      "a.qzeros": stored.i32([1, 1], [0x12345678]),
      "a.scales": stored.f32([1, 8], [1, 2, 3, 4, 5, 6, 7, 8]),
    });
    const MODELS = [
      ["an adapter", { "x.safetensors": adapter }, "adapter_config.json", ['{"lora_alpha": 4}', '{"lora_alpha": 8}']],
      [
        "a quantised model",
        { "x.safetensors": gptq },
        "config.json",
        [
          '{"quantization_config":{"checkpoint_format":"gptq"}}',
          '{"quantization_config":{"checkpoint_format":"gptq_v2"}}',
        ],
      ],
    ] as const;
    const planned = async (): Promise<SharedModel> => {
      const files = stampedFiles(await namedFiles(at("m")));
      const options = resolveOptions({ minEigenvalues: 1 });
      const model = await openModelOnBase({ files, base: undefined }, options);
      await model.file.close();
      return structuredClone(await shareModel({ files, base: undefined }, model.dependsOn, options)) as SharedModel;
    };

    it.each(MODELS)(
      "(%s) is refused if one was written again, or has appeared, or is gone",
      async (_, files, name, texts) => {
        const expected = `${at(`m/${name}`)}: the file changed while it was being read.`;
        await writeFiles(folder, { "m/x.safetensors": files["x.safetensors"] });
        const without = await planned();
        await writeFile(at(`m/${name}`), texts[0]);
        expect((await refused(without)).message).toContain(expected);
        await utimes(at(`m/${name}`), new Date(1e12), new Date(1e12));
        const withFirst = await planned();
        await writeFile(at(`m/${name}`), texts[1]);
        expect((await refused(withFirst)).message).toContain(expected);
        // Another size, although the time is the same: where an adapter knows no times, the size tells.
        await writeFile(at(`m/${name}`), `${texts[0]} `);
        await utimes(at(`m/${name}`), new Date(1e12), new Date(1e12));
        expect((await refused(withFirst)).message).toContain(expected);
        await rm(at(`m/${name}`));
        expect((await refused(withFirst)).message).toContain(expected);
      },
    );

    it.each(MODELS)(
      "(%s) opens if they are as they were: there, absent, or not to be read",
      async (_, files, name, texts) => {
        const { open, stillOpen } = counting();
        await writeFiles(folder, { "m/x.safetensors": files["x.safetensors"] });
        await (await reopenModel(await planned(), open)).close();
        await writeFile(at(`m/${name}`), texts[0]);
        await (await reopenModel(await planned(), open)).close();
        await rm(at(`m/${name}`));
        await mkdir(at(`m/${name}`));
        await (await reopenModel(await planned(), open)).close();
        expect(stillOpen()).toBe(0);
      },
    );
  });

  it("cannot be shared if its files, or its base's, are in this thread only", async () => {
    const ram = ramFiles({ "w.npy": { values: normals(6, 1), shape: [3, 2] } });
    const { files, opened } = await openedFiles(at("one"));
    const alone = { model: opened, base: undefined };
    expect(await shareModel({ files: ram, base: undefined }, alone, OPTIONS)).toBeUndefined();
    expect(await shareModel({ files, base: ram }, { model: opened, base: [] }, OPTIONS)).toBeUndefined();
    expect(await shareModel({ files, base: undefined }, alone, OPTIONS)).toBeDefined();
  });

  it("is of a kind that the thread knows", async () => {
    await expect(openSharedFiles({ kind: "blob" })).rejects.toThrow('this thread cannot open files of kind "blob"');
  });
});
