import { printable } from "../../bytes/errors.js";
import { plural } from "../number-text.js";
import { printableSentence } from "../printable-sentence.js";
import type { GateResult, RuleOutcome } from "./gate.js";

/** Most layers of one rule in the terminal before "and n more"; the files have all of them. */
const MAX_LAYERS = 20;

/** What the gate says in the terminal: one line if no rule holds, else each rule that does, with its layers. */
export function gateText({ rules, layers }: GateResult): string {
  const failed = rules.filter((rule) => rule.failed);
  if (failed.length === 0) {
    const [which, whom] = rules.length === 1 ? ["the rule", "none"] : [`none of ${rules.length} rules`, "any"];
    return `passed: ${which} holds for ${whom} of ${plural(layers.length, "layer")}\n`;
  }
  return failed.map((rule) => ruleText(rule)).join("");
}

function ruleText({ rule, layers }: RuleOutcome): string {
  if (layers.length === 0) return `failed: ${printableSentence(rule)} (holds for the model)\n`;
  const lines = layers.slice(0, MAX_LAYERS).map(({ name, values }) => `  ${printable(name)}: ${values}\n`);
  const more = layers.length > MAX_LAYERS ? `  and ${layers.length - MAX_LAYERS} more\n` : "";
  return `failed: ${printableSentence(rule)} (holds for ${plural(layers.length, "layer")})\n${lines.join("")}${more}`;
}
