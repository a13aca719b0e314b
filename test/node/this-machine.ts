import { readdirSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import type { Machine } from "#eigenscope/node/native/blas-candidates.js";

const orUndefined = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch {
    return undefined;
  }
};

/** The machine that the tests run on. */
export const thisMachine: Machine = {
  platform: process.platform,
  env: process.env,
  home: homedir(),
  list: (folder) => orUndefined(() => readdirSync(folder).sort()) ?? [],
  real: (path) => orUndefined(() => realpathSync(path)),
};
