import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { VERSION } from "#eigenscope/analysis/index.js";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

/** The source (or, under --mode dist, the built file) behind each subpath. */
const MODULES = {
  ".": () => import("#eigenscope/node/index.js"),
  "./browser": () => import("#eigenscope/browser/index.js"),
  "./formats": () => import("#eigenscope/formats/index.js"),
  "./layers": () => import("#eigenscope/layers/index.js"),
  "./spectra": () => import("#eigenscope/spectra/index.js"),
  "./rmt": () => import("#eigenscope/rmt/index.js"),
  "./tails": () => import("#eigenscope/tails/index.js"),
  "./metrics": () => import("#eigenscope/metrics/index.js"),
  "./phases": () => import("#eigenscope/phases/index.js"),
  "./analysis": () => import("#eigenscope/analysis/index.js"),
  "./rank": () => import("#eigenscope/rank/index.js"),
  "./report": () => import("#eigenscope/report/index.js"),
  "./rules": () => import("#eigenscope/rules/index.js"),
  "./advise": () => import("#eigenscope/advise/index.js"),
  "./lab": () => import("#eigenscope/lab/index.js"),
  "./lab/node": () => import("#eigenscope/node/lab/index.js"),
  "./numeric": () => import("#eigenscope/numeric/index.js"),
};

describe("the package", () => {
  it.each(Object.entries(MODULES))("keeps the public names of %s", async (_, load) => {
    expect(Object.keys(await load()).sort()).toMatchSnapshot();
  });

  it("has a subpath for each of them and no other code", () => {
    expect(
      Object.keys(manifest.exports)
        .filter((path) => !path.endsWith(".json"))
        .sort(),
    ).toEqual(Object.keys(MODULES).sort());
  });

  it("offers a bundle for browsers what it offers on Node, but for files and workers", async () => {
    const [node, browser] = await Promise.all([MODULES["."](), MODULES["./browser"]()]);
    const shared = (module: object, own: readonly string[]): string[] =>
      Object.keys(module)
        .filter((name) => !own.includes(name))
        .sort();
    expect(shared(browser, ["blobSource", "uploadedFiles", "browserWorkerPool", "openBrowserStore"])).toEqual(
      shared(node, [
        ...["fileSource", "localFiles", "nodeWorkerPool"],
        ...["RunEventReader", "readRun", "statusOfRun"],
      ]),
    );
  });

  it("knows its own version", () => {
    expect(VERSION).toBe(manifest.version);
  });

  it("pins every dependency, and has few", () => {
    const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
    for (const [name, range] of Object.entries(all)) expect(range, name).toMatch(/^\d+\.\d+\.\d+$/);
    expect(Object.keys(manifest.dependencies).length).toBeLessThanOrEqual(7);
  });

  it("ships the files that its manifest names", () => {
    for (const path of [
      "../../schema/report.schema.json",
      "../../schema/rank.schema.json",
      "../../schema/events.schema.json",
      "../../LICENSE",
      "../../NOTATION.md",
      "../../REFERENCES.md",
    ]) {
      expect(existsSync(fileURLToPath(new URL(path, import.meta.url))), path).toBe(true);
    }
  });
});
