// node scripts/kill-runs.mjs [--kills=20] [--model=PATH] [--seed=1]: begins an analysis with --run, kills it with
// SIGKILL at random moments, resumes it, and compares the reports with those of an uninterrupted run, byte for byte.
// Counts how often each spectrum was stored. Then the same with one torn segment, and with four processes at once.
// Needs a built package. Ends with exit code 1 if anything differs.
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRng, normalSampler } from "../dist/numeric/index.js";

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const given = (name, otherwise) =>
  process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise;
const KILLS = Number(given("kills", "20"));
const rng = createRng(Number(given("seed", "1")));
const home = mkdtempSync(join(tmpdir(), "kill-runs-"));
const model = given("model", join(home, "model.safetensors"));
if (given("model") === undefined) writeFileSync(model, randomModel());

let wrong = 0;
const check = (what, holds) => {
  console.log(`${holds ? "ok" : "WRONG"}: ${what}`);
  if (!holds) wrong++;
};

const begun = performance.now();
await analyze("--json", join(home, "plain.json"), "--csv", join(home, "plain.csv"));
const whole = performance.now() - begun;
console.log(`${model}: ${(whole / 1000).toFixed(1)} s without interruption`);

// A run that came to its end by itself makes room for a new one, until so many processes were killed.
let killed = 0;
const runs = [join(home, "run-0")];
while (killed < KILLS) {
  // At any moment of a process's life, its start and its end included.
  if (await analyzeAndKill(runs.at(-1), rng() * whole)) killed++;
  else runs.push(join(home, `run-${runs.length}`));
}
console.log(`${killed} processes were killed, in ${runs.length} runs`);
for (const [i, run] of runs.entries()) {
  const kept = recordsIn(run).length;
  await analyze("--run", run, "--json", join(home, `run-${i}.json`), "--csv", join(home, `run-${i}.csv`));
  check(
    `run ${i}, ${kept} outcomes kept by then: JSON and CSV are those of the uninterrupted analysis`,
    sameFiles(`run-${i}`),
  );
  check(`run ${i}: ${recordsIn(run).length} outcomes were stored, none twice`, isOnce(recordsIn(run)));
}

const run = runs[0];
// A torn tail: the last segment loses half of its last record.
const segments = readdirSync(join(run, "segments")).map((name) => join(run, "segments", name));
const largest = segments.sort((a, b) => statSync(b).size - statSync(a).size)[0];
truncateSync(largest, statSync(largest).size - 9);
const before = recordsIn(run).length;
await analyze("--run", run, "--json", join(home, "torn.json"), "--csv", join(home, "torn.csv"));
check("a run with a truncated segment gives the same bytes", sameFiles("torn"));
check(`it stored ${recordsIn(run).length - before} outcome again`, recordsIn(run).length - before === 1);

for (const processes of [2, 4]) {
  const shared = join(home, `shared-${processes}`);
  const outputs = Array.from({ length: processes }, (_, i) => `shared-${processes}-${i}`);
  await Promise.all(
    outputs.map((name) =>
      analyze("--run", shared, "--json", join(home, `${name}.json`), "--csv", join(home, `${name}.csv`)),
    ),
  );
  check(`${processes} processes at once give the same bytes`, outputs.every(sameFiles));
  check(`their ${recordsIn(shared).length} outcomes were stored once each`, isOnce(recordsIn(shared)));
}

for (const i of [1, 2, 3]) await analyze("--run", join(home, "shares"), "--shard", `${i}/3`);
await command(
  "report",
  join(home, "shares"),
  "--json",
  join(home, "shares.json"),
  "--csv",
  join(home, "shares.csv"),
  "-q",
);
check("three shares, then report, give the same bytes", sameFiles("shares"));

rmSync(home, { recursive: true });
process.exitCode = wrong > 0 ? 1 : 0;

function sameFiles(name) {
  return ["json", "csv"].every((kind) =>
    readFileSync(join(home, `${name}.${kind}`)).equals(readFileSync(join(home, `plain.${kind}`))),
  );
}

/** The keys of all whole records. */
function recordsIn(folder) {
  const keys = [];
  if (!existsSync(join(folder, "segments"))) return keys;
  for (const name of readdirSync(join(folder, "segments"))) {
    const bytes = readFileSync(join(folder, "segments", name));
    for (let at = 0; at + 12 <= bytes.length; ) {
      const length = Number(bytes.readBigUInt64LE(at));
      if (at + 12 + length + 4 > bytes.length) break;
      const text = bytes.readUInt32LE(at + 12);
      keys.push(JSON.parse(bytes.subarray(at + 16, at + 16 + text).toString()).key);
      at += 12 + length + 4;
    }
  }
  return keys;
}

function isOnce(keys) {
  return new Set(keys).size === keys.length;
}

function command(...args) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "ignore", "inherit"] });
  return new Promise((resolve, reject) =>
    child.on("exit", (code) => ([0, 4].includes(code) ? resolve() : reject(new Error(`exit ${code}`)))),
  );
}

function analyze(...args) {
  return command("analyze", model, "-q", ...args);
}

/** True if it was killed before its end. */
function analyzeAndKill(folder, afterMs) {
  const child = spawn(process.execPath, [MAIN, "analyze", model, "-q", "--run", folder], { stdio: "ignore" });
  const timer = setTimeout(() => child.kill("SIGKILL"), afterMs);
  return new Promise((resolve) =>
    child.on("exit", (_, signal) => {
      clearTimeout(timer);
      resolve(signal === "SIGKILL");
    }),
  );
}

/** Sixty matrices of 200 to 500 columns: some seconds of two cores. */
function randomModel() {
  const normal = normalSampler(createRng(7));
  const entries = {};
  const parts = [];
  let at = 0;
  for (let i = 0; i < 60; i++) {
    const shape = [400 + 5 * i, 200 + 5 * i];
    const values = Float32Array.from({ length: shape[0] * shape[1] }, normal);
    entries[`layer${i}.weight`] = { dtype: "F32", shape, data_offsets: [at, at + values.byteLength] };
    at += values.byteLength;
    parts.push(Buffer.from(values.buffer));
  }
  const header = Buffer.from(JSON.stringify(entries));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, ...parts]);
}
