#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { VERSION } from "../analysis/index.js";
import { FormatError, printable } from "../formats/index.js";
import { type AnalyzeFlags, analyzeCommand } from "./analyze.js";
import { type DescribeFlags, describeCommand } from "./describe.js";
import { EXIT, UsageError } from "./exit-codes.js";
import { removeUnfinished } from "./output-file.js";

const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least) throw new InvalidArgumentError(`Expected a whole number from ${least}.`);
    return value;
  };

const append = (value: string, previous: readonly string[]): string[] => [...previous, ...value.split(",").filter((part) => part !== "")];

/** Options that choose layers; the same for every command that plans them. */
function withSelection(command: Command): Command {
  return command
    .addOption(new Option("--layers <globs>", "analyse only layers whose full name matches (comma-separated, repeatable)").argParser(append).default([], "all"))
    .addOption(new Option("--exclude <globs>", "leave out layers whose full name matches").argParser(append).default([], "none"))
    .addOption(new Option("--min-eigenvalues <n>", "leave out layers with fewer eigenvalues").argParser(wholeNumber(1)).default(10))
    .addOption(new Option("--conv <how>", "convolutions as pooled k*k slices, or flattened").choices(["slices", "flatten"]).default("slices"));
}

function program(controller: AbortController): Command {
  const root = new Command("weightscope")
    .description("Reads the quality of a neural network off its weights: spectra, random-matrix fits and the 5+1 phases, layer by layer.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .showSuggestionAfterError()
    .exitOverride();

  withSelection(root.command("analyze").description("analyse every layer of a weight file (or folder) and print a table"))
    .argument("[path]", "a weight file, or the folder of a model")
    .option("--json [file]", "write the report as JSON, to a file or (-, the default) to stdout instead of the table")
    .option("--csv [file]", "write one row a layer as CSV, to a file or to stdout instead of the table")
    .option("--html <file>", "write one self-contained page with a picture of every layer")
    .option("--save-eigenvalues <folder>", "write each layer's eigenvalues of W'W as a .npy file")
    .addOption(new Option("--engine <name>", "what computes the eigenvalues").choices(["auto", "wasm", "reference"]).default("auto"))
    .addOption(new Option("--precision <name>", "arithmetic of the spectra").choices(["auto", "f64"]).default("auto"))
    .addOption(new Option("--jobs <n>", "layers worked on at once (default: the machine's processors)").argParser(wholeNumber(1)))
    .addOption(new Option("--seed <n>", "seed of randomised estimates").argParser(wholeNumber(0)).default(0))
    .option("-q, --quiet", "print no table and no progress", false)
    .option("--no-progress", "no progress bar")
    .option("--no-color", "no colour")
    .addHelpText(
      "after",
      `
Numbers: eigenvalues are those of W'W; logarithms are decimal. NOTATION.md has every column.
Exit codes: 0 done, 2 wrong usage, 3 unreadable or malformed input, 4 some layers failed, 130 interrupted.

Examples:
  weightscope analyze model.safetensors
  weightscope analyze model/ --layers "*.mlp.*" --html report.html
  weightscope analyze model.safetensors --csv | sort -t, -k2`,
    )
    .action(async (path: string | undefined, flags: AnalyzeFlags) => {
      process.exitCode = await analyzeCommand(path, flags, controller.signal);
    });

  withSelection(root.command("describe").description("list tensors and layers without computing anything"))
    .argument("<path>", "a weight file, or the folder of a model")
    .option("--json", "print JSON", false)
    .option("--no-color", "no colour")
    .action(async (path: string, flags: DescribeFlags) => {
      process.exitCode = await describeCommand(path, flags, controller.signal);
    });

  for (const command of root.commands) command.exitOverride().showSuggestionAfterError();
  return root;
}

/** The sentence and the exit code for whatever ended the command. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof FormatError) return say(error.message, EXIT.input);
  if (error instanceof UsageError || error instanceof RangeError || error instanceof TypeError) {
    if (process.env.WEIGHTSCOPE_DEBUG) console.error(error);
    return say(error.message, error instanceof UsageError ? EXIT.usage : EXIT.internal);
  }
  if (process.env.WEIGHTSCOPE_DEBUG) console.error(error);
  return say(`unexpected error: ${error instanceof Error ? error.message : String(error)} (set WEIGHTSCOPE_DEBUG=1 for the details)`, EXIT.internal);
}

function say(message: string, code: number): number {
  process.stderr.write(`weightscope: ${printable(message)}\n`);
  return code;
}

function interrupt(controller: AbortController, output: NodeJS.WriteStream): never {
  controller.abort();
  removeUnfinished();
  if (output.isTTY) output.write("\r\x1b[K");
  output.write("weightscope: interrupted\n");
  process.exit(EXIT.interrupted);
}

async function main(): Promise<void> {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => interrupt(controller, process.stderr));
  // A reader that has seen enough (`| head`) closes the pipe; that is no error of ours.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? EXIT.done : EXIT.internal));
  try {
    const root = program(controller);
    if (process.argv.length <= 2) {
      root.outputHelp();
      process.exitCode = EXIT.usage;
      return;
    }
    await root.parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}

await main();
