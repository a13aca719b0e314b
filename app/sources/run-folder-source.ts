import type { Report, RunEvent } from "#eigenscope/analysis/index.js";
import { isRunFolder, readRunFolder, reportOfRun, uploadedFiles } from "#eigenscope/browser/index.js";
import { identityOf } from "./identity.js";
import type { ModelSource } from "./source.js";

/** Whether files are a run folder of `analyze --run`. */
export async function isRun(files: readonly File[]): Promise<boolean> {
  return files.length > 1 && isRunFolder(uploadedFiles(files));
}

/** A run folder: what is done of it, spectra included, without the weights. */
export async function runFolderSource(files: readonly File[]): Promise<ModelSource> {
  const folder = await readRunFolder(uploadedFiles(files));
  // It names the plan by a digest of its layers.
  const manifest = files.find(({ name }) => name === "run.json") as File;
  return {
    id: await identityOf([manifest]),
    label: folder.plan.input.label,
    kind: "run",
    async start(onEvent: (event: RunEvent) => void, signal: AbortSignal): Promise<Report> {
      for (const event of folder.events) onEvent(event);
      return (await reportOfRun(folder, { signal })).report;
    },
    detail: (layer) => folder.detail(layer),
  };
}
