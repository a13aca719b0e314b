import { type Command, InvalidArgumentError, Option } from "commander";
import type { FleetPlanFlags } from "./fleet-plan.js";
import { INPUT } from "./help-texts.js";
import { wholeNumber } from "./option-values.js";
import { engineOption, precisionOption, seedOption, withMeasurements, withSelection } from "./program.js";

export type FleetPlanAction = (sources: readonly string[], flags: FleetPlanFlags) => Promise<void>;

const EXAMPLES = `
What a run will cost: headers are read, and no weights. No queue is needed. To
measure a worker once: eigenscope doctor --calibrate --json worker.json. More:
https://github.com/eigenscope/eigenscope/blob/main/docs/fleet.md

Exit codes: 0 done, 2 wrong usage, 3 no model could be read, 4 some models could
not be read, 130 interrupted.

Examples:
  eigenscope fleet plan /data/models --workers 8
  eigenscope fleet plan org/model --calibration worker.json --deadline 2
  eigenscope fleet plan models/ --workers 20 --jobs 16 --price-per-core-hour 0.04`;

/** `eigenscope fleet plan`. */
export function addFleetPlan(fleet: Command, plan: FleetPlanAction): void {
  const planning = withSelection(
    fleet.command("plan").description("say what a run will take: bytes, core-hours, memory, time and cost"),
  )
    .argument("<source...>", `each is ${INPUT}; a folder or a glob may hold several models`)
    .option("--base <model>", "base of LoRA adapters: analyse the layers that they change, merged")
    .addOption(engineOption())
    .addOption(precisionOption())
    .addOption(seedOption());
  withMeasurements(planning)
    .addOption(new Option("--workers <n>", "machines that work").argParser(wholeNumber(1)).default(1))
    .addOption(
      new Option("--jobs <n>", "most layers at once on each (default: one per processor)").argParser(wholeNumber(1)),
    )
    .option("--calibration <file>", "times of a worker: what doctor --calibrate --json wrote there")
    .addOption(
      new Option("--price-per-core-hour <x>", "also print a cost, in the currency of this price").argParser(positive),
    )
    .addOption(new Option("--deadline <hours>", "also print how many workers end in time").argParser(positive))
    .option("--json [file]", "write the plan as JSON, to a file, or to stdout (the default, -) instead of the text")
    .option("-q, --quiet", "print no warnings", false)
    .addHelpText("after", EXAMPLES)
    .action(plan);
}

function positive(text: string): number {
  const value = Number(text);
  if (!/^\d*\.?\d+(e[+-]?\d+)?$/i.test(text) || !(value > 0 && Number.isFinite(value)))
    throw new InvalidArgumentError("Expected a number above 0, such as 0.04.");
  return value;
}
