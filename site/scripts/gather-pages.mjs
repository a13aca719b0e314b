// Copies the project's documents into .pages/, from which VitePress builds the site: `node scripts/gather-pages.mjs`.
// Links between documents become links between pages; a link to another file of the project leads to the repository.
// The application (dist/app of the project) and what it shows first come along, if they are built.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { addressOf, PAGES, ROOT } from "../navigation.mjs";

const SITE = fileURLToPath(new URL("..", import.meta.url));
const TARGET = join(SITE, ".pages");
const HOME = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).homepage.replace(/#readme$/, "");
const BLOB = `${HOME}/blob/main/`;

/** Files that pages show or link to, which are no pages: each goes to the same place in the site. */
const ASSETS = ["docs/pictures", "docs/lab"];

const sources = new Set(PAGES.map(({ source }) => source));

rmSync(TARGET, { recursive: true, force: true });
mkdirSync(join(TARGET, "public"), { recursive: true });
for (const source of sources) {
  const file = join(TARGET, `${addressOf(source)}.md`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, pageOf(readFileSync(join(ROOT, source), "utf8"), source));
}
cpSync(join(SITE, "home.md"), join(TARGET, "index.md"));
for (const folder of ASSETS)
  cpSync(join(ROOT, folder), join(TARGET, "public", addressOf(folder)), { recursive: true });
if (existsSync(join(ROOT, "dist/app"))) cpSync(join(ROOT, "dist/app"), join(TARGET, "public/app"), { recursive: true });
console.log(`${sources.size} pages in ${posix.relative(process.cwd(), TARGET)}`);

/** A document as a page: its links lead to pages of the site, or to the project's repository. */
function pageOf(markdown, source) {
  return withoutCode(markdown, (text) =>
    text.replace(/(!?\[[^\]]*\]\()([^)\s]+)\)/g, (_, head, target) => `${head}${linkOf(target, source)}`),
  );
}

/** A link's target, its closing bracket, and VitePress's attributes if it leads to a file that is no page. */
function linkOf(target, source) {
  const [path, fragment] = target.split("#");
  const hash = fragment === undefined ? "" : `#${fragment}`;
  if (path === "") return `${target})`;
  const file = path.startsWith(BLOB)
    ? path.slice(BLOB.length)
    : /^[a-z]+:/.test(path)
      ? null
      : posix.normalize(posix.join(posix.dirname(source), path));
  if (file === null) return `${target})`;
  if (sources.has(file)) return `/${addressOf(file)}.md${hash})`;
  const asset = ASSETS.some((folder) => file.startsWith(`${folder}/`));
  if (!asset) return `${BLOB}${file}${hash})`;
  // A page of its own, not one of the site's: the browser must load it.
  return file.endsWith(".html") ? `/${addressOf(file)}${hash}){target="_self"}` : `/${addressOf(file)}${hash})`;
}

/** Applies `change` to what lies outside fenced blocks and inline code. */
function withoutCode(markdown, change) {
  return markdown
    .split(/(^```[\s\S]*?^```$|`[^`\n]*`)/m)
    .map((part, index) => (index % 2 === 0 ? change(part) : part))
    .join("");
}
