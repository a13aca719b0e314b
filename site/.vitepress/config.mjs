// The site's configuration. Its pages are gathered from the project's documents before (scripts/gather-pages.mjs).
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { addressOf, ROOT, SECTIONS } from "../navigation.mjs";
import { githubAnchor } from "../scripts/github-anchor.mjs";

const { version, homepage } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8"));
const HOME = homepage.replace(/#readme$/, "");
/** The path of the site on its host, such as /eigenscope/. */
const BASE = process.env.EIGENSCOPE_SITE_BASE ?? "/";
const HAS_APP = existsSync(fileURLToPath(new URL("../.pages/public/app/index.html", import.meta.url)));

export default defineConfig({
  title: "eigenscope",
  description: "Reads the quality of a neural network off its weights.",
  lang: "en",
  base: BASE,
  srcDir: "./.pages",
  ignoreDeadLinks: false,
  lastUpdated: false,
  metaChunk: true,
  markdown: {
    theme: { light: "github-light", dark: "github-dark" },
    anchor: { slugify: githubAnchor, getTokensText: textOf },
  },
  head: [["link", { rel: "icon", type: "image/svg+xml", href: `${BASE}icon.svg` }]],
  vite: {
    server: { fs: { allow: [ROOT] } },
    // The index of the search holds the text of all pages, and is loaded when it is asked.
    build: { chunkSizeWarningLimit: 4000 },
  },
  themeConfig: {
    search: { provider: "local" },
    nav: [
      { text: "Tutorial", link: "/tutorial" },
      { text: "The paper", link: "/paper" },
      { text: "Library", link: "/api/" },
      ...(HAS_APP ? [{ text: "Try it", link: "/app/", target: "_self" }] : []),
      { text: version, link: "/changelog" },
    ],
    sidebar: SECTIONS.map(({ text, pages, collapsed = false }) => ({
      text,
      collapsed,
      items: pages.map((page) => ({ text: page.text, link: `/${addressOf(page.source)}`.replace(/index$/, "") })),
    })),
    outline: { level: [2, 3], label: "On this page" },
    socialLinks: [{ icon: "github", link: HOME }],
    footer: { message: "MIT licence" },
    docFooter: { prev: "Before", next: "Next" },
    externalLinkIcon: false,
  },
});

/** The text of a heading. Escaped signs (NO\_EVENTS) are tokens of their own, which VitePress leaves out. */
function textOf(tokens) {
  return tokens
    .filter(({ type }) => ["text", "text_special", "code_inline"].includes(type))
    .map(({ content }) => content)
    .join("");
}
