import type { Command } from "commander";
import { CommanderError } from "commander";
import { commandTree } from "#eigenscope/cli/whole-program.js";

export { commandTree };

const withSubcommands = (command: Command): Command[] => [command, ...command.commands.flatMap(withSubcommands)];

/** The long options of all commands. */
export function longOptions(): Set<string> {
  return new Set(withSubcommands(commandTree()).flatMap(({ options }) => options.map(({ long }) => long ?? "")));
}

/** Errors of commander for what a mention of a command may leave out. */
const LEFT_OUT = new Set(["commander.missingArgument", "commander.missingMandatoryOptionValue"]);

/**
 * What is wrong with a command line, in commander's words; null if it can be parsed. A mention of a command may leave
 * out its arguments.
 */
export async function objection(
  args: readonly string[],
  { isMention }: { readonly isMention: boolean },
): Promise<string | null> {
  const program = commandTree();
  for (const command of withSubcommands(program))
    command.configureOutput({ writeOut: () => {}, writeErr: () => {} }).exitOverride();
  try {
    await program.parseAsync([...args], { from: "user" });
    return null;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (isMention && LEFT_OUT.has(error.code)) return null;
    // `--help`, and a command that only has commands: they print their help.
    return error.code === "commander.help" || error.code === "commander.helpDisplayed" ? null : error.message;
  }
}
