import type { Layer } from "./layer.js";

/** Towers of one model whose blocks have the same numbers; cross attention and shared experts beside the usual ones. */
const SECTIONS: readonly (readonly [RegExp, string])[] = [
  [/(^|[./])(?:vision|visual|image|v\.blk|mm\.)/i, "vision"],
  [/(?:^|[./])dec(?:oder)?[./]/i, "decoder"],
  [/(?:^|[./])enc(?:oder)?[./]/i, "encoder"],
];
const CROSS_ATTENTION = /EncDecAttention|encoder_attn|cross_?attn|crossattention/i;
const SHARED_EXPERT = /shared_expert|shexp/i;

/** Section, block, role and expert in one key; no key for a layer whose name does not give its role. */
export function roleKeys({ name, block, role, rf }: Pick<Layer, "name" | "block" | "role" | "rf">): readonly string[] {
  if (role === null || rf > 1) return [];
  const section = SECTIONS.find(([pattern]) => pattern.test(name))?.[1];
  const expert = /experts?[./](\d+)(?=[./]|$)/.exec(name)?.[1] ?? /\[(\d+)\]/.exec(name)?.[1] ?? "";
  const kind = [CROSS_ATTENTION.test(name) ? "cross" : "", SHARED_EXPERT.test(name) ? "shared" : ""].join("");
  const position =
    /pos|wpe/i.test(name) && role === "embedding"
      ? "position"
      : /type/i.test(name) && role === "embedding"
        ? "type"
        : "";
  const key = [block ?? "", role, expert, kind, position].join("|");
  // A model with one tower may name it or not.
  return section === undefined ? [key] : section === "vision" ? [`vision|${key}`] : [`${section}|${key}`, key];
}
