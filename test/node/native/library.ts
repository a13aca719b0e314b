import { existsSync } from "node:fs";
import { loadAddon, type NativeAddon } from "#eigenscope/node/native/addon.js";
import { builtLibrary } from "#eigenscope/node/native/find-native.js";

/** The native library of this checkout, which `npm run build` makes if there is a C compiler. */
export const LIBRARY: string | undefined = existsSync(builtLibrary()) ? builtLibrary() : undefined;
if (LIBRARY === undefined)
  console.warn("SKIPPED: no native library (npm run build makes one if there is a C compiler), so it is not tested");

export const addon: NativeAddon | undefined = LIBRARY === undefined ? undefined : loadAddon(LIBRARY);

const targets = addon?.targets ?? [];
/**
 * The kernels whose engine is tested: the fastest of this processor, which is the one that is used. All of them with
 * EIGENSCOPE_TEST_TARGETS=all, as .ci/run does: each takes most of a minute.
 */
export const testedTargets = process.env.EIGENSCOPE_TEST_TARGETS === "all" ? targets : targets.slice(-1);
if (testedTargets.length < targets.length)
  console.warn(`SKIPPED: the kernels ${targets.slice(0, -1).join(", ")} (EIGENSCOPE_TEST_TARGETS=all; .ci/run has it)`);
