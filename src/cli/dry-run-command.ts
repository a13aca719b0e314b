import type { AnalyzeOptions } from "../analysis/index.js";
import type { FileSet } from "../formats/index.js";
import { plan } from "../node/models.js";
import { jsonText, plural, printableSentence } from "../report/text-parts.js";
import { findCalibration } from "./basis.js";
import { type DryRun, dryRunOf, rangeText, SIDES, type SizeClass } from "./dry-run.js";
import { type Estimate, MEASURED_SIDE } from "./estimate.js";
import { EXIT } from "./exit-codes.js";
import { writeWhole } from "./output-file.js";
import { protectInputs, type Written } from "./overwriting.js";
import { writeStdout } from "./stdout.js";
import { mib, planLines, type Verbose } from "./verbose.js";

export interface DryRunFlags {
  readonly base?: string;
  readonly revision?: string;
  readonly quiet: boolean;
}

interface DryRunning {
  readonly options: AnalyzeOptions;
  readonly written: Written;
  readonly signal: AbortSignal;
  readonly verbose: Verbose;
}

/**
 * `eigenscope analyze --dry-run`: plans, and prints what would be done. Outputs other than JSON are checked and not
 * written. Resolves to the exit code.
 */
export async function dryRunCommand(
  input: string | FileSet,
  { base, revision, quiet }: DryRunFlags,
  { options, written, signal, verbose }: DryRunning,
): Promise<number> {
  verbose.start();
  const onOpened = protectInputs(written);
  const planned = await plan(input, { ...options, base, hub: { revision }, signal, onOpened });
  const found = await dryRunOf(planned, options, { found: await findCalibration(), signal });
  const { json } = written.outputs;
  if (json !== undefined && json !== "-") await writeWhole(json, jsonText(found, 2));
  if (json === "-") writeStdout(jsonText(found, 2));
  else if (!quiet) writeStdout(renderDryRun(found));
  return planned.layers.length === 0 ? EXIT.input : EXIT.done;
}

/** The dry run as text. */
export function renderDryRun({ plan, sizes, memory, estimate, notUsed, notEstimated }: DryRun): string {
  const { processorSeconds: processor, elapsedSeconds } = estimate;
  const approximate = plan.layers.filter((layer) => layer.approximate).length;
  const lines = [
    ...planLines(plan, memory.budgetBytes).map((line) => line.replace(" (--memory)", "")),
    ...sizes.map(sizeLine),
    `time: ${rangeText(elapsedSeconds)} on free processors; processor time ${rangeText(processor)}`,
    `rests on: ${restsOn(estimate)}`,
    ...(notUsed === null ? [] : [`not used: the calibration of this machine ${notUsed}`]),
    ...(approximate > 0 ? [`past the engine's limit: ${plural(approximate, "layer")}; their time is uncertain`] : []),
    ...(notEstimated.length > 0
      ? [`not in the estimate: the fits of ${notEstimated.map((name) => `--${name}`).join(", ")}`]
      : []),
    "Nothing was computed and no weight was read (--dry-run).",
  ];
  return `${lines.map(printableSentence).join("\n")}\n`;
}

/** What an estimate rests on, in words. */
export function restsOn({ basis, measured, slowness }: Pick<Estimate, "basis" | "measured" | "slowness">): string {
  if (basis === "calibrated") return "sizes of the layers, and the calibration of this machine";
  if (basis === "carried") return "sizes of the layers, and the calibration of another machine (--calibration)";
  return measured
    ? `sizes of the layers, and the engine's speed measured now on one ${MEASURED_SIDE} x ${MEASURED_SIDE} matrix: ` +
        `${slowness.toFixed(2)} times the time of the machine that the table is from`
    : "sizes of the layers, and a table from another machine; this one was not measured";
}

function sizeLine({ upTo, layers, share, memoryBytes }: SizeClass): string {
  const side = upTo === null ? `above ${SIDES.at(-2)}` : `up to ${upTo}`;
  return (
    `smaller side ${side}: ${plural(layers, "layer")}, ${Math.round(100 * share)} % of the time, ` +
    `${mib(memoryBytes)} each at most`
  );
}
