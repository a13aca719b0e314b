import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

  it(
    "lab.mjs trains two networks in a folder through the package's own name, and trains none again the second " +
      "time",
    () => {
      const folder = mkdtempSync(join(tmpdir(), "lab-example-"));
      try {
        const [first, second] = [1, 2].map(() =>
          execFileSync(process.execPath, ["examples/lab.mjs", folder], {
            cwd: ROOT,
            encoding: "utf8",
            stdio: ["ignore", "pipe", "ignore"],
          }),
        );
        expect(first.match(/ is trained$/gm)).toHaveLength(2);
        expect(second).not.toMatch(/ is trained$/m);
        // The same table of the stored runs, in both.
        const tableOf = (output: string): string => output.replace(/^.* is trained\n/gm, "");
        expect(tableOf(second)).toBe(tableOf(first));
        expect(tableOf(first).split("\n").length).toBeGreaterThan(4);
        expect(readFileSync(join(folder, "report.html"), "utf8")).toMatch(/^<!doctype html>[\s\S]*<svg/i);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
