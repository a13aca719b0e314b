import type { Command, Option } from "commander";
import { SETTINGS, type SettingKind, takesSettings } from "#eigenscope/cli/settings-options.js";
import { commandTree } from "#eigenscope/cli/whole-program.js";

const text = { type: "string" } as const;

/** What JSON may have for an option. */
function typeOf(kind: SettingKind, { argChoices }: Option): object {
  switch (kind) {
    case "texts":
      return { anyOf: [text, { type: "array", items: text }] };
    case "columns":
      return { anyOf: [{ type: "boolean" }, text, { type: "array", items: text, minItems: 1 }] };
    case "size":
      return { anyOf: [{ type: "number", minimum: 1 }, text] };
    case "number":
      return { type: "integer", minimum: 0 };
    case "boolean":
      return { type: "boolean" };
    case "text":
      return argChoices === undefined ? text : { ...text, enum: argChoices };
  }
}

function section(commands: readonly Command[], description: string): object {
  const properties = Object.entries(SETTINGS).flatMap(([name, kind]) => {
    const options = commands.flatMap(({ options }) => options);
    const option = options.find(({ long }) => long === `--${name}` || long === `--no-${name}`);
    if (option === undefined) return [];
    const about = option.negate ? `false: ${option.description}` : option.description;
    return [[name, { description: about, ...typeOf(kind, option) }]];
  });
  return { description, type: "object", additionalProperties: false, properties: Object.fromEntries(properties) };
}

/** The JSON schema of a file of settings, from the tree of commands. */
export function settingsSchema(): object {
  const commands = commandTree().commands.filter(takesSettings);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    $id: "urn:eigenscope:config:1",
    title: "eigenscope settings",
    description: "What eigenscope.config.json may hold: defaults of options, per command. The command line wins.",
    type: "object",
    additionalProperties: false,
    properties: {
      $schema: { description: "The address of this schema, for editors.", type: "string" },
      all: section(commands, "Defaults for every command that has the option; those of a command win."),
      ...Object.fromEntries(
        commands.map((command) => [command.name(), section([command], `Defaults for the command ${command.name()}.`)]),
      ),
    },
  };
}
