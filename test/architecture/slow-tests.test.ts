import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { LAST_FILES, MOCKING_FILES, SLOW_FILES, SLOW_FOLDERS } from "../slow-tests.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

describe("the list of slow tests", () => {
  it.each(SLOW_FOLDERS)("names a folder that holds tests: %s", (folder) => {
    expect(readdirSync(join(ROOT, folder)).filter((name) => name.endsWith(".test.ts"))).not.toEqual([]);
  });

  it.each(SLOW_FILES)("names a test that is there, in no folder of the list: %s", (file) => {
    expect([file.endsWith(".test.ts"), existsSync(join(ROOT, file))]).toEqual([true, true]);
    expect(SLOW_FOLDERS.filter((folder) => file.startsWith(`${folder}/`))).toEqual([]);
  });

  it.each(MOCKING_FILES)("names a test with doubles of modules in no other list: %s", (file) => {
    expect(readFileSync(join(ROOT, file), "utf8")).toMatch(/^vi\.mock\(/m);
    expect([...SLOW_FILES, ...LAST_FILES]).not.toContain(file);
    expect(SLOW_FOLDERS.filter((folder) => file.startsWith(`${folder}/`))).toEqual([]);
  });

  it("has all tests with doubles of modules: the built package has none as Node loads it", () => {
    const tests = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" }).map((name) => `test/${name}`);
    const mocking = tests.filter(
      (name) => /\.test\.tsx?$/.test(name) && /\bvi\.(do)?[mM]ock\(/.test(readFileSync(join(ROOT, name), "utf8")),
    );
    expect(mocking).toEqual(MOCKING_FILES);
  });

  it.each(LAST_FILES)("names a test that is there, for .ci/run alone: %s", (file) => {
    expect([file.endsWith(".test.ts"), existsSync(join(ROOT, file))]).toEqual([true, true]);
    expect(SLOW_FILES).not.toContain(file);
  });

  it("leaves no test to nobody: npm test runs the projects fast and slow, .ci/run the others", () => {
    const scripts = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).scripts as Record<string, string>;
    expect(scripts.vitest).toBe("vitest run --mode dist --project fast --project slow");
    expect(readFileSync(join(ROOT, ".ci/run"), "utf8")).toMatch(
      /^EIGENSCOPE_TEST_TARGETS=all npx vitest run --mode dist --project last --project mocking$/m,
    );
  });

  it("names nothing twice", () => {
    expect(new Set([...SLOW_FOLDERS, ...SLOW_FILES]).size).toBe(SLOW_FOLDERS.length + SLOW_FILES.length);
  });
});
