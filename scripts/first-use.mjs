// A first use, timed: node scripts/first-use.mjs [weight file, default examples/digits_b4.safetensors]
//
// Packs the built package, installs the tarball in an empty folder with npm, starts `npx eigenscope serve FILE` there
// and opens its page in headless Chromium. Prints the seconds of each: npm install (which downloads the dependencies,
// as a new user's does), from the command to the address, from the address to the first phase on the screen, and all
// together. Needs npm run build, the registry and a Chromium.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { launchChromium } from "./application-page.mjs";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const file = resolve(process.argv[2] ?? join(ROOT, "examples/digits_b4.safetensors"));
/** From the start of npm install to a phase on the screen. */
const MAX_SECONDS = 10;

if (!existsSync(join(ROOT, "dist/app/index.html"))) throw new Error("first-use: run npm run build first");
const browser = await launchChromium("first-use");
if (browser !== undefined) {
  const folder = mkdtempSync(join(tmpdir(), "eigenscope-first-use-"));
  try {
    console.log(`load of the machine: ${loadavg()[0].toFixed(1)}`);
    await measure(folder);
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(folder) {
  const run = (command, args, cwd) =>
    execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  // The package is built: its scripts would build it again.
  const [packed] = JSON.parse(run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], ROOT));
  console.log(`tarball: ${(packed.size / 1e6).toFixed(1)} MB, ${packed.entryCount} files`);
  writeFileSync(join(folder, "package.json"), "{}");

  const seconds = {};
  let last = performance.now();
  const lap = (name) => {
    const now = performance.now();
    seconds[name] = (now - last) / 1000;
    last = now;
    console.log(`${name}: ${seconds[name].toFixed(1)} s`);
  };
  run("npm", ["install", "--no-audit", "--no-fund", `./${packed.filename}`], folder);
  lap("npm install");
  const server = spawn("npx", ["eigenscope", "serve", file, "--port", "0"], { cwd: folder, detached: true });
  try {
    const address = await new Promise((done, fail) => {
      let text = "";
      server.stdout.on("data", (part) => {
        text += part;
        if (text.includes("\n")) done(text.trim());
      });
      server.on("close", (code) => fail(new Error(`first-use: serve ended with exit code ${code}`)));
    });
    lap("npx eigenscope serve, to the address");
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    await page.goto(address);
    await page.waitForSelector(".spectra .cell[aria-label]:not([aria-label*='still to come'])");
    lap("the page, to the first phase");
    const cell = page.locator(".spectra .cell[aria-label]:not([aria-label*='still to come'])").first();
    console.log(`on the screen: ${await cell.getAttribute("aria-label")}`);
  } finally {
    // npx and what it started.
    process.kill(-server.pid, "SIGTERM");
  }
  const all = Object.values(seconds).reduce((a, b) => a + b, 0);
  console.log(
    `from npm install to a phase: ${all.toFixed(1)} s${all < MAX_SECONDS ? "" : `, more than ${MAX_SECONDS} s`}`,
  );
  process.exitCode = all < MAX_SECONDS ? 0 : 1;
}
