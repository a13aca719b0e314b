import type { LayerGroup } from "../analysis/groups/layer-group.js";
import type { LayerRecord } from "../analysis/report.js";

/** A row of the table: a layer, or a group with its name in the row of its first layer. */
export interface TableEntry {
  readonly layer: LayerRecord;
  readonly group?: LayerGroup;
}

/** The rows of a table: each of the groups once, in the place of its first layer, and the layers of no group. */
export function tableEntries(layers: readonly LayerRecord[], groups: readonly LayerGroup[]): TableEntry[] {
  const groupOf = new Map<number, LayerGroup>();
  for (const group of groups)
    for (const layer_id of group.grid.layer_id.flat()) if (layer_id !== null) groupOf.set(layer_id, group);
  const listed = new Set<LayerGroup>();
  return layers.flatMap((layer): TableEntry[] => {
    const group = groupOf.get(layer.layer_id);
    if (group === undefined) return [{ layer }];
    if (listed.has(group)) return [];
    listed.add(group);
    return [{ layer: { ...layer, name: group.name }, group }];
  });
}
