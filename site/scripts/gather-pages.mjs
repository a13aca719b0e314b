// Gathers what VitePress builds the site of into .pages/: `node scripts/gather-pages.mjs`. The project's documents are
// copied at each build (page-of.mjs changes their links); there is no second copy of them in the repository. The
// application (dist/app of the project) comes along if it is built, with results to show first (demo.mjs).
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { addressOf, PAGES, ROOT } from "../navigation.mjs";
import { makeDemo } from "./demo.mjs";
import { ASSETS, pageOf } from "./page-of.mjs";

const SITE = fileURLToPath(new URL("..", import.meta.url));
const TARGET = join(SITE, ".pages");
const APP = join(TARGET, "public/app");

rmSync(TARGET, { recursive: true, force: true });
for (const { source } of PAGES) {
  const file = join(TARGET, `${addressOf(source)}.md`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, pageOf(readFileSync(join(ROOT, source), "utf8"), source));
}
cpSync(join(SITE, "home.md"), join(TARGET, "index.md"));
cpSync(join(ROOT, "app/public/icon.svg"), join(TARGET, "public/icon.svg"));
for (const folder of ASSETS) cpSync(join(ROOT, folder), join(TARGET, "public", addressOf(folder)), { recursive: true });
console.log(`${PAGES.length + 1} pages`);
if (existsSync(join(ROOT, "dist/app/index.html"))) {
  cpSync(join(ROOT, "dist/app"), APP, { recursive: true });
  console.log(`the application, with the results of ${(await makeDemo(APP)).join(" and ")}`);
} else console.log("SKIPPED: the application, because dist/app is not built (npm run build)");
