/** `model-00001-of-00003.safetensors`: the name without the number of the shard. */
const SHARD = /[-_.]\d{3,6}-of-\d{3,6}(?=\.\w+$)/;
/** Files that belong to the weights beside them. */
const COMPANION = /\.(?:json|onnx_data|data|index|model|txt)$/;
/** The weights of a tfjs model: its `model.json` names them. */
const TFJS_SHARD = /^group\d+-shard/;

/**
 * What single files that were dropped together are: each group is one model, or one JSON report. Shards of a model are
 * one group; configurations go with the weights beside them; a folder stays what it is.
 */
export function together(groups: readonly (readonly File[])[]): (readonly File[])[] {
  const single = groups.filter((files) => files.length === 1).flat();
  const folders = groups.filter((files) => files.length > 1);
  const companions = single.filter(({ name }) => COMPANION.test(name));
  if (single.some(({ name }) => TFJS_SHARD.test(name))) return [single, ...folders];
  const sets = new Map<string, File[]>();
  for (const file of single) {
    if (companions.includes(file)) continue;
    const key = file.name.replace(SHARD, "");
    sets.set(key, [...(sets.get(key) ?? []), file]);
  }
  const weights = [...sets.values()];
  if (weights.length === 0)
    return [...companions.filter(({ name }) => name.endsWith(".json")).map((file) => [file]), ...folders];
  if (weights.length === 1) return [[...weights[0], ...companions], ...folders];
  // Of several models, each has the companions that bear its name: model.onnx and model.onnx_data.
  const stem = ({ name }: File): string => name.replace(SHARD, "").replace(/\.\w+$/, ".");
  return [
    ...weights.map((files) => [...files, ...companions.filter(({ name }) => name.startsWith(stem(files[0])))]),
    ...folders,
  ];
}
