// Damages sound files of one reader and reads them: opening, planning, all tensors, all layers. It reads the sources
// (src/ and the test's builders), so that it needs no build.
//
//   node scripts/fuzz-readers.mjs --reader=onnx --inputs=100000 --seed=14
//
// A find is an input that
//   - ends otherwise than with its values or a FormatError (a rejection that nobody handled, too),
//   - gives a layer whose values are not those of its files,
//   - takes more than 2 s of processor time, or more than 512 MB.
// A find is printed with the number of its input: --first=N --inputs=1 makes it again. The exit code is 1 if there are
// any. --reader=list prints the readers.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const ROOT = new URL("../", import.meta.url);
const path = (name) => fileURLToPath(new URL(name, ROOT));

/** What a child runs: one bundle of the sources, the builders and the loop, which does not change while it runs. */
const LOOP = `
import fc from "fast-check";
import { Worker } from "node:worker_threads";
import { writeSync } from "node:fs";
import { SUBJECTS } from "./damage-subjects.js";
import { OPCODES, PYTORCH_SUBJECTS } from "./damage-pytorch.js";
import { damaged, damages, expectSurvival, TELLING } from "./damage.js";

const MAX_CPU_US = 2_000_000;
const MAX_BYTES = 512e6;

/** Subjects by the reader that they are for. */
const READERS = {
  safetensors: ["safetensors", "safetensors index"],
  quantised: ["quantised safetensors", "schemes of safetensors", "ternary safetensors with both configurations"],
  adapters: ["an adapter with its configuration", "a gguf adapter"],
  parametrisations: ["parametrised weights"],
  numpy: ["npy", "npy in Fortran order", "npz stored", "npz deflated"],
  gguf: ["gguf", "gguf in parts"],
  tensorflow: ["tensorflow"],
  onnx: ["onnx"],
  tflite: ["tflite"],
  hdf5: ["hdf5, old", "hdf5, new"],
  keras: ["keras", "keras in shards"],
  distributed: Object.keys(SUBJECTS).filter((name) => name.startsWith("torch.distributed")),
  flax: ["flax"],
  tfjs: ["tfjs"],
  pytorch: Object.keys(PYTORCH_SUBJECTS),
};

const [reader, seed, first, last] = process.argv.slice(2);
const say = (message) => writeSync(1, JSON.stringify(message) + "\\n");
if (reader === "list" || !(reader in READERS)) {
  say({ readers: Object.keys(READERS) });
  process.exit(0);
}
const missing = Object.keys(SUBJECTS).filter((name) => !Object.values(READERS).flat().includes(name));
if (missing.length > 0) throw new Error("no reader has the subjects " + missing.join(", "));

const names = READERS[reader];
const makers = names.map((name) => {
  if (name in PYTORCH_SUBJECTS) {
    const make = PYTORCH_SUBJECTS[name];
    return { arbitrary: damages(OPCODES), filesOf: (all) => ({ "x.pt": make(all) }), entry: "x.pt" };
  }
  const { files, entry } = SUBJECTS[name];
  return {
    arbitrary: fc.tuple(fc.constantFrom(...Object.keys(files)), damages(TELLING)),
    filesOf: ([victim, all]) => ({ ...files, [victim]: damaged(files[victim], all) }),
    entry,
  };
});

let number = Number(first);
const progress = new Float64Array(new SharedArrayBuffer(8));
// An input that never ends is ended from outside: the main thread has no turn to do it.
new Worker(
  \`const { workerData } = require("node:worker_threads");
  let seen = -1, from = 0;
  setInterval(() => {
    const { user, system } = process.cpuUsage();
    if (workerData[0] !== seen) [seen, from] = [workerData[0], user + system];
    else if (user + system - from > 30e6) process.kill(process.pid, "SIGKILL");
  }, 500);\`,
  { eval: true, workerData: progress },
).unref();
for (const event of ["unhandledRejection", "uncaughtException"])
  process.on(event, (cause) =>
    say({ number, subject: names[number % names.length], fault: event + ": " + cause?.stack }),
  );

for (; number < Number(last); number++) {
  progress[0] = number;
  if (number % 200 === 0) say({ number });
  const { arbitrary, filesOf, entry } = makers[number % names.length];
  const subject = names[number % names.length];
  const [drawn] = fc.sample(arbitrary, { seed: Number(seed) * 1_000_003 + number, numRuns: 1 });
  const files = filesOf(drawn);
  const before = process.cpuUsage();
  try {
    await expectSurvival(files, entry);
  } catch (cause) {
    say({ number, subject, fault: String(cause?.stack ?? cause) });
  }
  const { user, system } = process.cpuUsage(before);
  if (user + system > MAX_CPU_US) say({ number, subject, suspect: "took " + (user + system) / 1000 + " ms" });
  if (number % 16 === 0 && process.memoryUsage.rss() > MAX_BYTES) {
    say({ number, subject, suspect: "took " + process.memoryUsage.rss() / 1e6 + " MB" });
    process.exit(3);
  }
}
say({ number, done: true, peak: 1024 * process.resourceUsage().maxRSS });
process.exit(0);
`;

const MAX_BYTES = 512e6;
/** Inputs before one whose memory is in question: the check sees every 16th. */
const MEMORY_EVERY = 16;
/** Inputs of one process: what they leave behind must not be taken for what one needs. */
const PER_PROCESS = 20_000;

async function bundle(folder) {
  const out = join(folder, "fuzz.mjs");
  await build({
    stdin: { contents: LOOP, resolveDir: path("test/formats"), sourcefile: "loop.ts", loader: "ts" },
    outfile: out,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    alias: { "#eigenscope": path("src") },
    external: ["koffi", "webgpu", "playwright-core"],
    // The fixtures lie beside the tests.
    define: { "import.meta.url": JSON.stringify(new URL("test/formats/damage.ts", ROOT).href) },
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire("file:///");' },
    logLevel: "error",
  });
  return out;
}

/** Runs some inputs; what the child said, the last input that it began, and how it ended. */
async function child(script, args, onMessage) {
  const started = performance.now();
  const running = spawn(process.execPath, ["--max-old-space-size=400", script, ...args.map(String)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => running.on("exit", (code, signal) => resolve(signal ?? code)));
  for await (const line of createInterface({ input: running.stdout })) onMessage(JSON.parse(line));
  return { how: await ended, ms: performance.now() - started };
}

async function main() {
  const { values } = parseArgs({
    options: {
      reader: { type: "string", default: "list" },
      inputs: { type: "string", default: "100000" },
      seed: { type: "string", default: "1" },
      first: { type: "string", default: "0" },
    },
  });
  const { reader, seed } = values;
  const folder = await mkdtemp(join(tmpdir(), "fuzz-readers-"));
  try {
    const script = await bundle(folder);
    const first = Number(values.first);
    const end = first + Number(values.inputs);
    const finds = [];
    let peak = 0;
    let readers;
    for (let from = first; from < end; ) {
      let at = from;
      let done = false;
      const suspects = [];
      const { how } = await child(script, [reader, seed, from, Math.min(end, from + PER_PROCESS)], (message) => {
        if (message.readers !== undefined) readers = message.readers;
        at = message.number ?? at;
        done ||= message.done === true;
        peak = Math.max(peak, message.peak ?? 0);
        if (message.fault !== undefined) finds.push(message);
        if (message.suspect !== undefined) suspects.push(message);
      });
      if (readers !== undefined) {
        console.log(`readers: ${readers.join(", ")}`);
        process.exitCode = reader === "list" ? 0 : 2;
        return;
      }
      for (const suspect of suspects) if (await isSlow(script, { reader, seed, suspect })) finds.push(suspect);
      if (done) from = Math.min(end, from + PER_PROCESS);
      else {
        // Killed or out of memory: the inputs since the last message, one at a time.
        const last = how === 3 ? at : Math.min(end, at + 200);
        for (
          let number = Math.max(from, how === 3 ? at - MEMORY_EVERY + 1 : at);
          how !== 3 && number < last;
          number++
        ) {
          const { how: again } = await child(script, [reader, seed, number, number + 1], () => {});
          if (again !== 0) finds.push({ number, fault: `ended its process: ${again}` });
        }
        from = last + (how === 3 ? 1 : 0);
      }
      for (const find of finds.filter(({ told }) => !told)) {
        find.told = true;
        console.log(
          `FIND: --reader=${reader} --seed=${seed} --first=${find.number} (${find.subject}) ` +
            `${find.fault ?? find.suspect}`,
        );
      }
      if (finds.length > 20) break;
    }
    const many = `${end - first} inputs of ${reader}, seed ${seed}`;
    console.log(`${many}: ${finds.length} finds, at most ${(peak / 1e6).toFixed(0)} MB`);
    process.exitCode = finds.length > 0 ? 1 : 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A time or a size beyond the limit counts if it is there again in a process of its own. */
async function isSlow(script, { reader, seed, suspect }) {
  const isMemory = suspect.suspect.endsWith("MB");
  const from = isMemory ? Math.max(0, suspect.number - MEMORY_EVERY + 1) : suspect.number;
  let again = false;
  let peak = 0;
  await child(script, [reader, seed, from, suspect.number + 1], (message) => {
    peak = Math.max(peak, message.peak ?? 0);
    again ||= message.suspect !== undefined;
  });
  return isMemory ? peak > MAX_BYTES || peak === 0 : again;
}

await main();
