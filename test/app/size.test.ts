import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";

const APP = fileURLToPath(new URL("../../dist/app/", import.meta.url));
const ASSETS = join(APP, "assets");
const READY = existsSync(join(APP, "index.html"));
if (!READY) console.warn("SKIPPED test/app/size.test.ts: it needs the built application (npm run build)");

/** What must be there before anything can be pressed. */
const MAX_SHELL_BYTES = 60_000;
/** All views together, without the engine. */
const MAX_VIEWS_BYTES = 350_000;

/** The engine: what reads weights and solves spectra, in the page and in its workers. */
const ENGINE = /^(?:browser|spectral-worker|column-worker)-/;

interface Chunk {
  readonly bytes: number;
  readonly now: readonly string[];
  readonly later: readonly string[];
}

function chunks(): ReadonlyMap<string, Chunk> {
  return new Map(
    readdirSync(ASSETS).map((name) => {
      const content = readFileSync(join(ASSETS, name));
      const names = (pattern: RegExp): string[] => [...content.toString().matchAll(pattern)].map(([, found]) => found);
      return [
        name,
        {
          bytes: gzipSync(content, { level: 9 }).length,
          now: names(/(?:\bfrom|\bimport)\s*["'`]\.\/([^"'`]+)["'`]/g),
          later: names(/\bimport\(\s*["'`]\.\/([^"'`]+)["'`]/g),
        },
      ];
    }),
  );
}

/** The chunks that are reached from one of them. */
function reached(
  all: ReadonlyMap<string, Chunk>,
  from: string,
  next: (chunk: Chunk) => readonly string[],
): Set<string> {
  const found = new Set<string>();
  const waiting = [from];
  for (const name of waiting) {
    const chunk = all.get(name);
    if (chunk === undefined) throw new Error(`${name} is imported, but not in dist/app/assets`);
    if (found.has(name)) continue;
    found.add(name);
    waiting.push(...next(chunk));
  }
  return found;
}

describe.skipIf(!READY)("the size of the application", () => {
  const html = READY ? readFileSync(join(APP, "index.html"), "utf8") : "";
  const entry = /<script[^>]*src="\.\/assets\/([^"]+)"/.exec(html)?.[1] ?? "";
  const all = READY ? chunks() : new Map<string, Chunk>();
  const bytesOf = (names: Iterable<string>): number =>
    [...names].reduce((sum, name) => sum + (all.get(name)?.bytes ?? 0), 0);

  it("of the shell, the script of the page and what it imports at once, is under 60 kB of gzip", () => {
    const shell = reached(all, entry, ({ now }) => now);
    expect(shell.size).toBeGreaterThan(1);
    expect(bytesOf(shell)).toBeLessThan(MAX_SHELL_BYTES);
  });

  it("of all that is not the engine is under 350 kB of gzip", () => {
    const views = reached(all, entry, ({ now, later }) => [...now, ...later].filter((name) => !ENGINE.test(name)));
    // Each view is a chunk of its own.
    for (const view of ["model", "layer", "compare", "rank", "watch"])
      expect([...views].some((name) => name.startsWith(`${view}-`))).toBe(true);
    expect(bytesOf(views)).toBeLessThan(MAX_VIEWS_BYTES);
  });

  it("holds the engine apart: the shell does not import it at once", () => {
    expect([...reached(all, entry, ({ now }) => now)].filter((name) => ENGINE.test(name))).toEqual([]);
    expect([...all.keys()].filter((name) => ENGINE.test(name)).length).toBeGreaterThanOrEqual(3);
  });
});
