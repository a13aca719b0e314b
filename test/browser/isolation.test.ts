import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHROMIUM, openChromium, openPage } from "./chromium.js";

const DIST = new URL("../../dist/", import.meta.url);
const READY = existsSync(new URL("browser/index.js", DIST)) && CHROMIUM !== undefined;
if (!READY) console.warn("SKIPPED test/browser/isolation: it needs the built package (npm run build) and Chromium");

/**
 * Solves a tall, a wide, a square and a large matrix on two workers with whatever `makePool` makes; runs in Node and,
 * as text, in the page. Entries are 24-bit fractions from an integer hash, the same numbers everywhere. The large one
 * is past what one thread keeps for itself.
 */
async function solveSome(
  makePool: (options: { width: number }) => {
    solve(
      source: object,
      signal?: AbortSignal,
      options?: object,
    ): Promise<{ eigenvalues: Float64Array; precision: readonly string[] }>;
    close(): Promise<void>;
  },
): Promise<number[][]> {
  const entry = (k: number): number => {
    const z = Math.imul((k + 1) ^ (k >>> 15), 0x85ebca6b);
    return (Math.imul(z ^ (z >>> 13), 0xc2b2ae35) >> 8) / 2 ** 24;
  };
  const source = (rows: number, cols: number): object => ({
    count: 1,
    rows,
    cols,
    async *blocks() {
      const step = Math.max(1, Math.floor(2 ** 18 / cols));
      for (let at = 0; at < rows; at += step) {
        yield Float32Array.from({ length: Math.min(step, rows - at) * cols }, (_, k) => entry(at * cols + k));
      }
    },
  });
  const pool = makePool({ width: 2 });
  try {
    const spectra: number[][] = [];
    for (const [rows, cols] of [
      [700, 90],
      [60, 500],
      [120, 120],
      [1050, 1030],
    ]) {
      for (const precision of ["f64", "mixed", "f32"]) {
        const solved = await pool.solve(source(rows, cols), undefined, { precision });
        spectra.push([...solved.eigenvalues]);
      }
    }
    return spectra;
  } finally {
    await pool.close();
  }
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, DIST))],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
  });
  return outputFiles[0].text;
}

describe.skipIf(!READY)("the engine in Chromium", () => {
  let scripts: Record<string, string>;
  let server: Server;
  let inNode: number[][];

  beforeAll(async () => {
    scripts = {
      "/pool.js": await bundle("browser/worker-pool.js"),
      "/spectral-worker.js": await bundle("browser/spectral-worker.js"),
    };
    server = createServer((request, response) => {
      const path = request.url ?? "/";
      if (!path.startsWith("/open")) {
        response
          .setHeader("cross-origin-opener-policy", "same-origin")
          .setHeader("cross-origin-embedder-policy", "require-corp");
      }
      const script = scripts[path.replace(/^\/open/, "")];
      if (script !== undefined) response.setHeader("content-type", "text/javascript").end(script);
      else response.setHeader("content-type", "text/html").end("<!doctype html><title>eigenscope</title>");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    // The worker threads of the built package: their kernels have fused multiply-add on every Node, as Chromium's have.
    const { nodeWorkerPool } = await import(new URL("node/worker-pool.js", DIST).href);
    inNode = await solveSome(nodeWorkerPool);
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it.each([
    ["with cross-origin isolation (threads share memory)", "/", true],
    ["without it (one thread a matrix)", "/open/", false],
  ])("gives Node's eigenvalues to the last bit, in a page %s", async (_, path, isolated) => {
    const browser = await openChromium();
    try {
      const page = await openPage(browser);
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
      expect(await page.evaluate("[crossOriginIsolated, typeof SharedArrayBuffer]")).toEqual([
        isolated,
        isolated ? "function" : "undefined",
      ]);
      const found = (await page.evaluate(
        `import(${JSON.stringify(`${path}pool.js`)}).then((pool) => (${solveSome})(pool.browserWorkerPool))`,
      )) as number[][];
      expect(found).toEqual(inNode);
    } finally {
      await browser.close();
    }
  });
});
