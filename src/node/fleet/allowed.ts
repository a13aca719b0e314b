import { existsSync, statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import { OptionError } from "../../bytes/option-error.js";
import { endpointOf, isRemoteAddress, parseHubName, remoteAddress } from "../../remote/index.js";
import { hubSettings } from "../hub/hub-settings.js";
import { isWithin } from "../native-path.js";
import { asFolder, folderOf, isBelow, isS3Address, type S3Address, s3Address } from "../s3/s3-address.js";
import { RefusedMessage } from "./message.js";

/** What a worker may open, by its own configuration. */
export interface Allowed {
  /** Real paths of folders. */
  readonly folders: readonly string[];
  /** Hosts, with their port if it is not that of https. */
  readonly hosts: readonly string[];
  /** Folders of buckets. Absent: none. */
  readonly prefixes?: readonly S3Address[];
}

/** Reads what `--allow` names: folders that exist, hosts, and prefixes of buckets. Rejects with an `OptionError`. */
export async function allowedBy(given: readonly string[]): Promise<Allowed> {
  const [folders, hosts, prefixes]: [string[], string[], S3Address[]] = [[], [], []];
  for (const name of given) {
    if (isS3Address(name)) prefixes.push(asFolder(s3Address(name, "allow")));
    else if (existsSync(name) && statSync(name).isDirectory()) folders.push(await realpath(name));
    else if (/^[a-z0-9-]+(\.[a-z0-9-]+)*(:\d+)?$/i.test(name)) hosts.push(name.toLowerCase());
    else throw new OptionError("allow", `found "${name}", expected a folder that exists, a host or s3://bucket`);
  }
  return { folders, hosts, ...(prefixes.length > 0 && { prefixes }) };
}

/**
 * Rejects with `RefusedMessage` unless the address may be opened. A path must be absolute, and lie in an allowed folder
 * when its links are followed; an address on the network, or the hub of a model's name, must be of an allowed host. An
 * object of a bucket must lie in an allowed folder of it, with all that lies beside it.
 */
export async function assertAllowed(address: string, { folders, hosts, prefixes = [] }: Allowed): Promise<void> {
  if (isS3Address(address)) return assertBelow(folderOf(addressOf(address)), { prefixes, address, option: "--allow" });
  if (isAbsolute(address)) return assertInside(address, folders, "--allow");
  const host = hostOf(address);
  if (host === undefined)
    throw new RefusedMessage(`"${address}" is no absolute path, and no address or model of a hub`);
  if (!hosts.includes(host.toLowerCase()))
    throw new RefusedMessage(`the source is on ${host}, which --allow of this worker does not name`);
}

/** Rejects with `RefusedMessage` unless a run lies in or below one of these folders and addresses. */
export async function assertRunAllowed(run: string, runs: readonly string[]): Promise<void> {
  if (!isS3Address(run)) return assertInside(run, runs, "--run");
  const prefixes = runs.filter(isS3Address).map((one) => s3Address(one));
  assertBelow(addressOf(run), { prefixes, address: run, option: "--run" });
}

function assertBelow(
  asked: S3Address,
  { prefixes, address, option }: { prefixes: readonly S3Address[]; address: string; option: string },
): void {
  if (prefixes.some((prefix) => isBelow(asked, prefix))) return;
  throw new RefusedMessage(`${address} is not below an address that ${option} of this worker names`);
}

function addressOf(text: string): S3Address {
  try {
    return s3Address(text);
  } catch (cause) {
    throw new RefusedMessage((cause as Error).message);
  }
}

/** Rejects with `RefusedMessage` unless the path lies in one of the folders when its links are followed. */
export async function assertInside(path: string, folders: readonly string[], option: string): Promise<void> {
  const real = isAbsolute(path) ? await realPathOf(path) : undefined;
  if (real !== undefined && folders.some((folder) => isWithin(real, folder))) return;
  throw new RefusedMessage(`${path} is not in a folder that ${option} of this worker names`);
}

/** Undefined if there is nothing. A glob stands in the last part only: the folder decides. */
async function realPathOf(path: string): Promise<string | undefined> {
  const found = await realpath(path).catch(() => undefined);
  if (found !== undefined || !/[*?[{]/.test(basename(path))) return found;
  const folder = await realpath(dirname(path)).catch(() => undefined);
  return folder === undefined ? undefined : join(folder, basename(path));
}

function hostOf(address: string): string | undefined {
  if (isRemoteAddress(address)) return remoteAddress(address).host;
  if (parseHubName(address) === undefined) return undefined;
  // What lies on this disk under such a name would be opened in place of the hub's model.
  if (existsSync(address.split(/[/@:]/)[0])) return undefined;
  return new URL(endpointOf({ endpoint: hubSettings({}, process.env).endpoint })).host;
}
