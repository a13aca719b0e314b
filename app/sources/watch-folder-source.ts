import type { RunEvent } from "#eigenscope/analysis/index.js";
import { isWatchFolder, readWatchFolder, uploadedFiles } from "#eigenscope/browser/index.js";
import { identityOf } from "./identity.js";
import type { ModelSource } from "./source.js";

/** Whether files hold the record of `eigenscope watch`. */
export async function isWatch(files: readonly File[]): Promise<boolean> {
  return files.length > 1 && isWatchFolder(uploadedFiles(files));
}

/** The record of a watch: the layers at every reading, and the alarms that it has told. */
export async function watchFolderSource(files: readonly File[]): Promise<ModelSource> {
  const { watched, events } = await readWatchFolder(uploadedFiles(files));
  return {
    id: await identityOf(files.filter(({ name }) => name.endsWith(".jsonl"))),
    label: watched,
    kind: "run",
    isTraining: true,
    hasAlarms: true,
    async start(onEvent: (event: RunEvent) => void) {
      for (const event of events) onEvent(event);
      return null;
    },
    detail: async () => null,
  };
}
