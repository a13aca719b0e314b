import type { RunEvent } from "#eigenscope/analysis/index.js";
import { type EpochRecord, parseEpoch, runEvents } from "#eigenscope/lab/index.js";
import { identityOf } from "./identity.js";
import type { ModelSource, TrainingScore } from "./source.js";

/** Whether files are the folder of one training of the lab. */
export function isLabRun(files: readonly File[]): boolean {
  const names = files.map(({ name }) => name);
  return names.includes("epochs.jsonl") && names.includes("run.json");
}

/** The folders of the trainings of a sweep, or of the one. */
export function labRunsIn(files: readonly File[]): (readonly File[])[] {
  const folders = new Map<string, File[]>();
  for (const file of files) {
    if (file.name !== "epochs.jsonl" && file.name !== "run.json") continue;
    const folder = file.webkitRelativePath.split("/").slice(0, -1).join("/");
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  return [...folders.values()].filter(isLabRun);
}

/** A training of the lab: its layers at every recorded epoch. */
export async function labSource(files: readonly File[]): Promise<ModelSource> {
  const epochsFile = files.find(({ name }) => name === "epochs.jsonl") as File;
  const folder = epochsFile.webkitRelativePath.split("/").at(-2) ?? epochsFile.name;
  const epochs = readEpochs(await epochsFile.text(), epochsFile.name);
  const scores = epochs.flatMap(({ steps, train, test }): TrainingScore[] =>
    train === null && test === null
      ? []
      : [{ step: steps, train: train?.accuracy ?? null, test: test?.accuracy ?? null }],
  );
  return {
    id: await identityOf([epochsFile]),
    label: folder,
    kind: "run",
    isTraining: true,
    scores,
    async start(onEvent: (event: RunEvent) => void) {
      for (const event of runEvents(folder, epochs)) onEvent(event);
      return null;
    },
    detail: async () => null,
  };
}

/** The epochs; a last line that was cut is left out. */
function readEpochs(text: string, file: string): EpochRecord[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.flatMap((line, k) => {
    try {
      return [parseEpoch(line, file)];
    } catch (error) {
      if (error instanceof SyntaxError && k === lines.length - 1) return [];
      throw error;
    }
  });
}
