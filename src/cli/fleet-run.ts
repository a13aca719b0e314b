import { resolve } from "node:path";
import { isS3Address, placeAt, type RunPlace } from "../node/fleet/index.js";

/** Where a fleet's run lies, by the flag: a folder of this machine, or s3://bucket/prefix. */
export function runPlace(run: string): Promise<RunPlace> {
  return placeAt(isS3Address(run) ? run : resolve(run));
}
