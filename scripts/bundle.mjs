// Bundles the command and its workers into one script, dist/bundle/eigenscope.cjs, so that they start fast (docs in
// src/node/launch/launch.ts). The modules in dist/ stay as they are, for those who import the package.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const DIST = fileURLToPath(new URL("../dist", import.meta.url));

/** Entries by the names that src/node/launch/launch.ts has for them. Imported when they are called. */
const ENTRIES = `
  exports.cli = () => import("./cli/run.js");
  exports.spectral = () => import("./node/launch/spectral.js");
  exports.column = () => import("./node/launch/column.js");
`;

/** A module's own address: it finds its workers beside it, wherever its code was bundled to. */
const addresses = {
  name: "addresses",
  setup({ onLoad }) {
    onLoad({ filter: /dist[\\/].*\.js$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const own = JSON.stringify(relative(DIST, path).split(sep).join("/"));
      return { contents: text.replaceAll("import.meta.url", `__addressOf(${own})`), loader: "js" };
    });
  },
};

const OUT = `${DIST}/bundle/eigenscope.cjs`;
const { outputFiles } = await build({
  stdin: { contents: ENTRIES, resolveDir: DIST, sourcefile: "entries.js" },
  outfile: OUT,
  write: false,
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  charset: "ascii",
  // Half of the bytes to read. Names stay: errors and their stacks have them.
  minifyWhitespace: true,
  minifySyntax: true,
  // Installed only where they are wanted, or with code of their own that is compiled for the machine.
  external: ["webgpu", "playwright-core"],
  plugins: [addresses],
  banner: {
    js: `(function (exports, require, module, __filename, __dirname, __import) {
const __addressOf = (path) =>
  require("node:url").pathToFileURL(require("node:path").join(__dirname, "..", path)).href;`,
  },
  footer: { js: "})" },
  logLevel: "warning",
});

// What is left are packages outside the bundle. In a script, `import` needs experimental parts of Node: the launcher
// imports for it.
const imported = outputFiles[0].text.replaceAll("await import(", "await __import(");
// The launcher reads the bundle byte by byte. esbuild escapes strings, but neither tagged templates nor patterns. What
// a tag gets is the same, as long as it does not ask for the raw text.
const text = imported.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
if (/String\.raw`[^`]*[^\0-\x7f`]/.test(imported))
  throw new Error("the bundle has a raw template with a character beyond ASCII");
const left = text.split("\n").filter((line) => /\bimport\(/.test(line) && !/^\s*\*/.test(line));
if (left.length > 0) throw new Error(`the bundle imports in a way that the launcher does not see: ${left.join("\n")}`);
await mkdir(dirname(OUT), { recursive: true });
await writeFile(OUT, text);
