import { expertName } from "../../layers/expert-name.js";
import { layerRole } from "../../layers/role.js";
import type { LayerRecord } from "../report.js";
import { headMembers } from "./head-members.js";
import type { LayerGroup } from "./layer-group.js";
import { type GroupMember, makeGroup } from "./make-group.js";

/** What of a row its group is made of. */
export type GroupRow = Pick<
  LayerRecord,
  | ("layer_id" | "longname" | "block" | "role" | "N" | "M" | "heads" | "head_size")
  | ("phase" | "alpha" | "alpha_valid" | "norm" | "lambda_max" | "stable_rank")
>;

/** A group that is being gathered. */
type Gathered = Pick<LayerGroup, "kind" | "name" | "role"> & { readonly members: GroupMember[] };

/**
 * The groups of a report's layers, in the order of their first layers: the experts of one role in all blocks, and with
 * the option heads the heads of one role in all blocks. Pure: follows from the rows alone. One expert, or one head in
 * one block, is no group.
 */
export function layerGroups(layers: readonly GroupRow[]): LayerGroup[] {
  const groups = new Map<string, Gathered>();
  const add = (group: Omit<Gathered, "members">, members: readonly GroupMember[]): void => {
    const key = `${group.kind} ${group.name}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { ...group, members: [...members] });
    else known.members.push(...members);
  };
  for (const layer of layers) {
    const { longname, role } = layer;
    const expert = expertName(longname);
    if (expert !== null)
      add({ kind: "experts", name: expert.group, role }, [{ ...layer, name: longname, member: expert.expert }]);
    const heads = headMembers(layer);
    if (heads.length > 0) add({ kind: "heads", name: layerRole(longname).family, role }, heads);
  }
  return [...groups.values()].flatMap(({ members, ...group }) => makeGroup(members, group) ?? []);
}
