import { layerRole } from "./role.js";

/** The place of an expert's matrix in its mixture, read from the name of its layer. */
export interface ExpertName {
  /** The expert's number in its block, from 0. */
  readonly expert: number;
  /** The name with the numbers of block and expert replaced by "*": experts of one role share it. */
  readonly group: string;
}

/**
 * Where the number of an expert is written, first match first. A match is what is before the number; the number
 * follows.
 */
const BEFORE_NUMBER: readonly RegExp[] = [
  // Mixtral, DeepSeek, Qwen, Megatron, Switch: experts.3.w1, local_experts.3.linear_fc1, experts.expert_3.wi.
  /(?:^|[./_])experts?[./_](?:expert_)?(?=\d+(?:[./]|$))/i,
  // Older GGUF files of Mixtral: blk.0.ffn_gate.3.
  /(?:^|[./])ffn_(?:gate|up|down)[./](?=\d+(?:[./]|$))/,
  // A slice of a stack: experts.gate_up_proj[3][gate], ffn_gate_exps[3], block_sparse_moe.input_linear[3][up].
  /(?:expert|_exps|_moe[./]).*?\[(?=\d+\])/i,
];

/**
 * The expert that a layer's full name tells; null if the name tells none. Shared experts, which see every token, have
 * no number.
 */
export function expertName(name: string): ExpertName | null {
  const { family } = layerRole(name);
  for (const pattern of BEFORE_NUMBER) {
    const match = pattern.exec(family);
    if (match === null) continue;
    const start = match.index + match[0].length;
    const [digits] = /^\d+/.exec(family.slice(start)) as RegExpExecArray;
    const expert = Number(digits);
    return Number.isSafeInteger(expert)
      ? { expert, group: `${family.slice(0, start)}*${family.slice(start + digits.length)}` }
      : null;
  }
  return null;
}
