import { Command, InvalidArgumentError, Option } from "commander";
import { VERSION } from "../analysis/version.js";
import type { AnalyzeFlags } from "./analyze.js";
import type { DescribeFlags } from "./describe.js";

const EPILOGUE = `
Numbers: eigenvalues are those of W'W; logarithms are decimal.
NOTATION.md has the conventions, the HTML page the definition of every column.

Exit codes: 0 done, 2 wrong usage, 3 unreadable or malformed input,
4 some layers failed (their rows say why), 130 interrupted.

Examples:
  weightscope analyze model.safetensors
  weightscope analyze model/ --layers "*.mlp.*" --html report.html
  weightscope analyze model.safetensors --csv > layers.csv`;

/** What the commands do; each resolves to the exit code. */
export interface Actions {
  analyze(path: string | undefined, flags: AnalyzeFlags): Promise<void>;
  describe(path: string, flags: DescribeFlags): Promise<void>;
}

/** The grammar of the command line. It throws `CommanderError` instead of ending the process. */
export function createProgram({ analyze, describe }: Actions): Command {
  const root = new Command("weightscope")
    .description("Reads the quality of a neural network off its weights: spectra, random-matrix fits and the 5+1 phases, layer by layer.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .showSuggestionAfterError()
    .exitOverride();

  withSelection(root.command("analyze").description("analyse every layer of a weight file (or folder) and print a table"))
    .argument("[path]", "a weight file, or the folder of a model")
    .option("--json [file]", "write the report as JSON, to a file, or to stdout (the default, -) instead of the table")
    .option("--csv [file]", "write one row a layer as CSV, to a file, or to stdout instead of the table")
    .option("--html <file>", "write one self-contained page with the spectrum of every layer")
    .option("--save-eigenvalues <folder>", "write each layer's eigenvalues of W'W as a .npy file")
    .addOption(new Option("--engine <name>", "what computes the eigenvalues").choices(["auto", "wasm", "reference"]).default("auto"))
    .addOption(new Option("--precision <name>", "arithmetic of the spectra").choices(["auto", "f64"]).default("auto"))
    .addOption(new Option("--jobs <n>", "layers worked on at once (default: one a processor)").argParser(wholeNumber(1)))
    .addOption(new Option("--seed <n>", "seed of randomised estimates").argParser(wholeNumber(0)).default(0))
    .option("-q, --quiet", "print no table, no progress and no warnings", false)
    .option("--no-progress", "no progress bar")
    .option("--no-color", "no colour")
    .addHelpText("after", EPILOGUE)
    .action(analyze);

  withSelection(root.command("describe").description("list tensors and layers without computing anything"))
    .argument("<path>", "a weight file, or the folder of a model")
    .option("--json", "print JSON", false)
    .option("--no-color", "no colour")
    .action(describe);

  for (const command of root.commands) command.helpOption("-h, --help", "print this help").exitOverride().showSuggestionAfterError();
  return root;
}

/** Options that choose layers; the same for every command that plans them. */
function withSelection(command: Command): Command {
  return command
    .addOption(
      new Option("--layers <globs>", "only layers whose full name matches (comma-separated, repeatable)")
        .argParser(appendGlobs)
        .default([], "all"),
    )
    .addOption(new Option("--exclude <globs>", "leave out layers whose full name matches").argParser(appendGlobs).default([], "none"))
    .addOption(new Option("--min-eigenvalues <n>", "leave out layers with fewer eigenvalues").argParser(wholeNumber(1)).default(10))
    .addOption(
      new Option("--conv <how>", "convolutions as pooled k*k slices, or flattened").choices(["slices", "flatten"]).default("slices"),
    );
}

function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`Expected a whole number from ${least}.`);
    return value;
  };
}

/** Splits at commas, but not at those inside {a,b}. */
function appendGlobs(value: string, previous: readonly string[]): string[] {
  return [...previous, ...value.split(/,(?![^{]*\})/).filter((glob) => glob !== "")];
}
