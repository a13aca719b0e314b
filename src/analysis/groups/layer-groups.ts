import { expertName } from "../../layers/expert-name.js";
import type { LayerRecord } from "../report.js";
import type { LayerGroup } from "./layer-group.js";
import { type GroupMember, makeGroup } from "./make-group.js";

type Row = Pick<
  LayerRecord,
  | ("layer_id" | "longname" | "block" | "role" | "N" | "M")
  | ("phase" | "alpha" | "alpha_valid" | "lambda_max" | "stable_rank")
>;

/**
 * The groups of a report's layers, in the order of their first layers: the experts of one role in all blocks. Pure:
 * follows from the rows alone. A mixture with one expert in one block is no group.
 */
export function layerGroups(layers: readonly Row[]): LayerGroup[] {
  const groups = new Map<string, { readonly role: Row["role"]; readonly members: GroupMember[] }>();
  for (const layer of layers) {
    const expert = expertName(layer.longname);
    if (expert === null) continue;
    const member: GroupMember = { ...layer, name: layer.longname, member: expert.expert };
    const group = groups.get(expert.group);
    if (group === undefined) groups.set(expert.group, { role: layer.role, members: [member] });
    else group.members.push(member);
  }
  return [...groups].flatMap(([name, { role, members }]) => makeGroup(members, { kind: "experts", name, role }) ?? []);
}
