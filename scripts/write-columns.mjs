// Writes what follows from the definitions of the columns (src/report/columns/): the fields of a layer in
// schema/report.schema.json and schema/compare.schema.json, and the lists of names in NOTATION.md. Reads the sources,
// so that no build is needed: npm run docs:columns
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

const bundle = await build({
  entryPoints: [path("src/report/columns/documents.ts")],
  bundle: true,
  write: false,
  format: "esm",
  platform: "node",
});
const source = Buffer.from(bundle.outputFiles[0].contents).toString("base64");
const { compareSchema, notation, reportSchema } = await import(`data:text/javascript;base64,${source}`);

function rewrite(name, change) {
  const before = readFileSync(path(name), "utf8");
  const after = change(before);
  if (after !== before) writeFileSync(path(name), after);
}

const json = (change) => (text) => `${JSON.stringify(change(JSON.parse(text)), null, 2)}\n`;

rewrite("schema/report.schema.json", json(reportSchema));
rewrite("schema/compare.schema.json", json(compareSchema));
rewrite("NOTATION.md", notation);
// Short lists on one line, as everywhere.
const biome = path("node_modules/@biomejs/biome/bin/biome");
execFileSync(process.execPath, [biome, "format", "--write", path("schema")], { stdio: "ignore" });
