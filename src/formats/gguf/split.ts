import { FormatError } from "../../bytes/errors.js";
import type { ErrorLocation } from "../../bytes/stored-bytes.js";
import type { Header } from "./header.js";

/** A part's file name as llama.cpp's gguf-split writes it: "model-00001-of-00005.gguf", parts counted from 1. */
const PART_NAME = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/;

/** The position in a split model, from a file's name. */
export interface PartName {
  readonly prefix: string;
  /** From 0, like `split.no`. */
  readonly index: number;
  readonly count: number;
}

export function partName(file: string): PartName | undefined {
  const match = PART_NAME.exec(file);
  return match === null ? undefined : { prefix: match[1], index: Number(match[2]) - 1, count: Number(match[3]) };
}

/** The file name of part `index` (from 0). */
export function nameOfPart({ prefix, count }: PartName, index: number): string {
  const five = (number: number): string => String(number).padStart(5, "0");
  return `${prefix}-${five(index + 1)}-of-${five(count)}.gguf`;
}

/** The position in a split model, from a file's header. */
export interface SplitKeys {
  readonly index: number;
  readonly count: number;
  /** Number of tensors in all parts together. */
  readonly tensors: number | undefined;
}

/** Undefined for a model of one file: no "split.count", or one of 0 or 1. */
export function splitKeys({ metadata }: Header, where: ErrorLocation): SplitKeys | undefined {
  const whole = (key: string): number | undefined => {
    const value = metadata.get(key)?.value;
    if (value === undefined) return undefined;
    const number = typeof value === "bigint" ? Number(value) : value;
    if (typeof number === "number" && Number.isSafeInteger(number) && number >= 0) return number;
    throw new FormatError(`"${key}" is ${String(value).slice(0, 40)}, expected a whole number from 0`, {
      ...where,
      kind: "malformed",
    });
  };
  const count = whole("split.count") ?? 0;
  return count <= 1 ? undefined : { count, index: whole("split.no") ?? 0, tensors: whole("split.tensors.count") };
}

/** Refuses a part whose header and name give different positions. */
export function assertPart(named: PartName, keys: SplitKeys | undefined, where: ErrorLocation): void {
  const said = keys ?? { index: 0, count: 1 };
  if (said.count === named.count && said.index === named.index) return;
  throw new FormatError(
    `by its name this is part ${named.index + 1} of ${named.count}, by its header part ${said.index + 1} of ` +
      `${said.count}`,
    { ...where, kind: "malformed", remedy: "The parts do not belong together, or were renamed; get them again." },
  );
}
