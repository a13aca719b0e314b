// Measures a fleet on this machine against one process with as many threads (docs/fleet.md):
//   node scripts/fleet-measure.mjs [--layers 60] [--size 512] [--models 1] [--workers 2]
// It starts a Redis of its own (redis-server must be on PATH) and workers of one thread each, and prints one line of
// JSON: seconds of both, their quotient, milliseconds of the queue per layer, and the most memory of each process.
// For the limits of issue 19: --layers 60 --size 1024 with --workers 1 and 2; --layers 2000 --size 16 --workers 1;
// --layers 100000 --size 16 --workers 2. Run it on a quiet machine.
import { spawn } from "node:child_process";
import { createWriteStream, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const COMMAND = join(DIST, "bundle/eigenscope.cjs");

const { values } = parseArgs({
  options: Object.fromEntries(["layers", "size", "models", "workers"].map((name) => [name, { type: "string" }])),
});
const {
  layers = 60,
  size = 512,
  models = 1,
  workers = 2,
} = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));

const folder = await mkdtemp(join(tmpdir(), "fleet-measure-"));
const source = join(folder, "models");
const run = join(folder, "run");
const children = [];
try {
  await mkdir(run);
  for (let model = 0; model < models; model++) await writeModel(join(source, `model-${model}`), model);
  const queue = `redis://127.0.0.1:${await startRedis()}`;

  // One model after the other, as a user without a queue would.
  let alone = 0;
  for (let model = 0; model < models; model++) {
    const args = ["analyze", join(source, `model-${model}`), "--json", join(folder, "alone.json"), "--quiet"];
    alone += (await command([...args, "--run", join(folder, `alone-${model}`), "--jobs", String(workers)])).seconds;
  }
  const submitted = await command(["fleet", "submit", source, "--run", run, "--queue", queue, "--quiet"]);
  const start = performance.now();
  const ended = await Promise.all(
    Array.from({ length: workers }, () =>
      command([
        ...["fleet", "worker", "--allow", source, "--run", run, "--queue", queue],
        ...["--jobs", "1", "--until-empty", "--log", "json"],
      ]),
    ),
  );
  const fleet = (performance.now() - start) / 1000;
  const events = ended.flatMap(({ lines }) => lines.map((line) => JSON.parse(line)));
  const done = events.filter(({ kind }) => kind === "layer");
  const report = events.filter(({ kind }) => kind === "report");
  // From the first layer to the last: without starting, opening, and waiting for the queue to be empty.
  const times = done.map(({ time }) => time);
  const spanMs = Math.max(...report.map(({ time }) => time)) - (Math.min(...times) - done[0].ms);
  const layerMs = done.reduce((sum, { ms }) => sum + ms, 0);
  console.log(
    JSON.stringify({
      ...{ layers: done.length, expected: layers * models, size, workers },
      ...{ seconds_alone: alone, seconds_fleet: fleet, seconds_of_layers: spanMs / 1000 },
      efficiency: alone / fleet,
      efficiency_of_layers: (1000 * alone) / spanMs,
      queue_ms_per_layer: (spanMs * workers - layerMs) / done.length,
      submit_seconds: submitted.seconds,
      longest_delay_ms: Math.max(...events.filter(({ kind }) => kind === "ended").map((event) => event.longestDelayMs)),
      max_rss_mib: {
        submit: submitted.maxRss,
        worker: Math.max(...ended.map(({ maxRss }) => maxRss)),
        redis: maxRssOf(children[0].pid),
      },
    }),
  );
} finally {
  for (const child of children) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
}

/** Runs the command. Resolves when it has ended well; rejects with what it said otherwise. */
function command(args) {
  const start = performance.now();
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  let [text, maxRss] = ["", 0];
  const watch = setInterval(() => {
    maxRss = Math.max(maxRss, maxRssOf(child.pid));
  }, 100);
  child.stderr.setEncoding("utf8").on("data", (data) => {
    text += data;
  });
  return new Promise((resolve, reject) => {
    child.once("close", (code) => {
      clearInterval(watch);
      const seconds = (performance.now() - start) / 1000;
      if (code !== 0) reject(new Error(`${args.join(" ")} ended with ${code}: ${text}`));
      else resolve({ seconds, maxRss, lines: text.split("\n").filter((line) => line.startsWith("{")) });
    });
  });
}

/** MiB, as Linux counts them; 0 elsewhere, or when the process has ended. */
function maxRssOf(pid) {
  try {
    return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}

/** A checkpoint of square matrices with normal entries, one file. */
async function writeModel(path, seed) {
  const { createRng, normalSampler } = await import(pathToFileURL(join(DIST, "numeric/index.js")).href);
  const normal = normalSampler(createRng(seed + 1));
  await mkdir(path, { recursive: true });
  const bytes = 4 * size * size;
  const header = {};
  for (let layer = 0; layer < layers; layer++)
    header[`layers.${layer}.weight`] = {
      ...{ dtype: "F32", shape: [size, size] },
      data_offsets: [layer * bytes, (layer + 1) * bytes],
    };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = createWriteStream(join(path, "model.safetensors"));
  file.write(length);
  file.write(text);
  for (let layer = 0; layer < layers; layer++) {
    const values = Float32Array.from({ length: size * size }, normal);
    if (!file.write(Buffer.from(values.buffer))) await new Promise((resolve) => file.once("drain", resolve));
  }
  await new Promise((resolve) => file.end(resolve));
}

async function startRedis() {
  const port = await new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
  const redis = spawn("redis-server", [
    ...["--port", String(port), "--bind", "127.0.0.1", "--dir", folder],
    ...["--save", "", "--appendonly", "yes"],
  ]);
  children.push(redis);
  await new Promise((resolve, reject) => {
    redis.once("error", reject);
    redis.stdout.on("data", (data) => String(data).includes("Ready to accept") && resolve());
  });
  return port;
}
