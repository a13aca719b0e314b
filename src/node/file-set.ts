import { readdir, realpath, stat } from "node:fs/promises";
import nodePath, { basename, dirname, join, type PlatformPath } from "node:path";
import { shareable } from "../bytes/file-set.js";
import { naturalOrder } from "../bytes/natural-order.js";
import { isDeviceName } from "../bytes/portable-name.js";
import { type FileSet, FormatError } from "../formats/index.js";
import { fileError, fileSource, type SourceOptions } from "./file-source.js";
import { modelFolder } from "./model-folder.js";
import { isWithin } from "./native-path.js";

/**
 * The files at a local path: one file with its siblings, or a folder. Only names inside that folder open. A symbolic
 * link may lead out of it only within one Hugging Face cache entry
 * (`models--org--name/snapshots/... -> ../../blobs/...`), or if the user named the link itself.
 */
export async function localFiles(path: string, { synchronous }: SourceOptions = {}): Promise<FileSet> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (cause) {
    throw fileError(cause, path);
  }
  const folder = isFolder ? path : dirname(path);
  const entry = isFolder ? undefined : basename(path);
  const files: FileSet = {
    label: path,
    entry,
    async list() {
      try {
        const found = await readdir(folder, { withFileTypes: true });
        return found
          .filter((item) => item.isFile() || item.isSymbolicLink())
          .map((item) => item.name)
          .sort();
      } catch (cause) {
        throw fileError(cause, folder);
      }
    },
    folders: async () => (isFolder ? foldersIn(path) : []),
    async open(name) {
      if (name === entry) return fileSource(path, path, { synchronous });
      const target = join(folder, safeName(name));
      await assertInside(folder, target, name);
      return fileSource(target, target, { synchronous });
    },
    pathOf: (name) => (name === entry ? path : join(folder, safeName(name))),
    modified: async (name) =>
      String((await stat(name === entry ? path : join(folder, safeName(name)), { bigint: true })).mtimeNs),
  };
  return shareable(files, { kind: "local", path });
}

/**
 * A folder as a model: if a tool keeps several states of it, the current one (`modelFolder`). A file is used as it is.
 */
export async function localModel(path: string): Promise<FileSet> {
  return localFiles(await modelFolder(path));
}

/**
 * The folders in a folder, "checkpoint-500" before "checkpoint-1000"; no hidden folders, and no links, which may lead
 * anywhere: not the current state of a folder either, if it is one.
 */
async function foldersIn(path: string): Promise<FileSet[]> {
  const found = await readdir(path, { withFileTypes: true }).catch(() => []);
  const names = found.filter((item) => item.isDirectory() && !item.name.startsWith(".")).map(({ name }) => name);
  if (names.length === 0) return [];
  const models = await Promise.all(names.sort(naturalOrder).map((name) => modelFolder(join(path, name))));
  const home = homeOfLinks(await realpath(path));
  const isInside = await Promise.all(models.map(async (model) => isWithin(await realpath(model), home)));
  return Promise.all(models.filter((_, i) => isInside[i]).map((model) => localFiles(model)));
}

/**
 * The name of a file beside another one, as this system writes it. Throws `FormatError` for a name that leads
 * elsewhere: on Windows also to a device. The last parameter is for tests.
 */
export function safeName(name: string, { isAbsolute, sep }: PlatformPath = nodePath): string {
  const segments = name.split("/");
  const isElsewhere = (part: string): boolean => part === ".." || part === "" || (sep === "\\" && isDeviceName(part));
  if (name === "" || isAbsolute(name) || /[\\\0:]/.test(name) || segments.some(isElsewhere)) {
    throw new FormatError(`refers to "${name}", which is not a plain name of a file beside it`, {
      kind: "malformed",
      remedy: "A weight file may only name files in its own folder.",
    });
  }
  return segments.join(sep);
}

async function assertInside(folder: string, target: string, name: string): Promise<void> {
  let actual: string;
  try {
    actual = await realpath(target);
  } catch (cause) {
    throw fileError(cause, target);
  }
  if (!isWithin(actual, homeOfLinks(await realpath(folder)))) {
    throw new FormatError(`"${name}" is a link that leads out of the model's folder`, {
      kind: "malformed",
      file: target,
      remedy: "Name the linked file itself if you trust it.",
    });
  }
}

/**
 * The folder within which links of a folder may lead: itself, or the whole Hugging Face cache entry that it lies in
 * (`models--org--name/snapshots/... -> ../../blobs/...`). Takes and gives real paths.
 */
export function homeOfLinks(folder: string, { sep }: PlatformPath = nodePath): string {
  const parts = folder.split(sep);
  const cacheEntry = parts.findIndex((part) => part.startsWith("models--"));
  return cacheEntry < 0 ? folder : parts.slice(0, cacheEntry + 1).join(sep);
}
