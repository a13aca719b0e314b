import { type OutlinedArgument, type OutlinedCommand, type OutlinedOption, placedCommands } from "./command-outline.js";

/** What the page says beside the commands. */
export interface ManPageTexts {
  /** When the page was last changed: "November 29, 2026". */
  readonly date: string;
  readonly exitCodes: readonly (readonly [code: number, meaning: string])[];
  readonly variables: readonly (readonly [name: string, meaning: string])[];
  readonly examples: readonly (readonly [command: string, meaning: string])[];
}

/** The manual page of a program, in mdoc: every command with its options. */
export function manPage(program: OutlinedCommand, { date, exitCodes, variables, examples }: ManPageTexts): string {
  const { name, about } = program;
  const commands = placedCommands(program).filter(({ command }) => command.commands.length === 0);
  const lines = [
    `.Dd ${date}`,
    `.Dt ${name.toUpperCase()} 1`,
    ".Os",
    ".Sh NAME",
    `.Nm ${name}`,
    ".Nd spectra and phases of the weights of a neural network",
    ".Sh SYNOPSIS",
    ...commands.flatMap(({ path, command }) => [".Nm", ...synopsis(path, command)]),
    ".Sh DESCRIPTION",
    prose(about),
    ...commands.flatMap(({ path, command }) => section(path, command)),
    ".Sh ENVIRONMENT",
    ...list(variables.map(([variable, meaning]) => [`.It Ev ${variable}`, prose(meaning)])),
    ".Sh EXIT STATUS",
    ...list(exitCodes.map(([code, meaning]) => [`.It ${code}`, prose(meaning)])),
    ".Sh EXAMPLES",
    ...examples.flatMap(([command, meaning]) => [prose(meaning), `.Dl ${escaped(command)}`, ".Pp"]).slice(0, -1),
  ];
  return `${lines.join("\n")}\n`;
}

function synopsis(path: readonly string[], { arguments: given, options }: OutlinedCommand): string[] {
  return [
    `.Cm ${path.join(" ")}`,
    ...(options.length > 1 ? [".Op Ar options"] : []),
    ...given.map(
      ({ name, required, variadic }) =>
        `${required ? "" : ".Op "}${required ? "." : ""}Ar ${name}${variadic ? " ..." : ""}`,
    ),
  ];
}

function section(path: readonly string[], { about, arguments: given, options }: OutlinedCommand): string[] {
  return [
    `.Ss ${path.join(" ")}`,
    `${sentence(about)}`,
    ...(given.length + options.length === 0 ? [] : list([...given.map(argument), ...options.map(option)])),
  ];
}

function argument({ name, about }: OutlinedArgument): string[] {
  return [`.It Ar ${name}`, sentence(about)];
}

function option({ long, short, about, value }: OutlinedOption): string[] {
  const names = [...(short === null ? [] : [short]), long].map((flag) => `Fl ${flag.slice(1).replaceAll("-", "\\-")}`);
  const what = value === null ? "" : value.required ? ` Ar ${value.name}` : ` Op Ar ${value.name}`;
  const choices = typeof value?.completion === "object" ? ` (${value.completion.join(", ")})` : "";
  return [`.It ${names.join(" , ")}${what}`, sentence(`${about}${choices}`)];
}

function list(items: readonly (readonly string[])[]): string[] {
  return [".Bl -tag -width Ds", ...items.flat(), ".El"];
}

const sentence = (text: string): string => prose(`${text.charAt(0).toUpperCase()}${text.slice(1)}.`);

/** mdoc's line length. */
const WIDTH = 78;

/** Each sentence begins a line, as mdoc wants them; no line is long, and none begins with a control character. */
function prose(text: string): string {
  const sentences = escaped(text).split(/(?<=[.!?:]) +(?=[A-Z])/);
  return sentences
    .flatMap((words) => folded(words))
    .map((line) => (/^[.']/.test(line) ? `\\&${line}` : line))
    .join("\n");
}

function folded(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

const escaped = (text: string): string => text.replaceAll("\\", "\\e").replaceAll(/(?<![\w])-/g, "\\-");
