import type { Command } from "commander";

/** The options of commands that take settings from a file. */
export function withSettings(command: Command): Command {
  return command
    .option("--no-config", "read no file of settings")
    .option("--config <file>", "read settings from this JSON file, instead of looking for eigenscope.config.json");
}

/** The option of commands that say on stderr what they do. */
export function withVerbose(command: Command): Command {
  return command.option("--verbose", "say on stderr what is read, how it is computed, and each layer's time", false);
}

/** Whether a command takes settings from a file. */
export function takesSettings({ options }: Command): boolean {
  return options.some(({ long }) => long === "--config");
}

/** The JSON type of a setting. "size": a number of bytes or a text such as "4G"; "columns": true, false or names. */
export type SettingKind = "text" | "texts" | "number" | "boolean" | "size" | "columns";

/**
 * The options that a file may set: what is computed, how, and how it looks. None of them names anything that is read
 * or written, and none silences: a file in a folder that somebody else made cannot do more than choose numbers.
 */
export const SETTINGS: Readonly<Record<string, SettingKind>> = {
  layers: "texts",
  exclude: "texts",
  "min-eigenvalues": "number",
  conv: "text",
  fused: "text",
  root: "text",
  "strict-pickle": "boolean",
  engine: "text",
  precision: "text",
  jobs: "number",
  memory: "size",
  seed: "number",
  randomize: "number",
  bootstrap: "number",
  vectors: "boolean",
  tails: "boolean",
  farms: "boolean",
  weightwatcher: "columns",
  "fail-on": "texts",
  sort: "text",
  descending: "boolean",
  progress: "boolean",
  color: "boolean",
};
