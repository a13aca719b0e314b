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
  "spectra",
  "rmt",
  "tails",
  "metrics",
  "phases",
  "analysis",
  "rank",
  "report",
  "lab",
  "cluster",
  "node",
  "browser",
  "cli",
  "app",
];
/** The adapters: only these may name Node, and the browser's adapter must not. */
const NODE_ROOMS = new Set(["node", "cli"]);

interface Edge {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter(
  (name) => name.endsWith(".ts") && !name.includes("generated"),
);

function importsOf(file: string): string[] {
  const text = readFileSync(join(SOURCES, file), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]);
}

const edges: Edge[] = files.flatMap((file) =>
  importsOf(file)
    .filter((target) => target.startsWith("."))
    .map((target) => ({
      from: file,
      to: relative(SOURCES, join(SOURCES, dirname(file), target)).replace(/\.js$/, ".ts"),
    })),
);

const roomOf = (file: string): string => file.split(sep)[0];

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
