// A document of the project as a page of the site: its links lead to pages of the site, or to the project's repository.
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { addressOf, PAGES, ROOT } from "../navigation.mjs";
import { githubAnchor } from "./github-anchor.mjs";

const { homepage } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const BLOB = `${homepage.replace(/#readme$/, "")}/blob/main/`;
const SOURCES = new Set(PAGES.map(({ source }) => source));

/** Folders of files that pages show or link to, which are no pages: each is copied to the same place in the site. */
export const ASSETS = ["docs/pictures", "docs/lab"];

/** A fenced block, or code in a line: group 1. A link or picture, whose text may hold code: groups 2 and 3. */
const CODE_OR_LINK = /(^```[\s\S]*?^```$|`[^`\n]*`)|(!?\[(?:`[^`\n]*`|[^\]`])*\]\()([^)\s]+)\)/gm;

/** The page that a document makes. `source` is the document's path from the project's root. */
export function pageOf(markdown, source) {
  return markdown.replace(CODE_OR_LINK, (whole, code, head, target) =>
    code === undefined ? `${head}${linkOf(target, source)}` : whole,
  );
}

/** A link's target with its closing bracket, and VitePress's attribute if it leads to a page that is not the site's. */
function linkOf(target, source) {
  const [path, fragment] = target.split("#");
  if (path === "") return `#${partOf(fragment, source)})`;
  const file = fileOf(path, source);
  if (file === null) return `${target})`;
  const hash = fragment === undefined ? "" : `#${partOf(fragment, file)}`;
  if (SOURCES.has(file)) return `/${addressOf(file)}.md${hash})`;
  if (!ASSETS.some((folder) => file.startsWith(`${folder}/`))) return `${BLOB}${file}${hash})`;
  if (!file.endsWith(".html")) return `/${addressOf(file)}${hash})`;
  // VitePress does not put the site's path before a link with a target: the link is relative.
  const relative = posix.relative(posix.dirname(addressOf(source)), addressOf(file));
  return `${relative}${hash}){target="_self"}`;
}

/** The project's file that a link names; null for another site. */
function fileOf(path, source) {
  if (path.startsWith(BLOB)) return path.slice(BLOB.length);
  return /^[a-z]+:/.test(path) ? null : posix.normalize(posix.join(posix.dirname(source), path));
}

/**
 * The part of a document that a link means. TypeDoc takes `FormatError.details` for a heading "FormatErrorDetails", so
 * that it calls the only one #formaterrordetails-1: the number is left out where there is one heading.
 */
function partOf(fragment, source) {
  const [, name] = /^([a-z]+)-1$/.exec(fragment) ?? [];
  if (name === undefined || !source.startsWith("docs/api/")) return fragment;
  const headings = readFileSync(join(ROOT, source), "utf8").match(/^#+ .*$/gm) ?? [];
  const named = headings.filter((heading) => githubAnchor(heading.replace(/^#+/, "")) === name);
  return named.length === 1 ? name : fragment;
}
