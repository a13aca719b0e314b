import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LayerDetail, layerDetail, type Outcome } from "#eigenscope/analysis/index.js";
import { type BrowserStore, type BrowserStoreOptions, openBrowserStore } from "#eigenscope/browser/spectra-store.js";
import { analyze } from "#eigenscope/node/index.js";
import { ramFiles } from "../ram-files.js";
import { CHROMIUM, openChromium, openPage } from "./chromium.js";

const STORE = fileURLToPath(new URL("../../dist/browser/spectra-store.js", import.meta.url));
const READY = existsSync(STORE) && CHROMIUM !== undefined;
if (!READY) console.warn("SKIPPED the store in a real browser: it needs the built package and Chromium");

type Open = (options?: BrowserStoreOptions) => Promise<BrowserStore>;

interface Given {
  readonly name: string;
  readonly outcome: Outcome;
  readonly detail: LayerDetail;
}

/** What a store does: runs here on memory and, as text, in a page on IndexedDB. */
async function exercise(open: Open, { name, outcome, detail }: Given) {
  const failed = (key: string): Outcome => ({ key, kind: "failed", reason: `of ${key}` });
  const values = (key: string, count: number): Outcome => ({
    ...{ key, kind: "values" },
    values: { list: new Float64Array(count).fill(0.1), odd: [Number.NaN, Number.NEGATIVE_INFINITY] },
  });
  const keysOf = async (store: BrowserStore): Promise<string[]> => {
    const keys: string[] = [];
    for await (const { key } of store.spectra.scan()) keys.push(key);
    return keys;
  };
  const result = (label: string) =>
    ({
      report: { input: { label }, layers: [1, 2], summary: { verdict: "worth-a-look" } },
      events: [{ seq: 1 }, { seq: 2, layer: "größe" }],
      details: (async function* () {
        yield [7, { ...detail, name: "größer" }];
        yield [4, detail];
      })(),
    }) as never;

  const large = await open({ name });
  await large.clear();
  await large.spectra.put(outcome);
  await large.spectra.put(failed("a"));
  await large.spectra.put(values("a", 3));
  await large.spectra.put(failed("a"));
  await large.spectra.put(failed("b"));
  const kept = {
    outcome: await large.spectra.get(outcome.key),
    a: await large.spectra.get("a"),
    b: await large.spectra.get("b"),
    absent: await large.spectra.get("c"),
    keys: (await keysOf(large)).sort(),
  };
  await large.results.put("m", result("one"));
  await large.results.put("m2", result("two"));
  await large.results.get("m");
  const results = {
    list: await large.results.list(),
    again: await large.results.get("m"),
    detail: await large.results.detail("m", 4),
    otherDetail: (await large.results.detail("m", 7))?.name,
    noDetail: await large.results.detail("m", 5),
    none: await large.results.get("absent"),
  };
  await large.results.remove("m");
  const removed = {
    list: (await large.results.list()).map(({ id }) => id),
    detail: await large.results.detail("m", 4),
    others: (await large.results.detail("m2", 4))?.name,
  };
  large.close();
  await (await open({ name })).clear();

  // Room for three of these.
  const probe = await open({ name: `${name}-probe` });
  await probe.clear();
  await probe.spectra.put(values("k1", 100));
  const size = await probe.bytes();
  const cleared = await probe.clear().then(() => probe.bytes());
  probe.close();
  const small = await open({ name: `${name}-small`, maxSpectraBytes: 3 * size, maxResultBytes: 10 });
  await small.clear();
  for (const key of ["k1", "k2", "k3"]) await small.spectra.put(values(key, 100));
  const full = (await keysOf(small)).sort();
  await small.spectra.get("k2");
  await small.spectra.get("k3");
  await small.spectra.get("k1");
  await small.spectra.put(values("k4", 100));
  const afterOne = (await keysOf(small)).sort();
  await small.spectra.put(values("k4", 100));
  const replaced = await small.bytes();
  await small.spectra.put(values("k5", 1000));
  const tooLarge = (await keysOf(small)).sort();
  await small.results.put("m", result("one"));
  const noRoom = await small.results.list();
  small.close();
  return {
    ...{ kept, results, removed, warning: large.warning },
    bounded: { full, afterOne, tooLarge, noRoom, replaced: replaced / size, cleared },
  };
}

async function given(name: string): Promise<Given> {
  let seed = 1;
  const values = Float32Array.from({ length: 900 }, () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647 - 0.5;
  });
  const [result] = await analyze(ramFiles({ "w.npy": { values, shape: [30, 30] } })).results();
  const detail = layerDetail(result) as LayerDetail;
  return { name, detail, outcome: { key: "spectrum", kind: "values", values: detail.eigenvalues } };
}

/** What both kinds of store must have done. */
function check(done: Awaited<ReturnType<typeof exercise>>, { outcome, detail }: Given): void {
  const { kept, results, removed, bounded } = done;
  expect(kept.outcome).toEqual(outcome);
  // A failure does not take the place of values, which take the place of one.
  expect(kept.a).toEqual({
    ...{ key: "a", kind: "values" },
    values: { list: new Float64Array(3).fill(0.1), odd: [Number.NaN, Number.NEGATIVE_INFINITY] },
  });
  expect(kept.b).toEqual({ key: "b", kind: "failed", reason: "of b" });
  expect([kept.absent, kept.keys]).toEqual([undefined, ["a", "b", "spectrum"]]);
  expect(results.list.map(({ id, label, layers, verdict }) => [id, label, layers, verdict])).toEqual([
    ["m", "one", 2, "worth-a-look"],
    ["m2", "two", 2, "worth-a-look"],
  ]);
  expect(results.again).toEqual({
    report: { input: { label: "one" }, layers: [1, 2], summary: { verdict: "worth-a-look" } },
    events: [{ seq: 1 }, { seq: 2, layer: "größe" }],
  });
  expect([results.detail, results.noDetail, results.none]).toEqual([detail, undefined, undefined]);
  expect(results.otherDetail).toBe("größer");
  // "m" is the beginning of "m2", which stays.
  expect(removed).toEqual({ list: ["m2"], detail: undefined, others: detail.name });
  expect(bounded.full).toEqual(["k1", "k2", "k3"]);
  // k2 was not used for the longest time.
  expect(bounded.afterOne).toEqual(["k1", "k3", "k4"]);
  expect(bounded.tooLarge).toEqual(bounded.afterOne);
  expect([bounded.noRoom, bounded.replaced, bounded.cleared]).toEqual([[], 3, 0]);
}

describe("what a page keeps, without IndexedDB", () => {
  it("works in memory, within its bounds, and says that it is gone when the page is closed", async () => {
    const input = await given("here");
    const shared = new Map<string, Promise<BrowserStore>>();
    // A store in memory is one page's: opened again, it is empty, so that this opens each once.
    const open: Open = (options = {}) => {
      const store = shared.get(options.name ?? "") ?? openBrowserStore(options);
      shared.set(options.name ?? "", store);
      return store;
    };
    const done = await exercise(open, input);
    check(done, input);
    expect(done.warning).toBe(
      "results are kept only until this page is closed: this browser offers no storage (IndexedDB) to the page",
    );
  });
});

/** A page with `openStore`: vitest changes the imports of functions that are sent into a page. */
const PAGE =
  '<!doctype html><title>store</title><script type="module">import { openBrowserStore } from "/store.js"; ' +
  "globalThis.openStore = openBrowserStore;</script>";
declare const openStore: Open;

describe.skipIf(!READY)("what a page keeps, in Chromium", () => {
  let server: Server;
  let browser: Browser;
  let address: string;

  beforeAll(async () => {
    const { outputFiles } = await build({
      ...{ entryPoints: [STORE], bundle: true, write: false, format: "esm", platform: "browser", logLevel: "silent" },
    });
    const script = outputFiles?.[0].text ?? "";
    server = createServer((request, response) =>
      request.url === "/store.js"
        ? response.setHeader("content-type", "text/javascript").end(script)
        : response.setHeader("content-type", "text/html").end(PAGE),
    );
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    browser = await openChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await new Promise((closed) => server.close(closed));
  });

  async function opened(): Promise<Page> {
    const page = await openPage(browser);
    await page.goto(address);
    return page;
  }

  it("works in IndexedDB, within its bounds", async () => {
    const page = await opened();
    const input = await given("there");
    const done = await page.evaluate(
      async ([text, data]) => {
        return new Function(`return ${text}`)()(openStore, data);
      },
      [exercise.toString(), input] as const,
    );
    check(done, input);
    expect(done.warning).toBeNull();
    await page.close();
  });

  it("is there when the page is loaded again, and in another tab at once", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(address);
    const { outcome } = await given("");
    await page.evaluate(async (kept) => {
      await (await openStore({ name: "again" })).spectra.put(kept);
    }, outcome);
    await page.reload();
    const read = async (key: string) => {
      return (await openStore({ name: "again" })).spectra.get(key);
    };
    expect(await page.evaluate(read, outcome.key)).toEqual(outcome);
    const other = await context.newPage();
    await other.goto(address);
    expect(await other.evaluate(read, outcome.key)).toEqual(outcome);
    await context.close();
  });

  it("works in memory with a warning where IndexedDB is absent, refuses, or holds a later version", async () => {
    const page = await opened();
    const warnings = await page.evaluate(async () => {
      const tried = async (name: string) => {
        const store = await openStore({ name });
        await store.spectra.put({ key: "k", kind: "failed", reason: "r" });
        return [store.warning, ((await store.spectra.get("k")) as { reason?: string } | undefined)?.reason];
      };
      await new Promise((done) => {
        const request = indexedDB.open("later", 99);
        request.onsuccess = () => {
          request.result.close();
          done(undefined);
        };
      });
      const found = [await tried("later")];
      const real = indexedDB.open;
      IDBFactory.prototype.open = () => {
        throw new DOMException("no storage in a private window", "SecurityError");
      };
      found.push(await tried("refused"));
      IDBFactory.prototype.open = real;
      Object.defineProperty(globalThis, "indexedDB", { value: undefined });
      found.push(await tried("absent"));
      return found;
    });
    expect(warnings.map(([, reason]) => reason)).toEqual(["r", "r", "r"]);
    expect(warnings[0][0]).toContain("the browser's storage refused (");
    expect(warnings[1][0]).toContain("refused (no storage in a private window)");
    expect(warnings[2][0]).toContain("offers no storage (IndexedDB)");
    await page.close();
  });

  it("does not stop an analysis when the database is closed or full: a spectrum is not kept then", async () => {
    const page = await opened();
    const found = await page.evaluate(async () => {
      const store = await openStore({ name: "closed" });
      await store.spectra.put({ key: "k", kind: "failed", reason: "r" });
      const before = await store.spectra.get("k");
      const real = IDBObjectStore.prototype.put;
      IDBObjectStore.prototype.put = () => {
        throw new DOMException("full", "QuotaExceededError");
      };
      await store.spectra.put({ key: "full", kind: "failed", reason: "r" });
      IDBObjectStore.prototype.put = real;
      const full = await store.spectra.get("full");
      store.close();
      await store.spectra.put({ key: "late", kind: "failed", reason: "r" });
      const result = store.results.list().then(
        () => "listed",
        () => "rejected",
      );
      return [(before as { reason?: string } | undefined)?.reason, full, await store.spectra.get("k"), await result];
    });
    expect(found).toEqual(["r", undefined, undefined, "rejected"]);
    await page.close();
  });
});
