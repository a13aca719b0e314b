// node scripts/report-size.mjs [--layers=3000] [--folder=.cache/report-size]: size and first paint of a large report
// page. 24 layers of 384 x 256 (random, with spikes, heavy-tailed, of lost rank) are analysed and repeated in turn
// under names of a transformer. It writes the page and prints its size, the time to render it, and, where Chromium is
// found, first paint and the end of loading as the browser measures them: the median of five loads. Needs a built
// package.
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { analyze, layerPicture, renderHtml } from "../dist/node/index.js";
import { createRng, normalSampler } from "../dist/numeric/index.js";

const given = (name) => process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const LAYERS = Number(given("layers") ?? 3000);
const folder = given("folder") ?? ".cache/report-size";
const [N, M, DIFFERENT, LOADS] = [384, 256, 24, 5];
const ROLES = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.up_proj"];

await mkdir(folder, { recursive: true });
const model = join(folder, "model.safetensors");
await writeFile(model, safetensors());
const results = [];
const analysis = analyze(model, {});
for await (const result of analysis) results.push(result);
const report = await analysis.report();
await rm(model);

const byId = new Map(results.map((result) => [result.record.layer_id, layerPicture(result)]));
const pictures = [];
const layers = Array.from({ length: LAYERS }, (_, k) => {
  const of = report.layers[k % report.layers.length];
  pictures.push(byId.get(of.layer_id));
  const [block, role] = [Math.floor(k / ROLES.length), ROLES[k % ROLES.length]];
  const name = `model.layers.${block}.${role}`;
  return { ...of, layer_id: k, name, longname: `${name}.weight`, block, block_name: `layers.${block}`, role: null };
});
const findings = layers.flatMap((layer, k) =>
  report.findings
    .filter((finding) => finding.layer === report.layers[k % report.layers.length].longname)
    .map((finding) => ({ ...finding, layer: layer.longname, name: layer.name })),
);
const begun = performance.now();
const page = await renderHtml({ ...report, layers, findings }, pictures);
const file = resolve(folder, "report.html");
await writeFile(file, page);
console.log(
  `${LAYERS} layers: ${(Buffer.byteLength(page) / 1e6).toFixed(2)} MB, rendered in ` +
    `${((performance.now() - begun) / 1000).toFixed(1)} s: ${file}`,
);

const executablePath = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
]
  .filter(Boolean)
  .find((path) => existsSync(path));
if (executablePath === undefined) console.log("SKIPPED: first paint, because no Chromium was found (set CHROMIUM)");
else await measureLoads(executablePath);

async function measureLoads(executablePath) {
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"], timeout: 0 });
  const loads = [];
  for (let k = 0; k < LOADS; k++) {
    const tab = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await tab.goto(pathToFileURL(file).href, { timeout: 0 });
    loads.push(
      await tab.evaluate(async () => {
        const painted = await new Promise((resolve) => {
          new PerformanceObserver((list) => {
            const entry = list.getEntriesByName("first-contentful-paint")[0];
            if (entry !== undefined) resolve(entry.startTime);
          }).observe({ type: "paint", buffered: true });
        });
        return { painted, loaded: performance.getEntriesByType("navigation")[0].loadEventEnd };
      }),
    );
    await tab.close();
  }
  await browser.close();
  const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const text = (name) => `${Math.round(median(loads.map((load) => load[name])))} ms`;
  console.log(`first paint ${text("painted")}, loaded ${text("loaded")} (medians of ${LOADS} loads)`);
}

/** The file of the layers that differ. */
function safetensors() {
  const normal = normalSampler(createRng(1));
  const tensors = Array.from({ length: DIFFERENT }, (_, k) => {
    const values = Float32Array.from({ length: N * M }, normal);
    if (k % 4 === 1) addSpikes(values, normal, k);
    // Entries with a heavy tail, and columns that are zero.
    if (k % 4 === 2)
      for (let i = 0; i < values.length; i++) values[i] = Math.sign(values[i]) * Math.abs(values[i]) ** 4;
    if (k % 12 === 3) for (let i = 0; i < values.length; i++) if (i % M > M / 2) values[i] = 0;
    return [`layers.${k}.weight`, values];
  });
  const entries = tensors.map(([name, { byteLength }], k) => [
    name,
    { dtype: "F32", shape: [N, M], data_offsets: [k * byteLength, (k + 1) * byteLength] },
  ]);
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, ...tensors.map(([, { buffer }]) => Buffer.from(buffer))]);
}

/** k directions of rank one, each stronger than the random bulk. */
function addSpikes(values, normal, k) {
  for (let spike = 0; spike < k; spike++) {
    const [left, right] = [N, M].map((side) => Float32Array.from({ length: side }, normal));
    for (let i = 0; i < values.length; i++) values[i] += 0.15 * left[Math.floor(i / M)] * right[i % M];
  }
}
