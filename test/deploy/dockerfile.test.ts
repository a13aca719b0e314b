import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { objection } from "../site/command-tree.js";
import { DEPLOY, recipe, SERVICES } from "./recipes.js";

const require = createRequire(import.meta.url);
const manifest = JSON.parse(readFileSync(join(DEPLOY, "../package.json"), "utf8"));

/** The package dockerfile-utils, which .ci/run installs. */
function linter(): { validate(text: string): readonly { readonly message: string }[] } | undefined {
  try {
    return require("dockerfile-utils");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw cause;
    console.warn("SKIPPED: the linter of Dockerfiles, because the package dockerfile-utils is not installed");
    return undefined;
  }
}
const LINTER = linter();

/** The instructions of a Dockerfile in their order, continued lines joined, without comments. */
function instructionsOf(text: string): { readonly name: string; readonly rest: string }[] {
  return text
    .replace(/^#.*\n/gm, "")
    .replace(/\\\n/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
      if (name === undefined) throw new Error(`no instruction: ${line}`);
      return { name, rest: rest.replace(/\s+/g, " ") };
    });
}

describe("deploy/Dockerfile", () => {
  const instructions = instructionsOf(recipe("Dockerfile"));
  const the = (wanted: string): string => {
    const found = instructions.filter(({ name }) => name === wanted);
    expect(found).toHaveLength(1);
    return found[0].rest;
  };

  it("starts from a pinned version of Node that the package supports, without tools that nobody needs", () => {
    const [, major] = /^node:(\d+)-bookworm-slim$/.exec(the("FROM")) ?? [];
    expect(Number(major)).toBeGreaterThanOrEqual(Number(/\d+/.exec(manifest.engines.node)?.[0]));
    expect(instructions[0].name).toBe("FROM");
  });

  it("becomes a user who is not root after all that only root may do, and before the command", () => {
    expect(the("USER")).toBe("1000:1000");
    expect(instructions.map(({ name }) => name)).toEqual([
      ...["FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "HEALTHCHECK", "ENTRYPOINT", "CMD"],
    ]);
  });

  it("copies the archive that npm pack makes, and nothing else that is in the folder", () => {
    const [source, target] = the("COPY").split(" ");
    expect([source, target]).toEqual(["eigenscope-*.tgz", "./"]);
    // npm names the archive by name and version.
    expect(`${manifest.name}-${manifest.version}.tgz`).toMatch(/^eigenscope-[^/]*\.tgz$/);
    expect(recipe(".dockerignore")).toBe(`*\n!${source}\n`);
    expect(recipe("Dockerfile")).toContain(`--tag ${SERVICES.worker.image} `);
    expect(SERVICES.worker.image).toBe(`eigenscope:${manifest.version}`);
  });

  it("installs the versions of the peers that the tests use, and runs no script of a package", () => {
    const run = the("RUN");
    const packages = [...run.matchAll(/ ([a-z\d-]+)@(\S+)/g)].map(([, name, version]) => [name, version]);
    expect(Object.fromEntries(packages)).toEqual(
      Object.fromEntries(Object.keys(manifest.peerDependencies).map((name) => [name, manifest.devDependencies[name]])),
    );
    expect(run).toContain("npm install --omit=dev --ignore-scripts ");
    expect(run).toContain(" ./eigenscope-*.tgz ");
  });

  it("has the package's own command as its entry, in the form that needs no shell", async () => {
    const entry = JSON.parse(the("ENTRYPOINT"));
    expect(entry).toEqual([Object.keys(manifest.bin)[0]]);
    expect(the("ENV")).toContain("PATH=/opt/eigenscope/node_modules/.bin:$PATH ");
    expect(the("WORKDIR")).toBe("/opt/eigenscope");
    expect(await objection(JSON.parse(the("CMD")), { isMention: false })).toBeNull();
  });

  it.runIf(LINTER !== undefined)("has nothing that the linter objects to", () => {
    expect(LINTER?.validate(recipe("Dockerfile"))).toEqual([]);
    expect(LINTER?.validate("FROM node:22\nRUNS x\n")).toMatchObject([{ message: "Unknown instruction: RUNS" }]);
  });
});
