import { homedir, platform } from "node:os";
import { join } from "node:path";

/** This package's folder among the user's caches. Nothing depends on what is in it but time. */
export function userCache({ XDG_CACHE_HOME, LOCALAPPDATA }: NodeJS.ProcessEnv = process.env): string {
  const home = platform() === "win32" ? LOCALAPPDATA : XDG_CACHE_HOME;
  return join(home || join(homedir(), ".cache"), "eigenscope");
}
