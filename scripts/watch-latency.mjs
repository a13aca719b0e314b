// How long it takes from a checkpoint's last byte to its reading on the live page of `eigenscope watch --serve`:
//   node scripts/watch-latency.mjs [readings, default 10]
// Needs the built package and Chromium. Prints the seconds of each reading, and the median and the largest.
import { spawn } from "node:child_process";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { safetensorsBytes } from "../dist/formats/safetensors/writer.js";
import { createRng, normalSampler } from "../dist/numeric/index.js";

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const LAYERS = 12;
const SIZE = [256, 128];
const count = Number(process.argv[2] ?? 10);
const folder = mkdtempSync(join(tmpdir(), "eigenscope-latency-"));

/** A third of the layers changes at each step. */
function save(step) {
  const tensors = Array.from({ length: LAYERS }, (_, k) => ({
    name: `layers.${k}.weight`,
    shape: SIZE,
    values: Float32Array.from(
      { length: SIZE[0] * SIZE[1] },
      normalSampler(createRng(k % 3 === 0 ? 1000 * step + k : k)),
    ),
  }));
  const path = join(folder, `step-${step}.safetensors`);
  writeFileSync(`${path}.tmp`, safetensorsBytes(tensors));
  renameSync(`${path}.tmp`, path);
  return performance.now();
}

const watch = spawn(process.execPath, [MAIN, "watch", folder, "--serve", "--port", "0", "--json"]);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
try {
  const address = await new Promise((resolve, reject) => {
    let text = "";
    watch.once("exit", (code) => reject(new Error(`eigenscope watch ended with ${code}: ${text}`)));
    watch.stderr.setEncoding("utf8").on("data", (part) => {
      text += part;
      const found = /live at (\S+)/.exec(text);
      if (found !== null) resolve(found[1]);
    });
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(address);
  const seconds = [];
  for (let step = 1; step <= count; step++) {
    const saved = save(step);
    await page.getByText(new RegExp(`up to step ${step}$`)).waitFor();
    seconds.push((performance.now() - saved) / 1000);
  }
  console.log(`seconds from the last byte to the page: ${seconds.map((s) => s.toFixed(2)).join(" ")}`);
  const sorted = seconds.sort((a, b) => a - b);
  console.log(`median ${sorted[Math.floor(count / 2)].toFixed(2)}, largest ${sorted.at(-1).toFixed(2)}`);
} finally {
  await browser.close();
  watch.kill("SIGINT");
  rmSync(folder, { recursive: true, force: true });
}
