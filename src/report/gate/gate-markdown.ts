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
    `### eigenscope: ${cell(label)} ${verdict}`,
    "",
    cell(headline),
    "",
    `${asked}; ${failed.length === 0 ? "no rule holds" : plural(failed.length, "rule holds", "rules hold")}.`,
    ...failed.flatMap(ruleLines),
    ...(unjudged.length === 0 ? [] : ["", `${plural(unjudged.length, "layer")} failed and could not be judged:`, ""]),
    ...unjudged.slice(0, MAX_LAYERS).map(({ name, reason }) => `- ${code(name)}: ${cell(reason)}`),
  ];
  return `${lines.join("\n")}\n`;
}

function ruleLines({ rule, layers }: RuleOutcome): string[] {
  if (layers.length === 0) return ["", `**${code(rule)}** holds for the model.`];
  const rows = layers.slice(0, MAX_LAYERS).map(({ name, values }) => `| ${code(name)} | ${cell(values)} |`);
  const more = layers.length > MAX_LAYERS ? ["", `and ${layers.length - MAX_LAYERS} more`] : [];
  return [
    "",
    `**${code(rule)}** holds for ${plural(layers.length, "layer")}:`,
    "",
    "| layer | values |",
    "| --- | --- |",
  ]
    .concat(rows)
    .concat(more);
}

/** Text in a table's cell: names from a file must not become markup. */
function cell(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/[\\`*_{}[\]<>()#+!|~$&]/g, (sign) => `\\${sign}`);
}

/** A name as code; a backquote in it would end the code. */
function code(text: string): string {
  return `\`${text.replaceAll(/\s+/g, " ").replaceAll("`", "'").replaceAll("|", "\\|")}\``;
}
