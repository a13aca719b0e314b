// How long Ctrl-C waits: from SIGINT to the end of the process, by the clock, while the command line is at its longest
// work. Prints one line for each kind of work, with the largest of the waits and where they were tried (seconds after
// the start of the work). The signal is sent only while the work is under way.
//
//   node scripts/interruption-latency.mjs [--tries=3] [--only=compare]      (after npm run build)

import { spawn } from "node:child_process";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createRng, normalSampler } from "../dist/numeric/index.js";

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
/** Between two tries the moment of the signal moves by so much, so that it meets other stages of the work. */
const STEP_MS = 700;
const FIRST_MS = 600;

/**
 * So many entries are drawn; what is left of a matrix stays a hole in the file, zeros that take no space on the disk.
 */
const MAX_DRAWN = 2 ** 23;

/** Writes a safetensors file of Gaussian matrices in f32. */
async function writeMatrices(path, matrices) {
  const header = {};
  let bytes = 0;
  for (const { name, rows, cols } of matrices) {
    header[name] = { dtype: "F32", shape: [rows, cols], data_offsets: [bytes, bytes + 4 * rows * cols] };
    bytes += 4 * rows * cols;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = await open(path, "w");
  await file.write(Buffer.concat([length, text]));
  for (const { name, rows, cols, seed } of matrices) {
    const normal = normalSampler(createRng(seed));
    const values = Float32Array.from({ length: Math.min(rows * cols, MAX_DRAWN) }, () => normal() / Math.sqrt(cols));
    await file.write(values, 0, values.byteLength, 8 + text.length + header[name].data_offsets[0]);
  }
  await file.truncate(8 + text.length + bytes);
  await file.close();
}

const SQUARE = { "a.safetensors": [{ name: "fc.weight", rows: 1024, cols: 1024, seed: 1 }] };
/** Two layers at the limit up to which alignments are made. */
const pairOf = (seed) =>
  ["first", "second"].map((name, k) => ({ name: `${name}.weight`, rows: 8192, cols: 512, seed: seed + k }));

/** By the name of the work: its files, and the command line. */
const WORK = {
  "analyze --vectors": { files: SQUARE, args: ["analyze", "a.safetensors", "--vectors"] },
  "analyze --weightwatcher": { files: SQUARE, args: ["analyze", "a.safetensors", "--weightwatcher"] },
  // Past the 4 GiB that the WebAssembly engine can address.
  "approximate spectrum": {
    files: { "a.safetensors": [{ name: "fc.weight", rows: 34_000, cols: 34_000, seed: 1 }] },
    args: ["analyze", "a.safetensors", "--engine", "wasm"],
  },
  compare: {
    files: { "a.safetensors": pairOf(1), "b.safetensors": pairOf(11) },
    args: ["compare", "a.safetensors", "b.safetensors"],
  },
};

/** Runs the command and interrupts it after `afterMs`; resolves to the wait, or undefined where it had ended before. */
function interrupted(folder, args, afterMs) {
  return new Promise((resolve) => {
    const running = spawn(process.execPath, [MAIN, ...args, "--quiet"], { cwd: folder, stdio: "ignore" });
    let sent;
    const timer = setTimeout(() => {
      sent = performance.now();
      running.kill("SIGINT");
    }, afterMs);
    running.on("exit", (code) => {
      clearTimeout(timer);
      resolve(sent === undefined ? undefined : { code, waitMs: performance.now() - sent });
    });
  });
}

const { values } = parseArgs({ options: { tries: { type: "string", default: "3" }, only: { type: "string" } } });
for (const [name, { files, args }] of Object.entries(WORK)) {
  if (values.only !== undefined && values.only !== name) continue;
  const folder = await mkdtemp(join(tmpdir(), "interruption-latency-"));
  try {
    for (const [path, matrices] of Object.entries(files)) await writeMatrices(join(folder, path), matrices);
    const waits = [];
    let ended = 0;
    for (let k = 0; k < Number(values.tries); k++) {
      const afterMs = FIRST_MS + k * STEP_MS;
      const result = await interrupted(folder, args, afterMs);
      if (result === undefined) ended++;
      else waits.push({ ...result, afterMs });
    }
    const longest = Math.max(...waits.map(({ waitMs }) => waitMs));
    const each = waits.map(
      ({ waitMs, afterMs, code }) => `${waitMs.toFixed(0)} ms at ${afterMs / 1000} s (exit ${code})`,
    );
    console.log(
      `${name}: Ctrl-C waits at most ${longest.toFixed(0)} ms: ` +
        `${each.join(", ")}${ended > 0 ? `; ${ended} had ended before` : ""}`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
