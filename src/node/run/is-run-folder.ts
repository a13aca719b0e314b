import { readdir } from "node:fs/promises";

/**
 * Whether a folder looks like one that `analyze --run` has written. The lab's runs have a run.json too, but no plan.
 */
export async function isRunFolder(path: string): Promise<boolean> {
  const names: string[] = await readdir(path).catch(() => []);
  return names.includes("run.json") && names.some((name) => /^plan-[0-9a-f]{12}\.jsonl$/.test(name));
}
