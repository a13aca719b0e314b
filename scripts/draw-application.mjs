// Pictures of every view of the application: node scripts/draw-application.mjs [folder] [name ...]
//
// Writes PNG files, 1280 wide or as a phone, into the folder (default docs/pictures), of the example and of networks
// that are made here from seeded ensembles (application-models.mjs); with names, only those. Prints what the page says
// of the network with faults. Fails if a page scrolls sideways, complains, or a picture is over 200 kB. Needs npm run
// build and a Chromium.
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { analyze, renderJson } from "../dist/node/index.js";
import { FAULTS, network } from "./application-models.mjs";
import { choose, openWindow, whenDone, withApplication } from "./application-page.mjs";
import { indexedPng } from "./indexed-png.mjs";

const EXAMPLE = fileURLToPath(new URL("../examples/digits_b4.safetensors", import.meta.url));
/** A picture in a repository is read by everybody who clones it. */
const MAX_BYTES = 200_000;
/** Taller pages are cut. */
const MAX_HEIGHT = 2000;

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const DARK = { colorScheme: "dark" };

const [out = "docs/pictures", ...only] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const complaints = [];

await withApplication("draw-application", async ({ browser, address, folder }) => {
  const made = new Map();
  /** A file that is made when it is first needed. */
  const file = async (name, make) => {
    if (!made.has(name)) {
      const path = join(folder, name);
      writeFileSync(path, await make());
      made.set(name, path);
    }
    return made.get(name);
  };
  const faults = () => file("network-with-faults.safetensors", () => network(24, { N: 256, M: 192, kinds: FAULTS }));
  const sound = () => file("network.safetensors", () => network(24, { N: 256, M: 192 }));
  const broken = () =>
    file("network-with-nan.safetensors", () => network(12, { kinds: { 4: "broken", 7: "collapsed" } }));
  const many = () => file("network-of-300.safetensors", () => network(300, { N: 64, M: 48, kinds: FAULTS }));
  const checkpoint = (part) =>
    file(`step-${part * 1000}.safetensors`, () =>
      network(12, { N: 96, M: 64, trained: part, kinds: part === 1 ? { 5: "overTrained" } : {} }),
    );

  const model = async (page, path) => {
    await choose(page, await path);
    await whenDone(page);
  };
  const layer = async (page, axes = "log") => {
    await model(page, faults());
    await page.click(".attention a >> nth=0");
    await page.waitForSelector(".chart-box svg.chart");
    if (axes !== "log") await page.click(`.switch button:has-text("${axes}")`);
  };
  const compare = async (page) => {
    await choose(page, [await sound(), await faults()]);
    await page.waitForSelector("#layers");
    await page.waitForSelector(".attention svg");
  };
  const rank = async (page) => {
    const parts = [0, 0.2, 0.4, 0.7, 1];
    const paths = [];
    for (const part of parts) paths.push(await checkpoint(part));
    await choose(page, paths);
    await page.waitForFunction(
      (n) =>
        document.querySelectorAll("#models").length > 0 &&
        document.querySelectorAll(".table tbody tr:not(.group)").length === n,
      parts.length,
    );
    const rows = parts.map((part) => `step-${part * 1000}.safetensors,${(0.1 + 0.85 * part ** 0.5).toFixed(2)}`);
    const scores = await file("scores.csv", () => `name,score\n${rows.join("\n")}\n`);
    await page.setInputFiles("input[accept*=csv]", scores);
    await page.waitForSelector("#scatter");
  };
  const watch = async (page) => {
    await choose(page, await training(folder), "folder");
    await page.waitForSelector("#readings");
  };

  const views = [
    ["app-start", {}, async () => {}],
    ["app-model", {}, (page) => model(page, faults()), printWords],
    ["app-model-dark", DARK, (page) => model(page, faults())],
    ["app-model-phone", PHONE, (page) => model(page, faults())],
    ["app-model-3-layers", {}, (page) => model(page, EXAMPLE)],
    ["app-model-300-layers", {}, (page) => model(page, many())],
    ["app-model-failures", {}, (page) => model(page, broken())],
    ["app-layer", {}, layer],
    ["app-layer-dark", DARK, (page) => layer(page, "CCDF")],
    ["app-layer-phone", PHONE, layer],
    ["app-compare", {}, compare],
    ["app-compare-phone", PHONE, compare],
    ["app-rank", {}, rank],
    ["app-rank-dark", DARK, rank],
    ["app-watch", {}, watch],
    ["app-watch-dark", DARK, watch],
    ["app-watch-phone", PHONE, watch],
    [
      "app-refused",
      {},
      async (page) => {
        await choose(
          page,
          await file("damaged.safetensors", () => Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 127)),
        );
        await page.waitForSelector(".message.bad");
      },
    ],
  ];
  for (const [name, options, open, also] of views) {
    if (only.length > 0 && !only.includes(name)) continue;
    const page = await openWindow(browser, address, options);
    page.on(
      "console",
      (message) =>
        message.type() === "error" && !/404/.test(message.text()) && complaints.push(`${name}: ${message.text()}`),
    );
    page.on("pageerror", ({ message }) => complaints.push(`${name}: ${message}`));
    await open(page);
    await also?.(page);
    await draw(page, name);
    await page.context().close();
  }
});

/** Takes the picture, as tall as its bytes allow. */
async function draw(page, name) {
  await page.mouse.move(0, 0);
  await page.evaluate(() => document.activeElement?.blur());
  const { width, height, wide } = await page.evaluate(() => {
    const { scrollWidth, clientWidth, scrollHeight } = document.documentElement;
    return { width: clientWidth, height: scrollHeight, wide: scrollWidth - clientWidth };
  });
  if (wide > 0) complaints.push(`${name}: the page is ${wide} pixels wider than its window`);
  await page.setViewportSize({ width, height: Math.min(height, MAX_HEIGHT) });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.evaluate(() => document.querySelector(".toast")?.remove());
  const path = join(out, `${name}.png`);
  const shot = await page.screenshot();
  // The browser decodes what it drew: a PNG reader of our own would be for this alone.
  const raw = await page.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    let text = "";
    for (let i = 0; i < data.length; i += 0x8000) text += String.fromCharCode(...data.subarray(i, i + 0x8000));
    return { pixels: btoa(text), width: image.width, height: image.height };
  }, shot.toString("base64"));
  writeFileSync(path, indexedPng(Buffer.from(raw.pixels, "base64"), raw.width, raw.height));
  const { size } = statSync(path);
  if (size > MAX_BYTES) complaints.push(`${name}: ${size} bytes, more than ${MAX_BYTES}`);
  console.log(`${path}: ${width} x ${Math.min(height, MAX_HEIGHT)}, ${(size / 1000).toFixed(0)} kB`);
}

/** What a stranger reads first. */
async function printWords(page) {
  for (const part of await page.locator(".headline, .attention li, .phases").all())
    console.log((await part.evaluate((node) => node.outerText)).replace(/\s+/g, " "));
}

/** The folder of a training as the lab keeps it: 14 readings of 12 layers, of which one loses its rank. */
async function training(folder) {
  const path = join(folder, "training");
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "run.json"), "{}");
  const lines = [];
  for (let epoch = 0; epoch < 14; epoch++) {
    const kinds = epoch > 9 ? { 4: "collapsed" } : {};
    const trained = Math.min(1, epoch / 10);
    const file = join(folder, "reading.safetensors");
    writeFileSync(file, network(12, { N: 64, M: 48, trained, kinds }));
    const { layers } = JSON.parse(renderJson(await analyze(file, { engine: "wasm" }).report()));
    const score = (most) => ({ loss: 2.3 - 2 * trained, accuracy: 0.1 + (most - 0.1) * trained ** 0.5 });
    const place = { epoch, steps: 200 * epoch, rate: 0.1, running: null };
    lines.push(JSON.stringify({ ...place, train: score(0.99), test: score(0.95), layers }));
  }
  writeFileSync(join(path, "epochs.jsonl"), `${lines.join("\n")}\n`);
  return path;
}

for (const complaint of complaints) console.error(`draw-application: ${complaint}`);
process.exitCode = complaints.length > 0 ? 1 : 0;
