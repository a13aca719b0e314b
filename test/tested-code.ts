import { overlapLaw } from "#eigenscope/rmt/index.js";

/**
 * Which code is tested ("dist" or "src"), and whether `import.meta.env.MODE` says so: tests of the built package alone
 * ask it, and would be skipped in silence.
 */
export function testedCode(): { readonly folder: string; readonly mode: string } {
  let folder = "";
  try {
    overlapLaw({ n: 1, k: 2, l: 1 });
  } catch (error) {
    folder = /\/(dist|src)\/rmt\//.exec((error as Error).stack ?? "")?.[1] ?? "";
  }
  const { MODE } = (import.meta as { readonly env?: { readonly MODE?: string } }).env ?? {};
  return { folder, mode: MODE === "dist" ? "dist" : "src" };
}
