import type { LayerRecord } from "../report.js";
import type { GroupMember } from "./make-group.js";

type Row = Pick<LayerRecord, "layer_id" | "longname" | "block" | "N" | "M" | "heads" | "head_size">;

/** The heads of a layer as members of a group; none without the option heads. */
export function headMembers({ layer_id, longname, block, N, M, heads, head_size }: Row): GroupMember[] {
  // A report that was read from a file may have anything here.
  if (!Array.isArray(heads?.phase) || !head_size) return [];
  // One side of the layer's matrix is divided into heads; heads have all of the other.
  const across = heads.phase.length * head_size === N ? M : N;
  return heads.phase.map((phase, head) => ({
    ...{ block, layer_id, phase, member: head, name: `${longname}[head ${head}]` },
    ...{ N: Math.max(across, head_size), M: Math.min(across, head_size) },
    alpha: heads.alpha[head],
    alpha_valid: heads.alpha_valid[head],
    norm: heads.norm[head],
    lambda_max: heads.lambda_max[head],
    stable_rank: heads.stable_rank[head],
  }));
}
