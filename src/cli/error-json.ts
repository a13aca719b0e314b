import { FormatError } from "../bytes/errors.js";
import { OptionError } from "../bytes/option-error.js";
import { EXIT } from "./exit-codes.js";

/** True if a program that runs this command has asked for its error as JSON. */
export function asksForErrorJson(environment: Readonly<Record<string, string | undefined>>): boolean {
  return environment.EIGENSCOPE_ERRORS === "json";
}

export interface ErrorMessage {
  /** The sentence that a terminal shows. */
  readonly message: string;
  readonly exitCode: number;
}

/**
 * What ended a command, in one line of JSON for the program that ran it: `exitCode`, `message`, `kind` (that of a
 * `FormatError`, else "usage" or "internal"), and `format`, `file`, `tensor`, `offset`, `reason`, `remedy`, `option`,
 * each null if not known. Names of files and tensors are whole and unchanged.
 */
export function errorJson(error: unknown, { message, exitCode }: ErrorMessage): string {
  const { kind, details, reason } =
    error instanceof FormatError
      ? error
      : { kind: exitCode === EXIT.internal ? "internal" : "usage", details: undefined, reason: message };
  return JSON.stringify({
    error: {
      exitCode,
      message,
      kind,
      format: details?.format ?? null,
      file: details?.file ?? null,
      tensor: details?.tensor ?? null,
      offset: details?.offset ?? null,
      reason,
      remedy: details?.remedy ?? null,
      option: error instanceof OptionError ? error.option : null,
    },
  });
}
