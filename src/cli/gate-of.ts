import type { Comparison, Report } from "../analysis/index.js";
import { type ExtraName, NOTHING_OPTIONAL } from "../analysis/options.js";
import type { GateFlags } from "./gate.js";
import type { Outputs } from "./outputs.js";

/** The gate is loaded only where a rule or one of its files is asked for, so that a plain analysis starts fast. */

const EXTRAS = Object.keys(NOTHING_OPTIONAL) as ExtraName[];

/** All options that add columns: where it is not known yet which of them a kept run was made with. */
export const ALL_COLUMNS: readonly string[] = EXTRAS.map((name) => `--${name}`);

/** The options of these flags that add columns, as rules know them. */
export function optionsThatAdd(flags: Readonly<Partial<Record<ExtraName, unknown>>>): string[] {
  return EXTRAS.filter((name) => flags[name]).map((name) => `--${name}`);
}

/** What happens after the report. `code` is the exit code without rules. Both resolve to the exit code. */
export interface ReportGate {
  ofReport(report: Report, after: { readonly outputs: Outputs; readonly code: number }): Promise<number>;
}

export interface ComparisonGate {
  ofComparison(comparison: Comparison, after: { readonly outputs: Outputs; readonly code: number }): Promise<number>;
}

/** Reads the rules before any work; undefined if nothing is asked of the gate. Throws what `readGate` throws. */
export async function gateOf(flags: GateFlags, options: readonly string[]): Promise<ReportGate | undefined> {
  if (!isAsked(flags)) return undefined;
  const { closeGate, gatedCode, readGate } = await import("./gate.js");
  const gate = await readGate(flags, options);
  return {
    ofReport: async (report, { outputs, code }) => gatedCode(await closeGate(gate, report, { outputs }), code),
  };
}

/** The same for a comparison. */
export async function compareGateOf(flags: GateFlags): Promise<ComparisonGate | undefined> {
  if (!isAsked(flags)) return undefined;
  const { closeCompareGate, gatedCode, readCompareGate } = await import("./gate.js");
  const gate = readCompareGate(flags);
  return {
    ofComparison: async (comparison, { outputs, code }) =>
      gatedCode(await closeCompareGate(gate, comparison, { outputs }), code),
  };
}

function isAsked({ failOn, baseline, junit, sarif, markdown }: GateFlags): boolean {
  return failOn.length > 0 || [baseline, junit, sarif, markdown].some((given) => given !== undefined);
}
