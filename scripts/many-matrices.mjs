// node scripts/many-matrices.mjs [--matrices=30000] [--side=24]: a model of that many small matrices in a run folder:
// how many files the folder has, how long the run, the resumed run, the report and the status take, and how long
// measuring alone takes in this process. Needs a built package.
import { execFileSync } from "node:child_process";
import { mkdtempSync, openSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measureLayer } from "../dist/analysis/index.js";
import { readRun, reportOfRun } from "../dist/node/run/read-run.js";
import { createRng, normalSampler } from "../dist/numeric/index.js";

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const given = (name, otherwise) =>
  Number(process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise);
const [MATRICES, SIDE] = [given("matrices", 30_000), given("side", 24)];
const home = mkdtempSync(join(tmpdir(), "many-matrices-"));
const [model, run] = [join(home, "model.safetensors"), join(home, "run")];
writeModel();

const timed = (what, ...args) => {
  const begun = performance.now();
  execFileSync(process.execPath, [MAIN, ...args], { stdio: ["ignore", "ignore", "inherit"] });
  console.log(`${what}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
};
timed("analyze --run", "analyze", model, "--run", run, "-q");
timed("analyze --run again, all done", "analyze", model, "--run", run, "-q");
timed("report --json", "report", run, "--json", join(home, "report.json"), "-q");
timed("report --csv", "report", run, "--csv", join(home, "report.csv"), "-q");
timed("status", "status", run);
const files = readdirSync(run, { recursive: true }).map((name) => statSync(join(run, name)));
const bytes = files.reduce((sum, { size }) => sum + size, 0);
console.log(`${files.filter((file) => file.isFile()).length} files, ${(bytes / 2 ** 20).toFixed(0)} MiB`);

const begun = performance.now();
const { results } = await reportOfRun(await readRun([run]));
const reported = performance.now() - begun;
const again = performance.now();
for (const { layer, spectrum } of results) measureLayer(layer, spectrum);
const measured = performance.now() - again;
console.log(
  `in one process: report ${(reported / 1000).toFixed(1)} s, of which measuring ` +
    `${(measured / 1000).toFixed(1)} s; the rest ${((reported - measured) / 1000).toFixed(1)} s`,
);
rmSync(home, { recursive: true });

/** Written piece by piece: the header first. */
function writeModel() {
  const values = Float32Array.from({ length: 2 * SIDE * SIDE }, normalSampler(createRng(1)));
  const length = values.byteLength;
  const entries = Array.from({ length: MATRICES }, (_, i) => [
    `layers.${i}.weight`,
    { dtype: "F32", shape: [2 * SIDE, SIDE], data_offsets: [i * length, (i + 1) * length] },
  ]);
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(header.length));
  const file = openSync(model, "w");
  writeSync(file, head);
  writeSync(file, header);
  const normal = normalSampler(createRng(2));
  for (let i = 0; i < MATRICES; i++) {
    for (let k = 0; k < values.length; k++) values[k] = normal();
    writeSync(file, Buffer.from(values.buffer));
  }
}
