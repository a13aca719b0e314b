import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { openFiles } from "../state/open.js";
import { say } from "./toast.js";

/** Whether files are held over the page. */
export const dragging = signal(false);

/** Lets files and folders be dropped anywhere on the page. */
export function DropAnywhere(): JSX.Element | null {
  useEffect(() => {
    const over = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      dragging.value = true;
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) dragging.value = false;
    };
    const drop = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      dragging.value = false;
      void droppedFiles(event.dataTransfer).then(openFiles, (error: Error) => say(error.message));
    };
    addEventListener("dragenter", over);
    addEventListener("dragover", over);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragenter", over);
      removeEventListener("dragover", over);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, []);
  return null;
}

/** What was dropped together: each entry is a file, or all files of a folder with their paths in it. */
async function droppedFiles(data: DataTransfer): Promise<readonly (readonly File[])[]> {
  // The entries must be asked for before the first pause: the list is empty afterwards.
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const files = [...data.files];
  if (entries.every((entry) => entry === null)) return files.map((file) => [file]);
  return Promise.all(entries.filter((entry) => entry !== null).map((entry) => filesUnder(entry, "")));
}

/** More files than this are no model. */
const MAX_FILES = 20_000;

async function filesUnder(entry: FileSystemEntry, path: string): Promise<File[]> {
  const full = path === "" ? entry.name : `${path}/${entry.name}`;
  if (entry.isFile) {
    const file = await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail));
    return [withPath(file, path === "" ? "" : full)];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: File[] = [];
  for (;;) {
    const children = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
    if (children.length === 0) return files;
    for (const child of children) files.push(...(await filesUnder(child, full)));
    if (files.length > MAX_FILES)
      throw new RangeError(`${full} holds more than ${MAX_FILES} files: drop the folder of one model`);
  }
}

/** A file that knows its path in the folder, as one that is chosen in a dialog does. */
function withPath(file: File, path: string): File {
  if (path !== "") Object.defineProperty(file, "webkitRelativePath", { value: path });
  return file;
}
