import { type Command, InvalidArgumentError, Option } from "commander";
import { PURPOSES } from "../advise/advice.js";
import type { AdviseFlags } from "./advise-options.js";
import { INPUT } from "./help-texts.js";
import { appendGlobs } from "./option-values.js";
import { revisionOption, withWork } from "./program.js";

const EXAMPLES = `
Each purpose has one method, and its authors' claims; see
https://github.com/eigenscope/eigenscope/blob/main/docs/advise.md.
  finetuning     Spectrum: modules to train (axolotl: unfrozen_parameters)
  lora           ranks by the random-matrix edge (PEFT: rank_pattern)
  pruning        AlphaPruning: a sparsity per block (llm-compressor)
  learning-rate  TempBalance: a rate per layer (axolotl: lr_groups)
  weight-decay   AlphaDecay: a weight decay per layer

Examples:
  eigenscope advise model/ --for finetuning --name org/model --out advice
  eigenscope advise --for finetuning --scan snr_results_x.json --out advice
  eigenscope advise adapter/ --for lora --shrink smaller-adapter
  eigenscope advise model/ --for pruning --sparsity 0.7 --json`;

/** `eigenscope advise`. */
export function addAdviseCommand(
  root: Command,
  action: (path: string | undefined, flags: AdviseFlags) => Promise<void>,
): void {
  const advise = root
    .command("advise")
    .description("say what to train, adapt or prune, in the files that other tools read")
    .argument("[path]", INPUT)
    .addOption(new Option("--for <purpose>", "what the advice is for").choices(PURPOSES).makeOptionMandatory())
    .option("-o, --out <folder>", "write the files that other tools read into this folder")
    .option("--json [file]", "write the advice as JSON, to a file, or to stdout (the default, -) instead of the table")
    .addOption(
      new Option("--layers <globs>", "only layers whose full name matches (comma-separated, repeatable)")
        .argParser(appendGlobs)
        .default([], "all"),
    )
    .addOption(
      new Option("--exclude <globs>", "skip layers whose full name matches").argParser(appendGlobs).default([], "none"),
    )
    .addOption(
      new Option("--top <percent>", "finetuning: per cent of the modules of each type to train")
        .argParser(number)
        .default(50),
    )
    .option("--scan <file>", "finetuning: choose from a scan of Spectrum (no model is read)")
    .option("--name <model>", "finetuning: the model's name in file names, as axolotl's base_model (default: the path)")
    .addOption(new Option("--max-rank <n>", "lora: the largest rank").argParser(number).default(64))
    .addOption(new Option("--max-error <share>", "lora: most that an adapter's module may lose").argParser(number))
    .addOption(new Option("--scale <x>", "lora: alpha/r of a new adapter").argParser(number).default(1))
    .option("--shrink <folder>", "lora: write the adapter, cut to these ranks, into a new folder")
    .addOption(new Option("--rate <x>", "learning-rate: the base value").argParser(number).default(1e-4))
    .addOption(new Option("--decay <x>", "weight-decay: the base value").argParser(number).default(0.1))
    .addOption(
      new Option(
        "--ratios <a,b>",
        "learning-rate, weight-decay: share of the base for the smallest and the largest exponent " +
          "(default: the papers' 0.5,1.5 and 0.667,5)",
      ).argParser(twoNumbers),
    )
    .addOption(
      new Option("--sparsity <share>", "pruning: share of all weights to prune").argParser(number).default(0.5),
    )
    .addOption(
      new Option("--epsilon <x>", "pruning: how far blocks may differ from the mean").argParser(number).default(0.3),
    )
    .addOption(revisionOption())
    .option("--root <keys>", 'where in a nested checkpoint the weights are ("ema.state_dict")')
    .option("--strict-pickle", "reject pickles that name more code than weights need", false);
  withWork(advise)
    .helpOption("-h, --help", "print this help")
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText("after", EXAMPLES)
    .action(action);
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("Expected a number.");
  return value;
}

/** Parses "0.5,1.5". */
function twoNumbers(text: string): readonly [number, number] {
  const parts = text.split(",");
  if (parts.length !== 2) throw new InvalidArgumentError('Expected two numbers, such as "0.5,1.5".');
  return [number(parts[0]), number(parts[1])];
}
