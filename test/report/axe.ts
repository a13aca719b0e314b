import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const SOURCE = createRequire(import.meta.url).resolve("axe-core");

/**
 * What axe-core finds on a page, in light and in dark colours: the theme, the rule, and up to three elements each. It
 * is evaluated by the browser's debugger, because the page's policy lets no other script run.
 */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(SOURCE, "utf8"));
  const found: string[] = [];
  for (const theme of ["light", "dark"]) {
    await page.evaluate((value) => {
      document.documentElement.dataset.theme = value;
    }, theme);
    const rules = await page.evaluate<string[]>(`axe.run(document).then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).slice(0, 3).join(" ")))`);
    found.push(...rules.map((rule) => `${theme}: ${rule}`));
  }
  await page.evaluate(() => {
    delete document.documentElement.dataset.theme;
  });
  return found;
}
