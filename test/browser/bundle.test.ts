import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LayerRecord, Report } from "#eigenscope/analysis/index.js";
import { analyze } from "#eigenscope/node/index.js";
import { CHROMIUM, openChromium, openPage } from "./chromium.js";

const DIST = fileURLToPath(new URL("../../dist/browser", import.meta.url));
const EXAMPLE = fileURLToPath(new URL("../../examples/digits_b4.safetensors", import.meta.url));
const BUILT = existsSync(`${DIST}/index.js`);
if (!BUILT) console.warn("SKIPPED test/browser: the package is not built (npm run build)");
else if (CHROMIUM === undefined)
  console.warn("SKIPPED the run in a real browser: no Chromium on this machine (apt-get install chromium)");

/** Bundles one entry of the built package for a browser. Rejects where anything on its path needs Node. */
async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${DIST}/${entry}`],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
  });
  return outputFiles[0].text;
}

function sendExample(range: string | undefined, response: ServerResponse): void {
  const bytes = readFileSync(EXAMPLE);
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
  if (from === undefined) return void response.end(bytes);
  const part = bytes.subarray(Number(from), Number(to) + 1);
  response
    .writeHead(206, { "content-range": `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`, etag: '"1"' })
    .end(part);
}

describe.skipIf(!BUILT)("the library in a browser", () => {
  let scripts: Record<string, string>;
  let server: Server;

  beforeAll(async () => {
    scripts = {
      "/eigenscope.js": await bundle("index.js"),
      "/spectral-worker.js": await bundle("spectral-worker.js"),
      "/column-worker.js": await bundle("column-worker.js"),
      "/column-workers.js": await bundle("column-workers.js"),
    };
    server = createServer((request, response) => {
      const path = request.url ?? "/";
      if (path === "/") response.setHeader("content-type", "text/html").end("<!doctype html><title>eigenscope</title>");
      else if (path in scripts) response.setHeader("content-type", "text/javascript").end(scripts[path]);
      // The same bundle in a folder without the worker's file.
      else if (path === "/alone/eigenscope.js")
        response.setHeader("content-type", "text/javascript").end(scripts["/eigenscope.js"]);
      else if (path === "/turn") response.end();
      else if (path === "/moved") response.writeHead(302, { location: "/example" }).end();
      else if (path === "/example") sendExample(request.headers.range, response);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it("bundles without a Node import", () => {
    for (const text of Object.values(scripts)) {
      expect(text).not.toMatch(/from\s*"node:|require\("|import\("node:/);
      // One file holds what is loaded on request too: some 260 kB of it are re2js, for patterns of adapters, and 30 kB
      // the reference values of real networks.
      expect(text.length).toBeLessThan(2_700_000);
    }
  });

  it.skipIf(CHROMIUM === undefined)("gives the same rows in Chromium as in Node", async () => {
    const browser = await openChromium();
    try {
      const page = await openPage(browser);
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      // As text: the test runner would rewrite the import inside a function.
      const layers: LayerRecord[] = await page.evaluate(`(async () => {
        const { analyze } = await import("/eigenscope.js");
        const bytes = await (await fetch("/example")).arrayBuffer();
        return (await analyze(new File([bytes], "digits_b4.safetensors")).report()).layers;
      })()`);
      const byRanges: LayerRecord[] = await page.evaluate(`(async () => {
        const { analyze } = await import("/eigenscope.js");
        return (await analyze(new URL("/moved", location.href).href).report()).layers;
      })()`);
      expect(byRanges).toEqual(layers);
      const node = (await analyze(EXAMPLE).report()).layers;
      expect(layers.map(({ name, phase, route }) => [name, phase, route])).toEqual(
        node.map(({ name, phase, route }) => [name, phase, route]),
      );
      for (const [k, row] of layers.entries()) {
        // The host may have fused multiply-add and Node 20 has not: the last bits of sums over N products differ.
        for (const column of ["lambda_max", "norm", "alpha", "entropy", "bulk_sigma"] as const) {
          if (row[column] === null) expect(node[k][column]).toBeNull();
          else expect(Math.abs(row[column] / node[k][column]! - 1), `${row.name} ${column}`).toBeLessThan(1e-11);
        }
      }
    } finally {
      await browser.close();
    }
  });

  it.skipIf(CHROMIUM === undefined)(
    "analyses every layer in the page's thread, with one warning, where the worker's file is missing",
    async () => {
      const browser = await openChromium();
      try {
        const page = await openPage(browser);
        await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
        const reportOf = (bundle: string): Promise<Report> =>
          page.evaluate(`(async () => {
          const { analyze } = await import("${bundle}");
          const bytes = await (await fetch("/example")).arrayBuffer();
          return analyze(new File([bytes], "digits_b4.safetensors")).report();
        })()`);
        const [alone, whole] = [await reportOf("/alone/eigenscope.js"), await reportOf("/eigenscope.js")];
        expect(alone.layers).toEqual(whole.layers);
        expect([alone.summary.failed, whole.input.warnings]).toEqual([0, []]);
        expect(alone.input.warnings).toEqual([expect.stringContaining("no worker could be started")]);
      } finally {
        await browser.close();
      }
    },
  );

  it.skipIf(CHROMIUM === undefined)(
    "keeps the page alive while optional columns are computed: workers do that",
    async () => {
      const browser = await openChromium();
      try {
        const page = await openPage(browser);
        await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
        // Each answer of the server is a turn of the page's event loop. In the page's thread the work, half a minute of
        // it, would begin before the first.
        const { turns, outcome } = await page.evaluate<{ turns: number; outcome: string }>(`(async () => {
        const { browserColumnWorkers } = await import("/column-workers.js");
        const values = Float64Array.from({ length: 1000 }, (_, k) => ((k + 1) / 1001) ** -0.7).sort();
        const worker = browserColumnWorkers(1);
        const controller = new AbortController();
        let outcome = "under way";
        const work = worker.run("replicates", [values, { seed: 1, from: 0, to: 20_000 }], controller.signal).then(
          () => { outcome = "done"; },
          (cause) => { outcome = cause.message; },
        );
        let turns = 0;
        for (; turns < 100 && outcome === "under way"; turns++) await fetch("/turn");
        controller.abort(new Error("enough"));
        await work;
        await worker.close();
        return { turns, outcome };
      })()`);
        expect([turns, outcome]).toEqual([100, "enough"]);
      } finally {
        await browser.close();
      }
    },
  );

  it.skipIf(CHROMIUM === undefined)(
    "gives the same optional columns from workers as from the page's thread, which warns",
    async () => {
      const browser = await openChromium();
      try {
        const page = await openPage(browser);
        await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
        const reportOf = (bundle: string): Promise<Report> =>
          page.evaluate(`(async () => {
          const { analyze } = await import("${bundle}");
          const bytes = await (await fetch("/example")).arrayBuffer();
          const optional = { vectors: true, tails: true, bootstrap: 20, weightwatcher: true, farms: true };
          return analyze(new File([bytes], "digits_b4.safetensors"), optional).report();
        })()`);
        const [alone, whole] = [await reportOf("/alone/eigenscope.js"), await reportOf("/eigenscope.js")];
        expect(whole.input.warnings).toEqual([]);
        expect(whole.layers[0].bulk_vector_entropy).toBeGreaterThan(0);
        expect(alone.layers).toEqual(whole.layers);
        expect(alone.input.warnings).toEqual([
          expect.stringContaining("is spectral-worker.js beside the bundle?"),
          expect.stringContaining("is column-worker.js beside the bundle?"),
        ]);
      } finally {
        await browser.close();
      }
    },
  );
});
