// Fails if a link of the built site leads nowhere: `node scripts/check-links.mjs`, after `vitepress build`.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brokenLinks } from "./broken-links.mjs";

const DIST = fileURLToPath(new URL("../.vitepress/dist", import.meta.url));

// Reports of the lab and the application are not VitePress's: they have tests of their own.
const pages = readdirSync(DIST, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".html") && !path.startsWith("app/") && !/^lab\/quick-/.test(path));
const texts = new Map(pages.map((path) => [path, readFileSync(join(DIST, path), "utf8")]));
const hasFile = (path) => existsSync(join(DIST, path)) && statSync(join(DIST, path)).isFile();

const broken = brokenLinks(texts, hasFile, process.env.EIGENSCOPE_SITE_BASE ?? "/");
for (const sentence of broken) console.error(`dead link: ${sentence}`);
console.log(`${pages.length} pages, ${broken.length} dead links`);
process.exitCode = broken.length > 0 ? 1 : 0;
