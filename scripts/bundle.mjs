// Bundles the command and its workers, so that they start fast (docs/decisions/0022-one-script-to-start.md): into
// scripts in dist/bundle/, which src/node/launch/bundle.ts loads with the code that V8 compiled the last time, and
// dist/bundle/eigenscope.cjs, which has that loader and is the command. The modules in dist/ stay as they are, for
// those who import the package.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { basename, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { directImports, namesIn } from "./direct-imports.mjs";
import { bundledPackages, notices } from "./third-party-notices.mjs";

const DIST = fileURLToPath(new URL("../dist", import.meta.url));
const OUT = `${DIST}/bundle`;

/** The scripts to begin with, by the names that src/node/launch/bundle.ts has for them. */
const ENTRIES = {
  cli: `${DIST}/cli/run.js`,
  spectral: `${DIST}/node/launch/spectral.js`,
  column: `${DIST}/node/launch/column.js`,
};

/** Workers are started from the bundle, not by way of an ES module. */
const WORKERS = { "spectral-worker": "spectral", "column-worker": "column" };

const COMMON = { platform: "node", target: "node20", charset: "ascii", logLevel: "warning", minifySyntax: true };

/**
 * What esbuild gets of our own modules. A module's own address, so that it finds its workers beside it, wherever its
 * code was bundled to. And imports of the modules themselves instead of lists of names (`index.ts` and others), of
 * which esbuild would take every module to be used.
 */
const ownModules = {
  name: "own modules",
  setup({ onLoad }) {
    onLoad({ filter: /dist[\\/].*\.js$/ }, async ({ path }) => {
      const own = relative(DIST, path).split(sep).join("/");
      let text = await readFile(path, "utf8");
      // Scripts get the values of each other's exports once.
      if (!own.startsWith("..") && /^export (let|var) /m.test(text))
        throw new Error(`${own}: a bundled module exports only what never changes`);
      if (own.startsWith("node/"))
        for (const worker of Object.keys(WORKERS))
          text = text.replaceAll(
            `"./${worker}.js"`,
            `"${"../".repeat(own.split("/").length - 1)}bundle/${worker}.cjs"`,
          );
      if (!own.startsWith("..")) text = await directImports(text, path);
      return { contents: text.replaceAll("import.meta.url", `__addressOf(${JSON.stringify(own)})`), loader: "js" };
    });
  },
};

/**
 * The MCP SDK brings a validator of JSON Schema (Ajv, a third of its size) for forms that servers send to users. Ours
 * sends none.
 */
const withoutForms = {
  name: "MCP without forms",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@modelcontextprotocol\/server\/_shims$/ }, () => ({ path: "shims", namespace: "mcp" }));
    onLoad({ filter: /^shims$/, namespace: "mcp" }, () => ({
      contents:
        'export { default as process } from "node:process";' +
        'export class DefaultJsonSchemaValidator { getValidator() { throw new Error("no forms are sent"); } }',
    }));
  },
};

const { outputFiles, metafile } = await build({
  ...COMMON,
  entryPoints: ENTRIES,
  outdir: OUT,
  write: false,
  bundle: true,
  splitting: true,
  format: "esm",
  // Installed only where they are wanted, or with code of their own that is compiled for the machine.
  external: ["webgpu", "playwright-core", "bullmq", "ioredis", "pino", "prom-client", "aws4fetch"],
  plugins: [ownModules, withoutForms],
  metafile: true,
});

const scripts = await Promise.all(
  outputFiles.map(async ({ path, text }) => ({ name: basename(path), text: await scriptOf(basename(path), text) })),
);
const hash = createHash("sha256");
for (const { name, text } of scripts) hash.update(`${name}\n${text}\n`);

const loader = await build({
  ...COMMON,
  stdin: {
    contents: 'export { loadEntry } from "./node/launch/bundle.js";',
    resolveDir: DIST,
    sourcefile: "loader.js",
  },
  write: false,
  bundle: true,
  format: "cjs",
});
const command = `#!/usr/bin/env node
${loader.outputFiles[0].text}
const version = ${JSON.stringify(hash.digest("hex").slice(0, 16))};
const load = (entry) => module.exports.loadEntry(entry, { folder: __dirname, version });
exports = module.exports = { ...module.exports, load };
if (require.main === module) load("cli");
`;
const workers = Object.entries(WORKERS).map(([name, entry]) => ({
  name: `${name}.cjs`,
  text: `require("./eigenscope.cjs").load(${JSON.stringify(entry)});\n`,
}));

await mkdir(OUT, { recursive: true });
const written = [...scripts, ...workers, { name: "eigenscope.cjs", text: command }];
for (const { name, text } of written) await writeFile(`${OUT}/${name}`, text);
const { packages } = JSON.parse(await readFile(`${DIST}/../package-lock.json`, "utf8"));
const installed = Object.keys(packages).filter((path) => packages[path].dev !== true);
const thirdParties = await notices(
  bundledPackages(metafile),
  installed.map((path) => path.replace(/^.*node_modules\//, "")),
);
await writeFile(`${DIST}/THIRD-PARTY-NOTICES.txt`, thirdParties);
const names = new Set(written.map(({ name }) => name));
for (const name of await readdir(OUT)) if (!names.has(name)) await rm(`${OUT}/${name}`);

/** An ES module that esbuild wrote, as a script: a function of what the loader gives it. */
async function scriptOf(name, module) {
  const calls = module
    .replaceAll(/^import \{([^}]*)\} from "\.\/([^"]+)";$/gm, (_, names, from) => {
      return `const {${names.replaceAll(" as ", ": ")}} = __script("${from}");`;
    })
    .replaceAll(/^import "\.\/([^"]+)";$/gm, '__script("$1");')
    .replaceAll(/^export \{([^}]*)\};$/gm, (_, names) => {
      return `__provide({${namesIn(names)
        .map(([own, exported]) => `${exported}: ${own}`)
        .join()}});`;
    })
    .replaceAll(/\bimport\("\.\/([^"]+)"\)/g, '__later("$1")')
    .replaceAll(/\bimport\(/g, "__import(");
  const { code } = await transform(calls, { ...COMMON, format: "cjs", loader: "js", minifyWhitespace: true });
  // Modules of Node are loaded when something of them is used. Packages that may be missing stay as they are.
  const lazy = code
    .replaceAll(/__toESM\(require\("(node:[^"]+)"\)(?:,1)?\)/g, '__builtin("$1")')
    .replaceAll(/\b(?:__)?require\d*\("(?:node:)?([^"]+)"\)/g, (call, module) =>
      builtinModules.includes(module) ? `__builtin("node:${module}")` : call,
    );
  const left = lazy.match(/^(?:import|export)\b.{0,60}|\brequire\("\.[^"]*"\)|\bimport\(.{0,60}/m);
  if (left !== null) throw new Error(`${name} imports in a way that the loader does not see: ${left[0]}`);
  // CommonJS modules may be written for sloppy mode.
  const strict = module.includes("__commonJS(") ? "" : '"use strict";';
  return ascii(
    `(function(require,__builtin,__script,__later,__import,__provide,__addressOf){${strict}${lazy}\n})`,
    name,
  );
}

/**
 * The loader reads scripts byte by byte. esbuild escapes strings, but neither tagged templates nor patterns. What a tag
 * gets is the same, as long as it does not ask for the raw text.
 */
function ascii(text, name) {
  if (/String\.raw`[^`]*[^\0-\x7f`]/.test(text))
    throw new Error(`${name} has a raw template with a character beyond ASCII`);
  return text.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
