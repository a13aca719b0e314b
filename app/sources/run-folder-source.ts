import type { Report, RunEvent } from "#eigenscope/analysis/index.js";
import { readRunFolder, reportOfRun, uploadedFiles } from "#eigenscope/browser/index.js";
import { identityOf } from "./identity.js";
import type { ModelSource } from "./source.js";

/** Whether files are a run folder of `analyze --run`. */
export function isRun(files: readonly File[]): boolean {
  const names = files.map(({ name }) => name);
  return names.includes("run.json") && names.includes("plan.jsonl");
}

/** A run folder: what is done of it, spectra included, without the weights. */
export async function runFolderSource(files: readonly File[]): Promise<ModelSource> {
  const folder = await readRunFolder(uploadedFiles(files));
  const plan = files.find(({ name }) => name === "plan.jsonl") as File;
  return {
    id: await identityOf([plan]),
    label: folder.plan.input.label,
    kind: "run",
    async start(onEvent: (event: RunEvent) => void, signal: AbortSignal): Promise<Report> {
      for (const event of folder.events) onEvent(event);
      return (await reportOfRun(folder, { signal })).report;
    },
    detail: (layer) => folder.detail(layer),
  };
}
