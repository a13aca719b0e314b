import type { Command } from "commander";
import { takesSettings } from "./settings-options.js";
import { foldersToSearch, type Search, settingsIn } from "./settings-search.js";

/**
 * Gives a command the settings of the file that it was given with --config, or of the first one that is found. Then its
 * flag `config` is the path of that file, or false. Little is loaded where there is no file. Resolves to the path if
 * the command's options have values of it. Throws `UsageError`.
 */
export async function useSettings(command: Command, search: Search = {}): Promise<string | undefined> {
  if (!takesSettings(command)) return undefined;
  const asked: unknown = command.getOptionValue("config");
  if (asked === false) return undefined;
  const named = typeof asked === "string" ? asked : undefined;
  const candidates =
    named === undefined
      ? foldersToSearch(search)
          .map((folder) => ({ folder, names: settingsIn(folder) }))
          .filter(({ names }) => names.length > 0)
      : [];
  command.setOptionValueWithSource("config", false, "config");
  if (named === undefined && candidates.length === 0) return undefined;
  const { applySettings, findSettings } = await import("./settings.js");
  const found = await findSettings(named, candidates);
  if (found === undefined) return undefined;
  command.setOptionValueWithSource("config", found.path, "config");
  return applySettings(command, found) > 0 ? found.path : undefined;
}
