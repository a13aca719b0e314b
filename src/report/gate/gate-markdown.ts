import { markdownCode, markdownText } from "../markdown-text.js";
import { plural } from "../number-text.js";
import { type GateResult, isShut, type RuleOutcome } from "./gate.js";

/** Most layers of one rule in the summary: a step summary of GitHub holds 1 MiB. */
const MAX_LAYERS = 200;

/** The gate as Markdown, for the step summary of a pipeline. `headline` is what the report says of the model. */
export function gateMarkdown(gate: GateResult, headline: string): string {
  const { label, layers, unjudged, rules } = gate;
  const verdict = isShut(gate) ? "failed" : "passed";
  const failed = rules.filter((rule) => rule.failed);
  const asked = `${plural(rules.length, "rule")}, ${plural(layers.length, "layer")}`;
  const lines = [
    `### eigenscope: ${markdownText(label)} ${verdict}`,
    "",
    markdownText(headline),
    "",
    `${asked}; ${failed.length === 0 ? "no rule holds" : plural(failed.length, "rule holds", "rules hold")}.`,
    ...failed.flatMap(ruleLines),
    ...(unjudged.length === 0 ? [] : ["", `${plural(unjudged.length, "layer")} failed and could not be judged:`, ""]),
    ...unjudged.slice(0, MAX_LAYERS).map(({ name, reason }) => `- ${markdownCode(name)}: ${markdownText(reason)}`),
  ];
  return `${lines.join("\n")}\n`;
}

function ruleLines({ rule, layers }: RuleOutcome): string[] {
  if (layers.length === 0) return ["", `**${markdownCode(rule)}** holds for the model.`];
  const rows = layers
    .slice(0, MAX_LAYERS)
    .map(({ name, values }) => `| ${markdownCode(name)} | ${markdownText(values)} |`);
  const more = layers.length > MAX_LAYERS ? ["", `and ${layers.length - MAX_LAYERS} more`] : [];
  return [
    "",
    `**${markdownCode(rule)}** holds for ${plural(layers.length, "layer")}:`,
    "",
    "| layer | values |",
    "| --- | --- |",
  ]
    .concat(rows)
    .concat(more);
}
