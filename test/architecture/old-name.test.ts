import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { OLD_NAME } from "#eigenscope/node/old-name.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Where the old name may be: what users are told of the change, and the code that still reads it, with its tests. */
const ALLOWED = new Set([
  ...["CHANGELOG.md", "README.md", "src/node/old-name.ts"],
  ...["test/architecture/old-name.test.ts", "test/node/old-name.test.ts", "test/node/lab/lab-folders.test.ts"],
]);

it("the project's old name is only where it is still read, and where users are told of the change", () => {
  const files = execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" }).split("\n").filter(Boolean);
  expect(files.length).toBeGreaterThan(500);
  const guilty = files.filter(
    (file) => !ALLOWED.has(file) && readFileSync(`${ROOT}/${file}`, "latin1").toLowerCase().includes(OLD_NAME),
  );
  expect(guilty).toEqual([]);
  const lines = readFileSync(`${ROOT}/README.md`, "utf8").split("\n");
  expect(lines.filter((line) => line.includes(OLD_NAME))).toHaveLength(1);
});
