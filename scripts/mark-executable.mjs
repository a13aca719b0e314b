// tsc does not keep the executable bit; npm sets it when it installs the package, a checkout needs it too.
import { chmod } from "node:fs/promises";
import { fileURLToPath } from "node:url";

await chmod(fileURLToPath(new URL("../dist/cli/main.js", import.meta.url)), 0o755);
