import type { Completion, OutlinedCommand, OutlinedOption, PlacedCommand } from "./command-outline.js";
import { placedCommands } from "./command-outline.js";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * A script that completes the commands, options and values of a program in a shell. It is static: completing starts no
 * process.
 */
export function completionScript(shell: Shell, program: OutlinedCommand): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](program);
}

const identifier = (path: readonly string[], name: string): string =>
  `_${[name, ...path].join("_").replaceAll("-", "_")}`;

const optionNames = (options: readonly OutlinedOption[]): string[] =>
  options.flatMap(({ short, long }) => (short === null ? [long] : [short, long]));

/** In single quotes of a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

// bash: one function. It finds the command among the words, then what the word before asks for.

function bashScript(program: OutlinedCommand): string {
  const { name } = program;
  const placed = placedCommands(program);
  const steps = placed.filter(({ path }) => path.length > 0).map(bashStep);
  const values = placed.flatMap(bashValues);
  const words = placed.map(bashWords);
  return `# Completion of ${name} for bash. In ~/.bashrc: eval "$(${name} completion bash)"
${identifier([], name)}() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} place='' options='' names='' kind='' i
  COMPREPLY=()
  # "--engine=wasm" is three words here.
  if [[ $word == = ]]; then word=''; elif [[ $before == = ]]; then before=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$place:\${COMP_WORDS[i]}" in
${steps.join("\n")}
    esac
  done
  case "$place:$before" in
${values.join("\n")}
  esac
  case "$place" in
${words.join("\n")}
  esac
  if [[ $word == -* ]]; then ${identifier([], name)}_words "$options"
  elif [[ -n $names ]]; then ${identifier([], name)}_words "$names"
  elif [[ -n $kind ]]; then ${identifier([], name)}_files "$kind"; fi
}
${identifier([], name)}_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word"); }
${identifier([], name)}_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$word")
}
complete -F ${identifier([], name)} ${name}
`.replaceAll("@@", identifier([], name));
}

/** From a command to one that it holds. */
function bashStep({ path }: PlacedCommand): string {
  const [before, word] = [path.slice(0, -1).join(" "), path.at(-1)];
  return `      ${quoted(`${before}:${word}`)}) place=${quoted(path.join(" "))} ;;`;
}

/** What follows each option that takes a value. */
function bashValues({ path, command }: PlacedCommand): string[] {
  return command.options.flatMap((option) => {
    const { value } = option;
    if (value === null) return [];
    const flags = optionNames([option]).map((flag) => quoted(`${path.join(" ")}:${flag}`));
    // A value that may be left out: an option may stand there too.
    const end = value.required ? "return" : "[[ $word == -* ]] || return";
    return [`    ${flags.join("|")}) ${bashAnswer(value.completion)}; ${end} ;;`];
  });
}

/** The options of a command, and what else may follow it. */
function bashWords({ path, command }: PlacedCommand): string {
  const names = command.commands.map((below) => below.name).join(" ");
  const other = names === "" ? bashArgument(command) : `names=${quoted(names)}`;
  return `    ${quoted(path.join(" "))}) options=${quoted(optionNames(command.options).join(" "))}; ${other} ;;`;
}

function bashAnswer(completion: Completion): string {
  if (typeof completion !== "string") return `@@_words ${quoted(completion.join(" "))}`;
  if (completion === "other") return ":";
  return `@@_files ${completion === "folder" ? "-d" : "-f"}`;
}

/** What the arguments of a command are, once options are none of it. */
function bashArgument({ arguments: [first] }: OutlinedCommand): string {
  if (first === undefined || first.completion === "other") return ":";
  if (typeof first.completion !== "string") return `names=${quoted(first.completion.join(" "))}`;
  return `kind=${first.completion === "folder" ? "-d" : "-f"}`;
}

// zsh: one function per command, by _arguments.

function zshScript(program: OutlinedCommand): string {
  const functions = placedCommands(program).map((placed) => zshFunction(program.name, placed));
  const own = identifier([], program.name);
  return `#compdef ${program.name}
# Completion of ${program.name} for zsh. In ~/.zshrc, after compinit: source <(${program.name} completion zsh)
${functions.join("\n")}
if [[ $funcstack[1] == ${own} ]]; then ${own} "$@"; else compdef ${own} ${program.name}; fi
`;
}

function zshFunction(name: string, { path, command }: PlacedCommand): string {
  const specs = command.options.map((option) => zshOption(option));
  const own = identifier(path, name);
  if (command.commands.length === 0)
    return `${own}() {
  _arguments -S \\
    ${[...specs, ...command.arguments.map(zshArgument)].join(" \\\n    ")}
}`;
  const names = command.commands.map((below) => quoted(`${below.name}:${below.about}`));
  const branches = command.commands.map((below) => `    ${below.name}) ${identifier([...path, below.name], name)} ;;`);
  return `${own}() {
  local context state state_descr line
  typeset -A opt_args
  local -a names=(
    ${names.join("\n    ")}
  )
  _arguments -C \\
    ${[...specs, quoted("1: :->command"), quoted("*:: :->rest")].join(" \\\n    ")}
  case $state in
  command) _describe command names ;;
  rest) case $words[1] in
${branches.join("\n")}
    esac ;;
  esac
}`;
}

/** Brackets and colons mean something in a specification. */
const zshText = (text: string): string => text.replaceAll(/[\\[\]:]/g, "\\$&");

function zshOption({ long, short, about, value }: OutlinedOption): string {
  const what =
    value === null ? "" : `${value.required ? ":" : "::"}${zshText(value.name)}:${zshAction(value.completion)}`;
  // Repeatable options are few, and to offer one twice is no harm.
  const spec = (flag: string): string =>
    quoted(`*${flag}${value !== null && flag === long ? "=" : ""}[${zshText(about)}]${what}`);
  return [...(short === null ? [] : [spec(short)]), spec(long)].join(" \\\n    ");
}

function zshArgument({ name, required, variadic, completion }: OutlinedCommand["arguments"][number]): string {
  const place = variadic ? "*:" : required ? ":" : "::";
  return quoted(`${place}${zshText(name)}:${zshAction(completion)}`);
}

function zshAction(completion: Completion): string {
  if (typeof completion !== "string") return `(${completion.join(" ")})`;
  return { file: "_files", path: "_files", folder: "_files -/", other: " " }[completion];
}

// fish: one line per option, under a condition on the words before.

function fishScript(program: OutlinedCommand): string {
  const lines = placedCommands(program).flatMap((placed) => fishLines(program.name, placed));
  return `# Completion of ${program.name} for fish. In ~/.config/fish/config.fish:
# ${program.name} completion fish | source
complete -c ${program.name} -f
${lines.join("\n")}
`;
}

/** In single quotes of fish, where a backslash escapes. */
const fishQuoted = (text: string): string => `'${text.replaceAll(/[\\']/g, "\\$&")}'`;

function fishLines(name: string, { path, command }: PlacedCommand): string[] {
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const none = command.commands.map((below) => below.name).join(" ");
  const condition = [...seen, ...(none === "" ? [] : [`not __fish_seen_subcommand_from ${none}`])].join("; and ");
  const start = `complete -c ${name}${condition === "" ? "" : ` -n ${fishQuoted(condition)}`}`;
  return [
    ...command.commands.map((below) => `${start} -a ${below.name} -d ${fishQuoted(below.about)}`),
    ...command.options.map(({ long, short, about, value }) => {
      const flags = `${short === null ? "" : ` -s ${short.slice(1)}`} -l ${long.slice(2)}`;
      const follows = value === null ? "" : fishValue(value.required, value.completion);
      return `${start}${flags}${follows} -d ${fishQuoted(about)}`;
    }),
    ...command.arguments.slice(0, 1).flatMap(({ completion }) => {
      if (typeof completion !== "string") return [`${start} -a ${fishQuoted(completion.join(" "))}`];
      if (completion === "other") return [];
      return [completion === "folder" ? `${start} -a '(__fish_complete_directories)'` : `${start} -F`];
    }),
  ];
}

function fishValue(required: boolean, completion: Completion): string {
  // An optional value is only one with "=": fish asks for it with neither -r nor -x.
  const needs = required ? " -r" : "";
  if (typeof completion !== "string") return `${needs} -f -a ${fishQuoted(completion.join(" "))}`;
  if (completion === "other") return `${needs} -f`;
  return completion === "folder" ? `${needs} -f -a '(__fish_complete_directories)'` : `${needs} -F`;
}
