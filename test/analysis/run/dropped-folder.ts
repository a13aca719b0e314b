import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { uploadedFiles } from "#eigenscope/browser/blob-source.js";
import type { FileSet } from "#eigenscope/formats/index.js";

/** A `File` as a page gets it from a dropped folder: with its path below the folder's parent. */
export function droppedFile(bytes: Uint8Array, webkitRelativePath: string): File {
  const file = new File([bytes as Uint8Array<ArrayBuffer>], webkitRelativePath.split("/").at(-1) as string);
  return Object.defineProperty(file, "webkitRelativePath", { value: webkitRelativePath });
}

/** The files of a folder as a page gets them from a dropped one. */
export async function droppedFolder(root: string): Promise<FileSet> {
  const all = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = all.filter((item) => item.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return uploadedFiles(
    await Promise.all(
      paths.map(async (path) =>
        droppedFile(await readFile(path), ["dropped", ...relative(root, path).split("/")].join("/")),
      ),
    ),
  );
}
