import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BUILT = existsSync(`${ROOT}/dist/node/index.js`);
if (!BUILT) console.warn("SKIPPED test/examples: the package is not built (npm run build)");

describe.skipIf(!BUILT)("the examples", () => {
  it("library.mjs runs and tells of every layer", () => {
    const output = execFileSync(process.execPath, ["examples/library.mjs"], { cwd: ROOT, encoding: "utf8" });
    expect(output.trim().split("\n")).toHaveLength(4);
    expect(output).toMatch(/^0: /m);
    expect(output).toMatch(/3 layers; mean alpha/);
  });
});
