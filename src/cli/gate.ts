import type { Comparison, Report } from "../analysis/index.js";
import { VERSION } from "../analysis/version.js";
import {
  type GateResult,
  gateComparison,
  gateJunit,
  gateMarkdown,
  gateReport,
  gateSarif,
  gateText,
  isShut,
  type RuleScope,
  ruleColumns,
} from "../report/gate/index.js";
import { jsonText } from "../report/text-parts.js";
import { parseRule, type Rule } from "../rules/index.js";
import { EXIT, UsageError } from "./exit-codes.js";
import { writeWhole } from "./output-file.js";
import type { Outputs } from "./outputs.js";
import { readReport } from "./read-report.js";
import { someNames } from "./some-names.js";

export interface GateFlags {
  /** The rules, as written. */
  readonly failOn: readonly string[];
  readonly baseline?: string;
  readonly junit?: string;
  readonly sarif?: string;
  readonly markdown?: string;
}

/** The rules of a command line, read and checked before any work. */
export interface Gate {
  readonly rules: readonly Rule[];
  readonly baseline?: Report;
}

/**
 * Reads the rules, and the earlier report that `--baseline` names. Throws `RuleError` and `UsageError` (exit 2), and
 * `FormatError` for a baseline that is no report (exit 3).
 */
export async function readGate(flags: GateFlags, options: RuleScope["options"]): Promise<Gate> {
  const compare = flags.baseline === undefined ? "none" : "reports";
  const rules = readRules(flags, { options, compare });
  return flags.baseline === undefined ? { rules } : { rules, baseline: await readReport(flags.baseline, "--baseline") };
}

/** The rules of `compare`, whose `compare.<column>` are measured on the weights. */
export function readCompareGate(flags: GateFlags): Gate {
  return { rules: readRules(flags, { options: [], compare: "weights" }) };
}

function readRules(flags: GateFlags, scope: RuleScope): readonly Rule[] {
  const columns = ruleColumns(scope);
  const needy = (["baseline", "junit", "sarif", "markdown"] as const).find((name) => flags[name] !== undefined);
  if (flags.failOn.length === 0 && needy !== undefined && needy !== "markdown")
    throw new UsageError(`--${needy} needs at least one --fail-on "<rule>"`);
  return flags.failOn.map((text) => parseRule(text, columns));
}

/** Asks the rules of a report, writes what was asked for, and says on stderr what was found. */
export async function closeGate(
  { rules, baseline }: Gate,
  report: Report,
  { outputs }: { readonly outputs: Outputs },
): Promise<GateResult> {
  const known = baseline === undefined ? undefined : new Set(baseline.layers.map(({ longname }) => longname));
  const unknown = known === undefined ? [] : report.layers.filter(({ longname }) => !known.has(longname));
  if (report.layers.length > 0 && unknown.length === report.layers.length)
    throw new UsageError("--baseline is of another model: none of its layers has the name of a layer of this one");
  if (unknown.length > 0) {
    const names = someNames(unknown.map(({ name }) => name));
    process.stderr.write(
      `eigenscope: ${unknown.length} of ${report.layers.length} layers are not in the baseline: ${names}\n`,
    );
  }
  const result = gateReport(report, rules, baseline);
  await writeGate(result, outputs, report.summary.headline);
  return result;
}

/** The same for a comparison. */
export async function closeCompareGate(
  { rules }: Gate,
  comparison: Comparison,
  { outputs }: { readonly outputs: Outputs },
): Promise<GateResult> {
  const result = gateComparison(comparison, rules);
  await writeGate(result, outputs, `${comparison.a.label} against ${comparison.b.label}.`);
  return result;
}

async function writeGate(result: GateResult, { junit, sarif, markdown }: Outputs, headline: string): Promise<void> {
  const at = new Date().toISOString().slice(0, 19);
  if (junit !== undefined) await writeWhole(junit, gateJunit(result, { at, version: VERSION }));
  if (sarif !== undefined) await writeWhole(sarif, jsonText(gateSarif(result, VERSION), 2));
  if (markdown !== undefined) await writeWhole(markdown, gateMarkdown(result, headline));
  if (result.rules.length > 0) process.stderr.write(`eigenscope: ${gateText(result)}`);
}

/** The exit code of a command: 1 where a rule holds, whatever else; else the code that it would have had. */
export function gatedCode(result: GateResult, code: number): number {
  return isShut(result) ? EXIT.rule : code;
}
