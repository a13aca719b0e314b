import { Command, Option } from "commander";
import { VERSION } from "../analysis/version.js";
import { printable } from "../bytes/errors.js";
import type { AnalyzeFlags } from "./analyze.js";
import type { CompareFlags } from "./compare.js";
import type { DescribeFlags } from "./describe.js";
import type { DoctorFlags } from "./doctor.js";
import { ALL_CHARTS, ALL_ROWS, CARD, EPILOGUE, HEADS, INPUT_OR_STDIN, PAGE, PARQUET, PLOTS } from "./help-texts.js";
import { appendGlobs, bytes, shard, wholeNumber } from "./option-values.js";
import type { ReportFlags } from "./report.js";
import { withSettings, withVerbose } from "./settings-options.js";
import type { StatusFlags } from "./status.js";

/** The actions of the commands. */
export interface Actions {
  analyze(path: string | undefined, flags: AnalyzeFlags): Promise<void>;
  describe(path: string, flags: DescribeFlags): Promise<void>;
  compare(a: string | undefined, b: string | undefined, flags: CompareFlags): Promise<void>;
  report(folders: readonly string[], flags: ReportFlags): Promise<void>;
  status(folders: readonly string[], flags: StatusFlags): Promise<void>;
  explain(words: readonly string[]): Promise<void>;
  doctor(flags: DoctorFlags): Promise<void>;
}

/** The grammar of the command line. On an error it throws `CommanderError` and does not exit. */
export function createProgram({ analyze, describe, compare, report, status, explain, doctor }: Actions): Command {
  const root = new Command("eigenscope")
    .description(
      "Reads the quality of a neural network off its weights: spectra, random-matrix fits and the 5+1 " +
        "phases, layer by layer.",
    )
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .showSuggestionAfterError()
    .exitOverride();

  const analyzing = withSelection(
    root.command("analyze").description("analyse every layer of a weight file (or folder) and print a table"),
  )
    .argument("[path]", INPUT_OR_STDIN)
    .addOption(revisionOption())
    .addOption(baseOption())
    .option("--json [file]", "write the report as JSON, to a file, or to stdout (the default, -) instead of the table")
    .option(
      "--csv [file]",
      "write one row per layer as CSV, to a file, or to stdout instead of the table; read alpha only if " +
        "alpha_valid is true",
    )
    .option("--parquet <file>", PARQUET)
    .option("--html <file>", PAGE)
    .option("--html-all", ALL_CHARTS, false)
    .option("--all-rows", ALL_ROWS, false)
    .option("--save-eigenvalues <folder>", "write each layer's eigenvalues of W'W as a .npy file")
    .option("--plots <folder>", PLOTS)
    .option("--card <file>", CARD)
    .option(
      "--run <folder>",
      "keep what is done in a folder: the same command again, or one beside it, does what is missing",
    )
    .addOption(
      new Option("--shard <i/n>", "only share i of n of the layers (needs --run); then: eigenscope report").argParser(
        shard,
      ),
    );
  withWork(withGate(withMeasurements(analyzing)))
    .option(
      "--baseline <file>",
      "an earlier JSON report of this model: rules may name compare.<column>, the change since",
    )
    .addOption(
      new Option(
        "--atlas <report>",
        "a JSON report of a model of your own: its layers join the reference values (repeatable)",
      )
        .argParser((file: string, before: readonly string[]) => [...before, file])
        .default([], "none"),
    )
    .option("--dry-run", "print what would be done, memory and time, and read no weights", false)
    .addHelpText("after", EPILOGUE)
    .action(analyze);
  withVerbose(withSettings(analyzing));

  const describing = withSelection(
    root.command("describe").description("list tensors and layers without computing anything"),
  )
    .argument("<path>", INPUT_OR_STDIN)
    .addOption(revisionOption())
    .addOption(baseOption())
    .option("--json", "print JSON", false)
    .option("--no-progress", "no progress bar (describe has none)")
    .option("--no-color", "no colour")
    .action(describe);
  withVerbose(withSettings(describing));

  const comparing = withSelection(
    root.command("compare").description("compare two models layer by layer, and look at W_B - W_A"),
  )
    .argument("[a]", INPUT_OR_STDIN)
    .argument("[b]", "the model to compare with a, such as its fine-tuned version")
    .option(
      "--json [file]",
      "write the comparison as JSON, to a file, or to stdout (the default, -) instead of the table",
    )
    .option("--html <file>", "write the comparison as one self-contained page");
  withVerbose(withSettings(withWork(withGate(comparing)))).action(compare);

  withGate(root.command("report"))
    .description("make the outputs of a run from its folder, from those of its shares, or from a JSON report")
    .argument("[folder...]", "a folder that was given to analyze with --run (several are joined), or a JSON report")
    .option("--json [file]", "write the report as JSON, to a file, or to stdout (the default, -) instead of the table")
    .option("--csv [file]", "write one row per layer as CSV, to a file, or to stdout instead of the table")
    .option("--parquet <file>", PARQUET)
    .option("--html <file>", PAGE)
    .option("--html-all", ALL_CHARTS, false)
    .option("--all-rows", ALL_ROWS, false)
    .option("--save-eigenvalues <folder>", "write each layer's eigenvalues of W'W as a .npy file")
    .option("--plots <folder>", PLOTS)
    .option("--card <file>", CARD)
    .option(
      "--baseline <file>",
      "an earlier JSON report of this model: rules may name compare.<column>, the change since",
    )
    .option("-q, --quiet", "print no table and no warnings", false)
    .option("--no-color", "no colour")
    .action(report);

  root
    .command("status")
    .description("show how far a run is")
    .argument("<folder...>", "a folder that was given to analyze with --run; several are joined")
    .option("--json", "print JSON", false)
    .action(status);

  root
    .command("explain")
    .description("explain a column, a heading or any other word of a report")
    .argument("[word...]", "a name such as lambda_plus, soft or heavy-tailed; without one, all are listed")
    .action(explain);

  root
    .command("doctor")
    .description("show what this machine can do, which engine will be used, and how fast it is")
    .option("--json [file]", "write JSON, to a file, or to stdout (the default, -)")
    .option(
      "--calibrate",
      "measure this machine for estimates of time (about a minute), and keep that in the user's cache",
      false,
    )
    .option("--build", "first compile the native engine for this machine (needs a C compiler)", false)
    .action(doctor);

  limitPaths(analyzing, 1);
  limitPaths(describing, 1);
  limitPaths(comparing, 2);
  for (const command of root.commands)
    command.helpOption("-h, --help", "print this help").exitOverride().showSuggestionAfterError();
  return root;
}

function baseOption(): Option {
  return new Option(
    "--base <model>",
    "base of a LoRA adapter: analyse the layers that it changes, merged (given like the path)",
  );
}

/** The option for a version of a model on a hub. */
export function revisionOption(): Option {
  return new Option("--revision <name>", "branch, tag or commit of a model on a hub");
}

/** Options that choose layers, the same for every command that plans layers. */
export function withSelection(command: Command): Command {
  return command
    .addOption(
      new Option("--layers <globs>", "only layers whose full name matches (comma-separated, repeatable)")
        .argParser(appendGlobs)
        .default([], "all"),
    )
    .addOption(
      new Option("--exclude <globs>", "skip layers whose full name matches").argParser(appendGlobs).default([], "none"),
    )
    .addOption(
      new Option("--min-eigenvalues <n>", "skip layers with fewer eigenvalues").argParser(wholeNumber(1)).default(10),
    )
    .addOption(
      new Option("--conv <how>", "convolutions as pooled k*k slices, or flattened")
        .choices(["slices", "flatten"])
        .default("slices"),
    )
    .addOption(
      new Option("--fused <how>", "fused projections (qkv, gate and up) split, or whole")
        .choices(["split", "whole"])
        .default("split"),
    )
    .option("--root <keys>", 'where in a nested checkpoint the weights are ("ema.state_dict")')
    .option("--strict-pickle", "reject pickles that name more code than weights need", false);
}

/** Options that add columns of optional measurements. */
export function withMeasurements(command: Command): Command {
  return command
    .addOption(
      new Option("--randomize <n>", "permute each layer's weights n times and show what that changes")
        .argParser(wholeNumber(0))
        .default(0),
    )
    .option("--vectors", "add the localisation of eigenvectors (M up to 1024)", false)
    .option("--tails", "add truncated power laws, fits without fingers, and mu", false)
    .addOption(
      new Option("--bootstrap <n>", "resample each tail n times: intervals of alpha and xmin, p-value of the power law")
        .argParser(wholeNumber(0))
        .default(0),
    )
    .option("--farms", "add alpha over square windows, without the bias of the aspect ratio", false)
    .option("--heads [count]", HEADS, false)
    .option(
      "--weightwatcher [columns]",
      "add WeightWatcher's optional columns, computed as WeightWatcher does: all, or those of its options " +
        "mp_fit, detX, randomize, vectors, or single columns",
      false,
    );
}

/** Options of the gate, the same for every command that makes a report. */
function withGate(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--fail-on <rule>",
        "exit with 1 if the rule holds for any layer, such as 'alpha_valid and alpha < 2' (repeatable)",
      )
        .argParser((rule: string, before: readonly string[]) => [...before, rule])
        .default([], "none"),
    )
    .option("--junit <file>", "write what the rules found as JUnit XML")
    .option("--sarif <file>", "write what the rules found as SARIF")
    .option("--markdown <file>", "write headline and what the rules found as Markdown, for a pipeline's summary");
}

/** Options of every command that computes. */
export function withWork(command: Command): Command {
  return command
    .addOption(engineOption())
    .addOption(precisionOption())
    .addOption(new Option("--jobs <n>", "most layers at once (default: one per processor)").argParser(wholeNumber(1)))
    .addOption(
      new Option(
        "--memory <size>",
        "most memory of the running matrices, such as 4G (default: half of the free memory)",
      ).argParser(bytes),
    )
    .addOption(seedOption())
    .option("-q, --quiet", "print no table, no progress and no warnings", false)
    .option("--no-progress", "no progress bar")
    .option("--no-color", "no colour");
}

export function engineOption(): Option {
  return new Option("--engine <name>", "engine that computes the eigenvalues")
    .choices(["auto", "wasm", "native", "reference"])
    .default("auto");
}

export function precisionOption(): Option {
  return new Option("--precision <name>", "arithmetic of the spectra")
    .choices(["auto", "f64", "mixed", "f32"])
    .default("auto");
}

export function seedOption(): Option {
  return new Option("--seed <n>", "seed of randomised estimates").argParser(wholeNumber(0)).default(0);
}

/** Rejects more paths than a command takes. The error says how to name several files. */
function limitPaths(command: Command, most: 1 | 2): void {
  command.allowExcessArguments().hook("preAction", () => {
    const { args } = command;
    if (args.length > most)
      command.error(`error: ${tooManyPaths(command.name(), args, most)}`, {
        exitCode: 2,
        code: "eigenscope.tooManyPaths",
      });
  });
}

function tooManyPaths(name: string, paths: readonly string[], most: 1 | 2): string {
  const shown = paths.slice(0, 3).map(printable).join(", ") + (paths.length > 3 ? ", ..." : "");
  const models = most === 1 ? "one model" : "two models";
  const comparing =
    name === "analyze" && paths.length === 2
      ? `\nTo compare the two: eigenscope compare ${paths.map(printable).join(" ")}`
      : "";
  return (
    `${name} takes ${models}, but ${paths.length} paths were given (${shown}).\n` +
    "For one model in several files, give their folder, or put a glob in quotes, so that the shell\n" +
    `does not expand it ("weights/*.safetensors"). For several models: eigenscope rank.${comparing}`
  );
}
