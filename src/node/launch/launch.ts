import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Entry } from "./bundle.js";

/** The loader of the bundle (scripts/bundle.mjs). Reading few files is faster than finding hundreds. */
const BUNDLE = fileURLToPath(new URL("../../bundle/eigenscope.cjs", import.meta.url));

/** Imports an entry from the bundle. Without a bundle, `unbundled` imports the modules one by one. */
export async function launch<Module>(entry: Entry, unbundled: () => Promise<Module>): Promise<Module> {
  if (!existsSync(BUNDLE)) return unbundled();
  const { load } = createRequire(import.meta.url)(BUNDLE) as { load(entry: Entry): Promise<Module> };
  return load(entry);
}
