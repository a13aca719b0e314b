import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const SOURCES = fileURLToPath(new URL("../../src", import.meta.url));

/**
 * The rooms from the top of the house to the ground; a room imports only rooms before it, and numeric/, which imports
 * nothing.
 */
const ROOMS = [
  "bytes",
  "formats",
  "remote",
  "layers",
  "rules",
  "spectra",
  "rmt",
  "tails",
  "metrics",
  "phases",
  "analysis",
  "rank",
  "report",
  "advise",
  "lab",
  "cluster",
  "node",
  "browser",
  "cli",
  "app",
];
/** The adapters: only these may name Node, and the browser's adapter must not. */
const NODE_ROOMS = new Set(["node", "cli"]);

/**
 * What other rooms may import of these rooms: files that list names, each for one purpose, so that a command loads no
 * more than it needs. `node/launch/launch.ts` is no list: it starts the bundle and must be the first file that is read.
 */
const FRONTS: Readonly<Record<string, readonly string[]>> = {
  report: [
    "report/index.ts",
    "report/text-parts.ts",
    "report/page-parts.ts",
    "report/gate/index.ts",
    "report/watch/index.ts",
  ],
  node: [
    "node/index.ts",
    "node/models.ts",
    "node/command.ts",
    "node/files.ts",
    "node/machine.ts",
    "node/resources.ts",
    "node/run/index.ts",
    "node/fleet/index.ts",
    "node/serve/index.ts",
    "node/mcp/index.ts",
    "node/watch/index.ts",
    "node/lab/index.ts",
    "node/launch/launch.ts",
  ],
};
/** The lists whose names are not public: each name is there because another room imports it. */
const PRIVATE_LISTS = Object.values(FRONTS)
  .flat()
  .filter((file) => !["report/index.ts", "node/index.ts", "node/lab/index.ts", "node/launch/launch.ts"].includes(file));

interface Edge {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter(
  (name) => /\.tsx?$/.test(name) && !name.includes("generated"),
);

/** The source of a module that an import names. */
const sourceOf = (module: string): string => {
  const source = module.replace(/\.js$/, ".ts");
  return files.includes(`${source}x`) ? `${source}x` : source;
};

function importsOf(file: string): string[] {
  const text = readFileSync(join(SOURCES, file), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]);
}

/** A file's text without its comments. */
const code = (file: string): string =>
  readFileSync(join(SOURCES, file), "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");

const edges: Edge[] = files.flatMap((file) =>
  importsOf(file)
    .filter((target) => target.startsWith("."))
    .map((target) => ({
      from: file,
      to: sourceOf(relative(SOURCES, join(SOURCES, dirname(file), target))),
    })),
);

const roomOf = (file: string): string => file.split(sep)[0];

/** The imports that reach past a front of another room. */
const past = (all: readonly Edge[]): Edge[] =>
  all.filter(({ from, to }) => {
    const fronts = FRONTS[roomOf(to)];
    return fronts !== undefined && roomOf(from) !== roomOf(to) && !fronts.includes(to);
  });

describe("the house", () => {
  it("has only rooms that are on the plan", () => {
    expect([...new Set(files.map(roomOf))].filter((room) => room !== "numeric" && !ROOMS.includes(room))).toEqual([]);
  });

  it("lets a room import only rooms above it, and numeric", () => {
    const upward = edges.filter(({ from, to }) => {
      const [a, b] = [roomOf(from), roomOf(to)];
      if (a === b || b === "numeric") return false;
      return a === "numeric" || ROOMS.indexOf(b) > ROOMS.indexOf(a) || (a === "browser" && b === "node");
    });
    expect(upward).toEqual([]);
  });

  it("keeps Node out of everything but the Node adapter and the command line", () => {
    const guilty = files.filter(
      (file) => !NODE_ROOMS.has(roomOf(file)) && importsOf(file).some((target) => target.startsWith("node:")),
    );
    expect(guilty).toEqual([]);
  });

  it("lets other rooms reach report and node only through their fronts, which ARCHITECTURE.md lists", () => {
    expect(past(edges)).toEqual([]);
  });

  it.each([
    ["cli/a.ts", "report/text-layout.ts", true],
    ["cli/a.ts", "report/text-parts.ts", false],
    ["lab/report/a.ts", "report/page/markup.ts", true],
    ["report/page/a.ts", "report/page/markup.ts", false],
    ["cli/a.ts", "node/run/read-run.ts", true],
    ["cli/a.ts", "node/run/index.ts", false],
    ["node/a.ts", "analysis/options.ts", false],
  ])("may %s import %s? It reaches past a front: %s", (from, to, reachesPast) => {
    expect(past([{ from, to }])).toHaveLength(reachesPast ? 1 : 0);
  });

  it.each(PRIVATE_LISTS)("has only lists of names as fronts, and uses every name: %s", (front) => {
    const text = readFileSync(join(SOURCES, front), "utf8").replace(/\/\*\*[\s\S]*?\*\//g, "");
    const lists = [...text.matchAll(/export (?:type )?\{([^}]*)\} from "[^"]+";/g)];
    expect(lists.reduce((rest, [list]) => rest.replace(list, ""), text).trim()).toBe("");
    const users = edges
      .filter(({ from, to }) => to === front && roomOf(from) !== roomOf(front))
      .map(({ from }) => readFileSync(join(SOURCES, from), "utf8"));
    const names = lists.flatMap(([, list]) => list.split(",").map((name) => name.trim().replace(/^type /, "")));
    expect(names.filter((name) => name !== "" && !users.some((user) => user.includes(name)))).toEqual([]);
    expect(names.length).toBeGreaterThan(1);
  });

  it("starts workers in one file per platform, but that bundlers of pages must see the address", () => {
    const starting = files.filter((file) => /\bnew Worker\(/.test(code(file)));
    expect(starting.sort()).toEqual([
      "browser/column-workers.ts",
      "browser/worker-pool.ts",
      "node/address-space.ts",
      "node/worker-thread.ts",
    ]);
    for (const file of starting.filter((name) => name.startsWith("browser/")))
      expect(code(file)).toContain('from "./web-worker.js"');
  });

  it("has no import cycle between files", () => {
    const next = new Map<string, string[]>();
    for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to]);
    const state = new Map<string, "open" | "done">();
    const cycles: string[] = [];
    const visit = (file: string, path: string[]): void => {
      if (state.get(file) === "done") return;
      if (state.get(file) === "open") {
        cycles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
        return;
      }
      state.set(file, "open");
      for (const to of next.get(file) ?? []) visit(to, [...path, file]);
      state.set(file, "done");
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });
});
