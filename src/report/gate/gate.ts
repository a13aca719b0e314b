import type { Comparison } from "../../analysis/compare/comparison.js";
import type { LayerRecord, Report } from "../../analysis/report.js";
import { hasSpectrum } from "../../analysis/summary.js";
import { type Rule, RuleAsker, type RuleLayer, type RuleReading } from "../../rules/index.js";
import { ruleLayer, rulePair } from "./rule-layer.js";
import { columnsOfRule } from "./rule-names.js";

/** What a rule found. */
export interface RuleOutcome {
  readonly rule: string;
  /** True if it holds for a layer, or for the model: then the gate is shut. */
  readonly failed: boolean;
  /** The layers for which it holds, with the values that the rule names; empty for a rule over the whole model. */
  readonly layers: readonly { readonly name: string; readonly values: string }[];
}

/** The gate's answer. */
export interface GateResult {
  readonly label: string;
  /** Files of the model, for reports that point at one. */
  readonly files: readonly string[];
  /** The names of all layers that were asked about. */
  readonly layers: readonly string[];
  /** Layers that failed, with the reasons: the rules could not judge what they do not have. */
  readonly unjudged: readonly { readonly name: string; readonly reason: string }[];
  readonly rules: readonly RuleOutcome[];
}

/** Whether any rule holds. */
export function isShut({ rules }: GateResult): boolean {
  return rules.some(({ failed }) => failed);
}

/** Asks the rules of a report; `baseline` is an earlier report of the model, whose layers are found by name. */
export function gateReport(report: Report, rules: readonly Rule[], baseline?: Report): GateResult {
  const before = new Map((baseline?.layers ?? []).map((layer) => [layer.longname, layer]));
  const layers = new Map(
    report.layers.map((layer) => [layer.longname, ruleLayer(layer, before.get(layer.longname))] as const),
  );
  return {
    label: report.input.label,
    files: report.input.files.map(({ name }) => name),
    unjudged: failedLayers(report.layers),
    ...asked(layers, rules),
  };
}

/** Asks the rules of a comparison. */
export function gateComparison(comparison: Comparison, rules: readonly Rule[]): GateResult {
  const layers = new Map(comparison.layers.map((pair) => [pair.name_b, rulePair(pair)] as const));
  const failed = comparison.layers.filter(({ status }) => status === "failed");
  return {
    label: comparison.b.label,
    files: comparison.b.files.map(({ name }) => name),
    unjudged: failed.map(({ name_b, reason }) => ({ name: name_b, reason: reason ?? "no reason was given" })),
    ...asked(layers, rules),
  };
}

function failedLayers(layers: readonly LayerRecord[]): GateResult["unjudged"] {
  return layers
    .filter((layer) => !hasSpectrum(layer))
    .map(({ longname, reason }) => ({ name: longname, reason: reason ?? "no reason was given" }));
}

function asked(
  layers: RuleReading["layers"],
  rules: readonly Rule[],
): { readonly layers: readonly string[]; readonly rules: readonly RuleOutcome[] } {
  const asker = new RuleAsker({ layers });
  return { layers: [...layers.keys()], rules: rules.map((rule) => outcomeOf(rule, asker, layers)) };
}

function outcomeOf(rule: Rule, asker: RuleAsker, layers: ReadonlyMap<string, RuleLayer>): RuleOutcome {
  if (rule.ofModel) return { rule: rule.text, failed: asker.holdsOfModel(rule), layers: [] };
  const columns = columnsOfRule(rule);
  const found = asker.layersWhere(rule).map((name) => ({
    name,
    values: columns.map((column) => `${column} ${valueText(layers.get(name)?.(column))}`).join(", "),
  }));
  return { rule: rule.text, failed: found.length > 0, layers: found };
}

function valueText(value: unknown): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : "n/a";
  return typeof value === "string" || typeof value === "boolean" ? String(value) : "n/a";
}
