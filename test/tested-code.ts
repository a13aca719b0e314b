import { overlapLaw } from "#eigenscope/rmt/index.js";

const nameOf = (mode: string | undefined): string => (mode === "dist" ? "dist" : "src");

/**
 * Which code is to be tested ("dist" or "src"), which is, and what `import.meta.env.MODE` says: tests of the built
 * package alone ask that, and would be skipped in silence.
 */
export function testedCode(): { readonly wanted: string; readonly found: string; readonly said: string } {
  let found = "";
  try {
    overlapLaw({ n: 1, k: 2, l: 1 });
  } catch (error) {
    found = /\/(dist|src)\/rmt\//.exec((error as Error).stack ?? "")?.[1] ?? "";
  }
  const { MODE } = (import.meta as { readonly env?: { readonly MODE?: string } }).env ?? {};
  return { wanted: nameOf(process.env.EIGENSCOPE_TEST_MODE), found, said: nameOf(MODE) };
}
