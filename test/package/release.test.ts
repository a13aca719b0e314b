import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
// @ts-expect-error: a script without types
import { nativeDependencies } from "../../scripts/name-native-packages.mjs";
// @ts-expect-error: a script without types
import { billOf, bundledInCommand, importedByPage } from "../../scripts/write-sbom.mjs";
import { BUILT } from "../cli/eigenscope-process.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

interface Component {
  readonly name: string;
  readonly version: string;
  readonly "bom-ref": string;
  readonly purl: string;
  readonly properties?: readonly { readonly name: string }[];
  readonly licenses?: unknown;
}

describe("the bill of materials", () => {
  it.runIf(BUILT)("has what is installed and what is bundled, by name, version and address, and no tools", () => {
    const folder = mkdtempSync(join(tmpdir(), "eigenscope-sbom-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "sbom.json");
    execFileSync(process.execPath, [join(ROOT, "scripts/write-sbom.mjs"), file], { stdio: "pipe" });
    const bill = JSON.parse(readFileSync(file, "utf8"));
    expect(bill).toMatchObject({
      bomFormat: "CycloneDX",
      specVersion: expect.stringMatching(/^1\.\d$/),
      serialNumber: expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/),
      metadata: { component: { name: manifest.name, version: manifest.version } },
    });
    const components = bill.components as Component[];
    const versions = Object.fromEntries(components.map(({ name, version }) => [name, version]));
    expect(versions).toMatchObject(manifest.dependencies);
    const notices = readFileSync(join(ROOT, "dist/THIRD-PARTY-NOTICES.txt"), "utf8");
    expect(versions).toMatchObject(Object.fromEntries(bundledInCommand(notices)));
    expect(versions).toMatchObject({ "@preact/signals": manifest.devDependencies["@preact/signals"], zod: "4.6.7" });
    for (const tool of ["vitest", "vite", "typescript", "esbuild", "bullmq", "playwright-core"])
      expect(versions).not.toHaveProperty(tool);
    for (const { name, version, purl, licenses } of components) {
      expect(decodeURIComponent(purl)).toBe(`pkg:npm/${name}@${version}`);
      expect(licenses, name).toBeDefined();
    }
    const refs = [bill.metadata.component["bom-ref"], ...components.map((component) => component["bom-ref"])];
    expect(new Set(refs).size).toBe(refs.length);
    for (const { ref, dependsOn } of bill.dependencies)
      for (const one of [ref, ...dependsOn]) expect(refs).toContain(one);
  });

  it("marks what is bundled, and drops what only development needs, with the edges to it", () => {
    const component = (name: string, properties?: object[]) => ({
      name,
      version: "1.0.0",
      "bom-ref": name,
      properties,
    });
    const development = [{ name: "cdx:npm:package:development", value: "true" }];
    const bill = billOf(
      {
        metadata: { component: { "bom-ref": "own" } },
        components: [component("a"), component("b", development), component("c", development)],
        dependencies: [
          { ref: "own", dependsOn: ["a", "b", "c"] },
          { ref: "b", dependsOn: ["c"] },
          { ref: "c", dependsOn: [] },
        ],
      },
      ({ name }: Component) => name === "b",
    );
    expect(bill.components).toEqual([component("a"), component("b", [{ name: "eigenscope:bundled", value: "true" }])]);
    expect(bill.dependencies).toEqual([
      { ref: "own", dependsOn: ["a", "b"] },
      { ref: "b", dependsOn: [] },
    ]);
  });

  it("finds the packages in a text of imports, and none of Node or of this project", () => {
    const text = [
      'import { a } from "@x/y/z";',
      'import "p/q.css";',
      'import("r");',
      'from "./s"; from "node:fs"; from "#t"',
      'import type { t } from "types";',
    ].join("\n");
    expect(importedByPage([text])).toEqual(["@x/y", "p", "r"]);
  });
});

describe("the native packages of a release", () => {
  it("become optional dependencies of its own version", () => {
    const files = ["eigenscope-native-linux-x64-1.2.3.tgz", "eigenscope-native-linux-x64-musl-1.2.3.tgz"];
    expect(nativeDependencies(files, "1.2.3")).toEqual({
      "@eigenscope/native-linux-x64": "1.2.3",
      "@eigenscope/native-linux-x64-musl": "1.2.3",
    });
    expect(nativeDependencies(["eigenscope-native-darwin-arm64-1.2.3-rc.1.tgz"], "1.2.3-rc.1")).toEqual({
      "@eigenscope/native-darwin-arm64": "1.2.3-rc.1",
    });
  });

  it.each([
    [["eigenscope-native-linux-x64-1.2.4.tgz"], "is not of version 1.2.3"],
    [["eigenscope-1.2.3.tgz"], "is no package of the native engine"],
    [["eigenscope-native-win32-x64-1.2.3.tgz"], "is no package of the native engine"],
    [[], "there are no packages"],
  ])("are refused: %j", (files, message) => {
    expect(() => nativeDependencies(files, "1.2.3")).toThrow(message);
  });

  it("are not named before they are published", () => {
    expect(manifest.optionalDependencies).toBeUndefined();
    expect(existsSync(join(ROOT, "package-lock.json"))).toBe(true);
  });
});
