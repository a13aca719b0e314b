import { resolveOptions } from "../analysis/options.js";
import type { Report } from "../analysis/report.js";
import { isWeightsName } from "../formats/weights-names.js";
import { isRemoteAddress, parseHubName } from "../remote/index.js";

/** Options of the library that say what was used, not what was asked for. */
const NOT_ASKED = new Set(["engine"]);

/**
 * The command that makes a report, with the options that are not the defaults. Of a path on this machine only the last
 * part is there: a card is published, and folders may have names of people.
 */
export function cardCommand({ input, options }: Pick<Report, "input" | "options">): string {
  const asked = Object.entries(resolveOptions()).flatMap(([option, usual]) => {
    const value = options[option];
    const isUsual = value === undefined || JSON.stringify(value) === JSON.stringify(usual);
    return isUsual || NOT_ASKED.has(option) ? [] : [flag(option, value)];
  });
  const base = input.base === undefined ? [] : [`--base ${shellWord(withoutFolders(String(input.base.label)))}`];
  return ["eigenscope analyze", shellWord(withoutFolders(input.label)), ...base, ...asked].join(" ");
}

function flag(option: string, value: Report["options"][string]): string {
  const name = `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return value === true ? name : `${name}=${shellWord(Array.isArray(value) ? value.join(",") : String(value))}`;
}

function withoutFolders(label: string): string {
  const isRemote = isRemoteAddress(label) || (parseHubName(label) !== undefined && !isWeightsName(label));
  return isRemote ? label : (label.split(/[/\\]/).findLast((part) => part !== "") ?? label);
}

/** A word as a POSIX shell takes it. */
function shellWord(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
