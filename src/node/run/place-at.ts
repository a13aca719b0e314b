import { isS3Address, s3Address } from "../s3/s3-address.js";
import { folderPlace } from "./folder-place.js";
import type { RunPlace } from "./run-place.js";

/** The place of an address. Rejects with an `OptionError` for an address that is none, or cannot be used here. */
export async function placeAt(address: string): Promise<RunPlace> {
  if (!isS3Address(address)) return folderPlace(address);
  const { bucketPlace } = await import("./bucket-place.js");
  return bucketPlace(s3Address(address, "run"));
}
