// The pages of the site: which document of the project is which page, in the order of the side bar. A page is a
// document of docs/ or of the project's root; there is no second copy (scripts/gather-pages.mjs copies at build).
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The sections of the side bar: a heading, and the pages under it by the document that each is made of. */
export const SECTIONS = [
  {
    text: "Start",
    pages: [
      { text: "Your first network in ten minutes", source: "docs/tutorial.md" },
      { text: "What to do with the result", source: "docs/results.md" },
      { text: "Gallery of spectra", source: "docs/gallery.md" },
      { text: "Glossary", source: "docs/glossary.md" },
    ],
  },
  {
    text: "Guides",
    pages: [
      { text: "Coming from WeightWatcher", source: "docs/weightwatcher.md" },
      { text: "Compare two models", source: "docs/compare.md" },
      { text: "Rank many models", source: "docs/rank.md" },
      { text: "Heads and experts", source: "docs/heads-and-experts.md" },
      { text: "Advice for other tools", source: "docs/advise.md" },
      { text: "The application, served here", source: "docs/serve.md" },
      { text: "Agents: the MCP server", source: "docs/mcp.md" },
      { text: "Watching a training", source: "docs/watch.md" },
      { text: "A section for a model card", source: "docs/model-card.md" },
      { text: "The command line", source: "docs/command-line.md" },
      { text: "Pipelines: the gate", source: "docs/gate.md" },
      { text: "Many machines", source: "docs/fleet.md" },
      { text: "To internet scale", source: "docs/scale.md" },
      { text: "Python", source: "docs/python.md" },
      { text: "Notebooks", source: "docs/notebooks.md" },
      { text: "Models on a hub or a server", source: "docs/remote.md" },
      { text: "The lab", source: "docs/lab.md" },
    ],
  },
  {
    text: "Theory",
    pages: [
      { text: "The paper, claim by claim", source: "docs/paper.md" },
      { text: "The phases, operationally", source: "docs/theory/phases.md" },
      { text: "Validation", source: "docs/validation.md" },
      { text: "Notation and columns", source: "NOTATION.md" },
      { text: "References", source: "REFERENCES.md" },
    ],
  },
  {
    text: "Reference",
    pages: [
      { text: "Formats", source: "docs/formats.md" },
      { text: "Performance", source: "docs/performance.md" },
      { text: "The native engine", source: "docs/native-engine.md" },
      { text: "Changes", source: "CHANGELOG.md" },
    ],
  },
  { text: "Library", collapsed: true, pages: pagesIn("docs/api", { "docs/api/README.md": "All modules" }) },
  {
    text: "For contributors",
    collapsed: true,
    pages: [
      { text: "Contributing", source: "CONTRIBUTING.md" },
      { text: "Architecture", source: "ARCHITECTURE.md" },
      { text: "Debugging", source: "docs/debugging.md" },
      ...pagesIn("docs/decisions"),
    ],
  },
];

/** Every page once. */
export const PAGES = SECTIONS.flatMap(({ pages }) => pages);

/** The address of a page in the site, without a leading slash or an ending: docs/api/README.md is api/index. */
export function addressOf(source) {
  return source
    .replace(/^docs\//, "")
    .replace(/\.md$/, "")
    .replace(/(^|\/)README$/, "$1index")
    .replace(/^[A-Z]+$/, (name) => name.toLowerCase());
}

/** Every Markdown file below a folder as a page, README first; its name is the file's unless one is given. */
function pagesIn(folder, names = {}) {
  return readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: "utf8" })
    .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".md"))
    .sort((a, b) => Number(b.endsWith("README.md")) - Number(a.endsWith("README.md")) || (a < b ? -1 : 1))
    .map((source) => ({ text: names[source] ?? nameOf(source.slice(folder.length + 1)), source }));
}

/** 0012-one-pace-for-a-files-structure.md -> "12. One pace for a files structure"; lab/node.md -> "lab/node". */
function nameOf(path) {
  const [, number, words] = /^(\d+)-(.*)\.md$/.exec(path) ?? [];
  if (number === undefined) return path.replace(/\.md$/, "");
  const text = words.replaceAll("-", " ");
  return `${Number(number)}. ${text[0].toUpperCase()}${text.slice(1)}`;
}
