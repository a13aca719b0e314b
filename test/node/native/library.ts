import { existsSync } from "node:fs";
import { loadAddon, type NativeAddon } from "#eigenscope/node/native/addon.js";
import { builtLibrary } from "#eigenscope/node/native/find-native.js";

/** The native library of this checkout, which `npm run build` makes if there is a C compiler. */
export const LIBRARY: string | undefined = existsSync(builtLibrary()) ? builtLibrary() : undefined;
if (LIBRARY === undefined)
  console.warn("SKIPPED: no native library (npm run build makes one if there is a C compiler), so it is not tested");

export const addon: NativeAddon | undefined = LIBRARY === undefined ? undefined : loadAddon(LIBRARY);
