import { statSync } from "node:fs";
import { join, relative } from "node:path";
import { type Command, InvalidArgumentError, type Option } from "commander";
import { lilconfig } from "lilconfig";
import { printable } from "../bytes/errors.js";
import { nearestName } from "../rules/nearest-name.js";
import { UsageError } from "./exit-codes.js";
import { SETTINGS, type SettingKind, takesSettings } from "./settings-options.js";
import { MAX_SETTINGS_BYTES, SETTINGS_FILES } from "./settings-search.js";
import { systemReason } from "./system-error.js";

/** Settings that were found, as JSON gave them. */
export interface FoundSettings {
  readonly path: string;
  readonly settings: unknown;
}

/** JSON, under every name: no file is run as code. */
const json = (path: string, content: string): unknown => {
  try {
    return JSON.parse(content.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new UsageError(`${printable(path)}: not valid JSON (${(cause as Error).message})`, { cause });
  }
};
const refused = (path: string): never => {
  throw new UsageError(`--config ${printable(path)}: settings are JSON, in a file that ends in .json or has no ending`);
};
const LOADERS = { noExt: json, ".json": json, ".js": refused, ".cjs": refused, ".mjs": refused, ".ts": refused };

/** The settings of a file that the user named, or the first ones of the folders. Throws `UsageError`. */
export async function findSettings(
  named: string | undefined,
  candidates: readonly { readonly folder: string; readonly names: readonly string[] }[],
): Promise<FoundSettings | undefined> {
  if (named !== undefined) return loaded(named);
  for (const { folder, names } of candidates) {
    for (const name of SETTINGS_FILES.filter((each) => names.includes(each))) assertSmall(join(folder, name));
    const search = lilconfig("eigenscope", {
      ...{ searchPlaces: [...names], loaders: LOADERS, stopDir: folder, cache: false },
    });
    const found = await search.search(folder);
    if (found !== null && !found.isEmpty) return { path: nameOf(found.filepath), settings: found.config };
  }
  return undefined;
}

async function loaded(path: string): Promise<FoundSettings> {
  try {
    assertSmall(path);
    const found = await lilconfig("eigenscope", { loaders: { ...LOADERS }, cache: false }).load(path);
    if (found?.config == null) throw new UsageError(`--config ${printable(path)}: there are no settings in it`);
    return { path, settings: found.config };
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined) return refused(path);
    const reason = code === "ENOENT" ? "there is no such file" : systemReason(cause as Error);
    throw new UsageError(`--config ${printable(path)}: ${reason}`, { cause });
  }
}

function assertSmall(path: string): void {
  const found = statSync(path);
  if (!found.isFile()) throw new UsageError(`${printable(path)}: settings are in a regular file, and this is none`);
  if (found.size > MAX_SETTINGS_BYTES)
    throw new UsageError(`${printable(path)}: ${found.size} bytes; settings take ${MAX_SETTINGS_BYTES} at most`);
}

/** A path as messages show it: from the working directory where that is shorter. */
function nameOf(path: string): string {
  const near = relative(process.cwd(), path);
  return near.length < path.length ? near : path;
}

/**
 * Sets the options of a command that its command line does not have to the settings: those of the command itself, then
 * those of "all". Throws `UsageError` for anything in the file that no command takes. Gives how many were set.
 */
export function applySettings(command: Command, { path, settings }: FoundSettings): number {
  const commands = (command.parent as Command).commands.filter(takesSettings);
  const sections = objectOf(settings, path);
  const values = new Map<Option, unknown>();
  for (const [name, section] of Object.entries(sections)) {
    if (name === "$schema") continue;
    const known = ["all", ...commands.map((each) => each.name())];
    if (!known.includes(name)) throw new UsageError(`${printable(path)}: ${unknown(name, known)}`);
    const own = commands.filter((each) => name === "all" || each.name() === name);
    for (const [key, value] of Object.entries(objectOf(section, path, name))) {
      const at = `${printable(path)}: ${name}.${printable(key)}`;
      const options = own.map((each) => [each, optionOf(each, key)] as const);
      const [, option] = options.find(([, each]) => each !== undefined) ?? [];
      if (option === undefined || !Object.hasOwn(SETTINGS, key)) throw notSettable(at, { key, commands, own });
      const read = readValue(option, { given: value, kind: SETTINGS[key], at });
      const mine = options.find(([each]) => each === command)?.[1];
      if (mine !== undefined && (name !== "all" || !values.has(mine))) values.set(mine, read);
    }
  }
  let set = 0;
  for (const [option, value] of values) {
    const key = option.attributeName();
    if (command.getOptionValueSource(key) === "cli") continue;
    command.setOptionValueWithSource(key, value, "config");
    set++;
  }
  return set;
}

function optionOf({ options }: Command, key: string): Option | undefined {
  return options.find(({ long }) => long === `--${key}` || long === `--no-${key}`);
}

interface Unsettable {
  readonly key: string;
  readonly commands: readonly Command[];
  readonly own: readonly Command[];
}

function notSettable(at: string, { key, commands, own }: Unsettable): UsageError {
  if (!Object.hasOwn(SETTINGS, key) && commands.some((each) => optionOf(each, key) !== undefined))
    return new UsageError(
      `${at}: a file cannot set --${key}, so that the command shows what is read and written; give it there`,
    );
  const names = Object.keys(SETTINGS).filter((name) => own.some((each) => optionOf(each, name) !== undefined));
  return new UsageError(`${at}: ${unknown(key, names)}`);
}

function unknown(name: string, names: readonly string[]): string {
  const near = nearestName(name, names);
  const help = near === undefined ? `, only ${names.join(", ")}` : `; did you mean "${near}"?`;
  return `there is no setting "${printable(name)}"${help}`;
}

function objectOf(value: unknown, path: string, name?: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  const place = name === undefined ? "" : `${name}: `;
  throw new UsageError(
    `${printable(path)}: ${place}found ${shown(value)}, expected an object such as {"engine": "wasm"}`,
  );
}

interface Given {
  readonly given: unknown;
  readonly kind: SettingKind;
  /** File and key, for messages. */
  readonly at: string;
}

/** What the option makes of a value, as if it was given on the command line. Throws `UsageError`. */
function readValue(option: Option, { given, kind, at }: Given): unknown {
  const wrong = (expected: string): UsageError => new UsageError(`${at}: found ${shown(given)}, expected ${expected}`);
  const parse = (text: string, before?: unknown): unknown => {
    try {
      return option.parseArg === undefined ? text : option.parseArg(text, before as never);
    } catch (cause) {
      if (!(cause instanceof InvalidArgumentError)) throw cause;
      throw new UsageError(`${at}: found ${shown(given)}. ${cause.message}`, { cause });
    }
  };
  const texts = Array.isArray(given) ? given : [given];
  const areTexts = texts.every((text) => typeof text === "string");
  switch (kind) {
    case "boolean":
      if (typeof given !== "boolean") throw wrong("true or false");
      return given;
    case "number":
      if (typeof given !== "number") throw wrong("a number");
      return parse(String(given));
    case "size":
      if (typeof given !== "number" && typeof given !== "string") throw wrong('a size such as "4G", or bytes');
      return parse(String(given));
    case "text":
      if (typeof given !== "string") throw wrong("a text");
      return parse(given);
    case "texts":
      if (!areTexts) throw wrong("a text or a list of texts");
      return texts.reduce((before: unknown, text) => parse(text as string, before), []);
    case "columns":
      if (typeof given === "boolean") return given;
      if (!areTexts || texts.length === 0) throw wrong("true, false or a list of names");
      return texts.join(",");
  }
}

function shown(value: unknown): string {
  return printable(JSON.stringify(value) ?? "nothing");
}
