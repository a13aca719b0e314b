import type { Argument, Command, Option } from "commander";

/** What stands at a place of a command line, for a shell that completes it: one of some words, or a kind of name. */
export type Completion = readonly string[] | "file" | "folder" | "path" | "other";

export interface OutlinedValue {
  /** In the words of the help: "file". */
  readonly name: string;
  readonly required: boolean;
  readonly completion: Completion;
}

export interface OutlinedOption {
  /** "--engine" */
  readonly long: string;
  /** "-q" */
  readonly short: string | null;
  readonly about: string;
  readonly value: OutlinedValue | null;
}

export interface OutlinedArgument extends OutlinedValue {
  readonly about: string;
  readonly variadic: boolean;
}

/** A command as plain data: what the help, a man page and a shell's completion say of it. */
export interface OutlinedCommand {
  readonly name: string;
  readonly about: string;
  readonly arguments: readonly OutlinedArgument[];
  readonly options: readonly OutlinedOption[];
  readonly commands: readonly OutlinedCommand[];
}

/** The outline of a command and of all below it. */
export function outlineOf(command: Command): OutlinedCommand {
  return {
    name: command.name(),
    about: command.description(),
    arguments: command.registeredArguments.map(outlinedArgument),
    options: command.createHelp().visibleOptions(command).map(outlinedOption),
    commands: command.commands.map(outlineOf),
  };
}

function outlinedOption({ long, short, flags, description, required, optional, argChoices }: Option): OutlinedOption {
  const name = /[<[](.+?)[>\]]$/.exec(flags)?.[1];
  return {
    long: long ?? "",
    short: short ?? null,
    about: description,
    value: name === undefined ? null : { name, required: required && !optional, completion: kindOf(name, argChoices) },
  };
}

function outlinedArgument(argument: Argument): OutlinedArgument {
  const { description, required, variadic, argChoices } = argument;
  const name = argument.name();
  return { name, about: description, required, variadic, completion: kindOf(name, argChoices) };
}

/** By the name that the help gives a value. */
function kindOf(name: string, choices: readonly string[] | undefined): Completion {
  if (choices !== undefined) return choices;
  if (/^(folder|run)$/.test(name)) return "folder";
  if (/^(file|report)$/.test(name)) return "file";
  return /^(path|model|base|a|b|source)$/.test(name) ? "path" : "other";
}

/** A command with the names of those above it, the program's own left out: ["lab", "sweep"]. */
export interface PlacedCommand {
  readonly path: readonly string[];
  readonly command: OutlinedCommand;
}

/** All commands that run something or hold others, the program first. */
export function placedCommands(command: OutlinedCommand, path: readonly string[] = []): PlacedCommand[] {
  return [{ path, command }, ...command.commands.flatMap((below) => placedCommands(below, [...path, below.name]))];
}
