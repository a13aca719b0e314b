import { existsSync } from "node:fs";
import { type FileSet, FormatError } from "../formats/index.js";
import {
  atRevision,
  endpointOf,
  type HubName,
  isRemoteAddress,
  isWeightsName,
  parseHubAddress,
  parseHubName,
  remoteAddress,
  urlFiles,
} from "../remote/index.js";
import { localFiles } from "./file-set.js";
import { globFiles, isGlob } from "./glob-files.js";
import { hubModel } from "./hub/hub-model.js";
import { type HubOptions, hubSettings } from "./hub/hub-settings.js";
import { nodeRemoteHost } from "./remote-host.js";

/** What a string that names an input may need besides. */
export interface InputOptions {
  /** How models of a hub are found; by default as the environment says. */
  readonly hub?: HubOptions;
  readonly signal?: AbortSignal;
}

/**
 * The files that a string names: something on disk comes first, then a glob (`weights/*.safetensors`), an https address, and `org/model[@revision][:file]`
 * of a hub (its web addresses too). Rejects with a `FormatError` where there is nothing of that name.
 */
export async function namedFiles(input: string, { hub = {}, signal }: InputOptions = {}): Promise<FileSet> {
  const name = hubNameOf(input, hub);
  if (name !== undefined) return hubModel(atRevision(name, hub.revision), hub, { signal });
  if (hub.revision !== undefined) refuse(input, "a revision was given, but this is no model of a hub", "Leave the revision out.");
  if (isRemoteAddress(input)) return urlFiles(input, { host: nodeRemoteHost, signal });
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(input);
  if (scheme !== null && !existsSync(input)) {
    refuse(
      scheme[0],
      "addresses of this kind are not read",
      "Sign it as an https address, or name a file or a model of a hub (org/model).",
    );
  }
  return isGlob(input) && !existsSync(input) ? globFiles(input) : localFiles(input);
}

/** A mistyped path must not be asked for on a network: with a folder of that name beside us, or the ending of a weight file, it was meant to be local. */
function hubNameOf(input: string, hub: HubOptions): HubName | undefined {
  if (isRemoteAddress(input)) {
    const { endpoint } = hubSettings(hub, process.env);
    return parseHubAddress(remoteAddress(input), new URL(endpointOf({ endpoint })));
  }
  const name = parseHubName(input);
  if (name === undefined || hub.revision !== undefined) return name;
  const looksLocal = existsSync(input) || existsSync(input.slice(0, input.indexOf("/"))) || isWeightsName(name.repository);
  return looksLocal ? undefined : name;
}

function refuse(file: string, reason: string, remedy: string): never {
  throw new FormatError(reason, { kind: "unreadable", file, remedy });
}
