import { existsSync } from "node:fs";
import { type FileSet, FormatError, OptionError } from "../formats/index.js";
import { isWeightsName } from "../formats/weights-names.js";
import {
  atRevision,
  endpointOf,
  type HubName,
  isRemoteAddress,
  parseHubAddress,
  parseHubName,
  type RemoteHost,
  remoteAddress,
  urlFiles,
} from "../remote/index.js";
import { localModel } from "./file-set.js";
import { globFiles, isGlob } from "./glob-files.js";
import { hubModel } from "./hub/hub-model.js";
import { type HubOptions, hubSettings } from "./hub/hub-settings.js";
import { nodeRemoteHost } from "./remote-host.js";
import { isS3Address } from "./s3/s3-address.js";

/** Options for an input that is named by a string. */
export interface InputOptions {
  /** How models of a hub are found; the default comes from the environment. */
  readonly hub?: HubOptions;
  readonly signal?: AbortSignal | undefined;
}

/** Through what a model that is elsewhere is reached. */
export interface OnHost {
  /** Default: this process's network, without limits. */
  readonly host?: RemoteHost | undefined;
}

/**
 * The files that a string names. A path on disk has precedence, then a glob (`weights/*.safetensors`), an https or s3
 * address, and `org/model[@revision][:file]` of a hub (its web addresses too). Rejects with a `FormatError` if nothing
 * of that name exists, with an `OptionError` if a revision is given for something that is not a model of a hub.
 */
export async function namedFiles(
  input: string,
  { hub = {}, signal, host = nodeRemoteHost }: InputOptions & OnHost = {},
): Promise<FileSet> {
  const name = hubNameOf(input, hub);
  if (name !== undefined) return hubModel(atRevision(name, hub.revision), hub, { signal, host });
  if (hub.revision !== undefined) refuseRevision(input, hub);
  if (isS3Address(input)) return (await import("./s3/s3-files.js")).s3Files(input, { signal, host });
  if (isRemoteAddress(input)) return urlFiles(input, { host, signal });
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(input);
  if (scheme !== null && !existsSync(input)) {
    refuse(
      scheme[0],
      "addresses of this kind are not supported",
      "Use an https or s3 address, or name a file or a model of a hub (org/model).",
    );
  }
  return isGlob(input) && !existsSync(input) ? globFiles(input) : localModel(input);
}

/**
 * A mistyped path must not be requested from a network: with a local folder of that name, or the ending of a weight
 * file, it was meant to be local.
 */
function hubNameOf(input: string, hub: HubOptions): HubName | undefined {
  if (isRemoteAddress(input)) {
    const { endpoint } = hubSettings(hub, process.env);
    return parseHubAddress(remoteAddress(input), new URL(endpointOf({ endpoint })));
  }
  const name = parseHubName(input);
  if (name === undefined) return undefined;
  const looksLocal =
    existsSync(input) || existsSync(input.slice(0, input.indexOf("/"))) || isWeightsName(name.repository);
  return looksLocal ? undefined : name;
}

/**
 * A revision does not turn a local name into a hub's name. If the name could be one, the message says how to ask the
 * hub anyway.
 */
function refuseRevision(input: string, hub: HubOptions): never {
  const name = parseHubName(input);
  const { endpoint } = hubSettings(hub, process.env);
  const way =
    name === undefined
      ? "leave it out"
      : `leave it out, or name the hub's model by its address: ${endpointOf({ endpoint })}/${name.repository}`;
  const what = existsSync(input) ? "is on this disk, where there are no revisions" : "is not a model of a hub";
  throw new OptionError(
    "revision",
    `found "${hub.revision}", but ${isRemoteAddress(input) ? "the address" : input} ${what}; ${way}`,
  );
}

function refuse(file: string, reason: string, remedy: string): never {
  throw new FormatError(reason, { kind: "unreadable", file, remedy });
}
