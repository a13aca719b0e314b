// node scripts/house-figures.mjs: the size and shape of the house in figures, which should not get worse: long lines,
// long sentences of the documents, public names, sizes of files and functions, depth and cycles of the imports.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const LONG_LINE = 120;
const LONG_SENTENCE = 35;

const filesOf = (folder, extension) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(extension) && !/generated|node_modules|\/api\//.test(name))
    .map((name) => join(folder, name));
const read = (file) => readFileSync(join(ROOT, file), "utf8");
const quantile = (values, q) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];
const spread = (values) => `${quantile(values, 0.5)} / ${quantile(values, 0.9)} / ${Math.max(...values)}`;

const sources = filesOf("src", ".ts");
const kernels = filesOf("kernels", ".ts");
const tests = filesOf("test", ".ts");
const documents = [
  ...readdirSync(ROOT).filter((name) => name.endsWith(".md")),
  ...filesOf("docs", ".md").filter((name) => !name.includes("docs/api")),
];

const longLines = [...sources, ...kernels, ...tests].flatMap((file) =>
  read(file)
    .split("\n")
    .filter((line) => line.length > LONG_LINE),
);

/** Sentences of paragraphs and list items, without code, tables and headings. */
function sentencesOf(text) {
  const plain = text
    .replace(/^```[\s\S]*?^```/gm, "\n\n")
    .replace(/^(?:\||#| {4}).*$/gm, "\n")
    .replace(/`[^`]*`/g, "x")
    .replace(/\]\([^)]*\)/g, "]")
    .replace(/^\s*(?:[-*]|\d+\.) /gm, "\n\n");
  return plain.split(/\n\s*\n|[.!?:;](?=\s)/).map((sentence) =>
    sentence
      .trim()
      .split(/\s+/)
      .filter((word) => /\w/.test(word)),
  );
}
const longSentences = documents.flatMap((file) =>
  sentencesOf(read(file))
    .filter((words) => words.length > LONG_SENTENCE)
    .map((words) => ({ file, words: words.join(" ") })),
);

/** Lines of each function with a body, from its first line to its last. */
function functionLines(file) {
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body !== undefined) {
      const [from, to] = [node.getStart(), node.end].map((at) => source.getLineAndCharacterOfPosition(at).line);
      found.push(to - from + 1);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** What each file imports when it runs: types are erased. */
const imports = new Map(
  sources.map((file) => {
    const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest);
    const targets = source.statements
      .filter((node) => (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier)
      .filter((node) => !isTypeOnly(node))
      .map((node) => node.moduleSpecifier.text)
      .filter((target) => target.startsWith("."))
      .map((target) => relative(ROOT, join(ROOT, dirname(file), target)).replace(/\.js$/, ".ts"));
    return [file, targets];
  }),
);
function isTypeOnly(node) {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  const { importClause } = node;
  if (importClause === undefined) return false;
  const named = importClause.namedBindings;
  const onlyTypes =
    named !== undefined && ts.isNamedImports(named) && named.elements.every((element) => element.isTypeOnly);
  return importClause.isTypeOnly || (importClause.name === undefined && onlyTypes);
}

let cycles = 0;
const depths = new Map();
function depthOf(file, path = new Set()) {
  if (path.has(file)) {
    cycles++;
    return 0;
  }
  const known = depths.get(file);
  if (known !== undefined) return known;
  path.add(file);
  const depth = 1 + Math.max(0, ...(imports.get(file) ?? []).map((target) => depthOf(target, path)));
  path.delete(file);
  depths.set(file, depth);
  return depth;
}
for (const file of sources) depthOf(file);

const subpaths = Object.entries(JSON.parse(read("package.json")).exports).filter(
  ([, target]) => typeof target === "object",
);
const names = new Set();
const perSubpath = subpaths.map(([subpath, target]) => {
  const entry = (target.types ?? "").replace("./dist/", "src/").replace(/\.d\.ts$/, ".ts");
  const exported = exportedNames(entry);
  for (const name of exported) names.add(name);
  return `${subpath} ${exported.length}`;
});
function exportedNames(entry) {
  const source = ts.createSourceFile(entry, read(entry), ts.ScriptTarget.Latest);
  return source.statements
    .filter((node) => ts.isExportDeclaration(node) && node.exportClause && ts.isNamedExports(node.exportClause))
    .flatMap((node) => node.exportClause.elements.map((element) => element.name.text));
}

const sizes = sources.map((file) => read(file).split("\n").length - 1);
console.log(`lines over ${LONG_LINE} characters (src, kernels, test)   ${longLines.length}`);
console.log(`sentences over ${LONG_SENTENCE} words (documents)            ${longSentences.length}`);
console.log(`public names, all subpaths                       ${names.size} (${perSubpath.join(", ")})`);
console.log(`files of src; lines: median / nine tenths / most ${sources.length}; ${spread(sizes)}`);
console.log(`functions' lines: median / nine tenths / most    ${spread(sources.flatMap(functionLines))}`);
console.log(`deepest chain of imports                         ${Math.max(...depths.values())}`);
console.log(`cycles of imports                                ${cycles}`);
for (const { file, words } of longSentences) console.log(`  ${file}: ${words.slice(0, 90)}...`);
