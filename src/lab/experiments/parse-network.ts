import { FormatError } from "../../bytes/errors.js";
import { type Network, validateNetwork } from "../networks/index.js";
import type { Fields } from "./fields.js";
import { namedNetwork, networkNames } from "./named-networks.js";

/** Reads the field `network`: the name of a built-in network, or a network written out. Throws `FormatError`. */
export function readNetwork(experiment: Fields, file: string): Network {
  const given = experiment.raw("network");
  if (typeof given === "string") {
    return (
      namedNetwork(given) ??
      experiment.refuse("network", given, `one of ${networkNames().join(", ")}, or a network written out`)
    );
  }
  if (typeof given !== "object" || given === null) {
    return experiment.refuse("network", given, `a network, or the name of one: ${networkNames().join(", ")}`);
  }
  try {
    return validateNetwork(given);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new FormatError(cause.message, { kind: "malformed", format: "experiment", file, cause });
  }
}
