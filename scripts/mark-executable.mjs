// tsc does not keep the executable bit; npm sets it when it installs the package, a checkout needs it too.
import { chmod } from "node:fs/promises";
import { fileURLToPath } from "node:url";

for (const command of ["bundle/eigenscope.cjs", "cli/main.js"])
  await chmod(fileURLToPath(new URL(`../dist/${command}`, import.meta.url)), 0o755);
