import { labRunsIn, labSource } from "./lab-source.js";
import { pageSource } from "./page-source.js";
import { reportSource } from "./report-source.js";
import { isRun, runFolderSource } from "./run-folder-source.js";
import type { ModelSource } from "./source.js";
import { together } from "./together.js";
import { isWatch, watchFolderSource } from "./watch-folder-source.js";

/**
 * The models of what was dropped or chosen together, each group a file or a folder: a JSON report, a run folder, the
 * record of a watch, or weights. Shards of one model that were dropped as single files belong together.
 */
export async function sourcesOf(groups: readonly (readonly File[])[]): Promise<ModelSource[]> {
  const found = await Promise.all(
    together(groups).map((files) => {
      const runs = labRunsIn(files);
      return runs.length > 0 ? Promise.all(runs.map(labSource)) : sourceOf(files).then((source) => [source]);
    }),
  );
  return found.flat();
}

async function sourceOf(files: readonly File[]): Promise<ModelSource> {
  const [first] = files;
  if (files.length === 1 && first.name.endsWith(".json")) return reportSource(first);
  // First: what is watched may be the folder of a run.
  if (await isWatch(files)) return watchFolderSource(files);
  if (await isRun(files)) return runFolderSource(files);
  return pageSource(files.length === 1 ? first : files);
}
