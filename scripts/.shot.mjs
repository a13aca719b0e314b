import { chromium } from "playwright-core";
const [page, out] = process.argv.slice(2);
const b = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
for (const [scheme, width] of [["light", 1400], ["dark", 1400], ["light", 390]]) {
  const p = await b.newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
  await p.goto("file://" + page, { timeout: 60000 });
  const s = await p.$("section[aria-labelledby=groups]");
  await s.screenshot({ path: `${out}-${scheme}-${width}.png` });
  console.log(scheme, width, await p.evaluate(() => document.documentElement.scrollWidth));
  await p.close();
}
await b.close();
