import { labRunsIn, labSource } from "./lab-source.js";
import { pageSource } from "./page-source.js";
import { reportSource } from "./report-source.js";
import { isRun, runFolderSource } from "./run-folder-source.js";
import type { ModelSource } from "./source.js";

/**
 * The models of what was dropped or chosen together, each group a file or a folder: a JSON report, a run folder, or
 * weights. Shards of one model that were dropped as single files belong together.
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
  if (isRun(files)) return runFolderSource(files);
  return pageSource(files.length === 1 ? first : files);
}

/** `model-00001-of-00003.safetensors`: the name without the number of the shard. */
const SHARD = /[-_.]\d{3,6}-of-\d{3,6}(?=\.\w+$)/;
/** Files that belong to the weights beside them. */
const COMPANION = /\.(?:json|onnx_data|data|index|model|txt|bin\.index\.json)$|^group\d+-shard/;

/** Single files that are parts of one model are put into one group. */
function together(groups: readonly (readonly File[])[]): (readonly File[])[] {
  const single = groups.filter((files) => files.length === 1).flat();
  const folders = groups.filter((files) => files.length !== 1 && files.length > 0);
  const sets = new Map<string, File[]>();
  for (const file of single) {
    const key = SHARD.test(file.name) ? file.name.replace(SHARD, "") : file.name;
    sets.set(key, [...(sets.get(key) ?? []), file]);
  }
  const bySet = [...sets.values()];
  const weights = bySet.filter(([{ name }]) => !COMPANION.test(name));
  const companions = bySet.filter(([{ name }]) => COMPANION.test(name)).flat();
  const reports = companions.filter(({ name }) => name.endsWith(".json"));
  // Configurations beside one model go with it; JSON files alone are reports.
  if (weights.length === 1 && companions.length > 0) return [[...weights[0], ...companions], ...folders];
  if (weights.length === 0) return [...reports.map((file) => [file]), ...folders];
  return [...weights, ...folders];
}
