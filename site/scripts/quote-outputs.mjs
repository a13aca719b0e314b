// Makes the quoted runs of the documents again (quoted-runs.mjs): `node site/scripts/quote-outputs.mjs [--check]
// [document...]` writes what the commands print today into the documents, or with --check only says where that differs
// (exit code 1). Needs a built package. Without arguments: all that the site shows, and the README.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PAGES, ROOT } from "../navigation.mjs";
import { quotedRuns, requote } from "./quoted-runs.mjs";

const named = process.argv.slice(2).filter((word) => word !== "--check");
const check = process.argv.includes("--check");
const documents = named.length > 0 ? named : ["README.md", "site/home.md", ...PAGES.map(({ source }) => source)];

for (const document of documents) {
  const before = readFileSync(join(ROOT, document), "utf8");
  const runs = quotedRuns(before);
  if (runs.length === 0) continue;
  const { text, skipped } = requote(before, ROOT);
  for (const needed of skipped) console.log(`${document}: SKIPPED a run that needs ${needed}`);
  const same = text === before;
  if (!same && check) process.exitCode = 1;
  if (!same && !check) writeFileSync(join(ROOT, document), text);
  console.log(`${document}: ${runs.length} runs, ${same ? "as quoted" : check ? "NOT as quoted" : "quoted again"}`);
}
