import { type Command, InvalidArgumentError, Option } from "commander";
import { withSelection, withWork } from "./program.js";
import { portOption } from "./serve-program.js";
import type { WatchFlags } from "./watch.js";

const EPILOGUE = `
Each new checkpoint is analysed when it is complete; layers that have not changed
are not solved again. Ctrl-C stops, and the same command goes on from there.
What it writes, and the rules of alarms:
https://github.com/eigenscope/eigenscope/blob/main/docs/watch.md

Exit codes: 0 done (stopped by Ctrl-C too), 2 wrong usage, 3 the folder cannot be
read, or --once found no complete checkpoint, 130 interrupted with --once.

Examples:
  eigenscope watch out/
  eigenscope watch out/ --serve
  eigenscope watch out/ --once --json
  eigenscope watch out/ --alarm 'alpha_valid and alpha < was(alpha, 1) - 1'`;

/** `eigenscope watch`: the checkpoints of a training, as they are written. */
export function addWatchCommand(root: Command, watch: (folder: string, flags: WatchFlags) => Promise<void>): void {
  const watching = withSelection(
    root.command("watch").description("follow a training: analyse each checkpoint that it writes into a folder"),
  )
    .argument("<folder>", "the folder that a training writes its checkpoints to")
    .option("--run <folder>", "keep the record here (default: eigenscope-watch in the folder)")
    .option("--once", "read what is complete now, and end", false)
    .addOption(
      new Option("--interval <s>", "seconds between two looks into the folder").argParser(seconds).default(0.5),
    )
    .option("--json", "print one line of JSON per reading", false)
    .addOption(
      new Option("--alarm <rule>", "tell when this rule first holds for a layer (repeatable), beside the usual ones")
        .argParser((rule: string, before: readonly string[]) => [...before, rule])
        .default([], "none"),
    )
    .option("--no-default-alarms", "only the rules of --alarm")
    .option("--serve", "show the training live in the application", false)
    .addOption(portOption())
    .option("--open", "with --serve: open the page in the browser", false);
  withWork(watching).addHelpText("after", EPILOGUE).action(watch);
  watching.helpOption("-h, --help", "print this help").exitOverride().showSuggestionAfterError();
}

function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || !(value > 0))
    throw new InvalidArgumentError("Expected seconds, such as 5 or 0.5.");
  return value;
}
