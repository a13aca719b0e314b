// node bench/memory.mjs [square|tall|wide ...]: the peak memory of an analysis as a process of its own, held against
// its limit; fails where it is passed. "square" is 4096 x 4096 in f32 (solved in f64), "tall" an embedding of 128256 x
// 4096 in bf16, "wide" its transpose. The files (up to 1 GB) go to the temporary folder. Needs `npm run build`; the
// large ones take minutes.
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CASES = {
  square: { rows: 4096, cols: 4096, dtype: "F32", limit: 600e6 },
  tall: { rows: 128_256, cols: 4096, dtype: "BF16", limit: 1e9 },
  wide: { rows: 4096, cols: 128_256, dtype: "BF16", limit: 1e9 },
};

if (process.argv[2] === "analyse") {
  const { analyze } = await import("../dist/node/index.js");
  const start = performance.now();
  const { layers } = await analyze(process.argv[3], { engine: "wasm" }).report();
  const [{ status, reason, precision, lambda_max }] = layers;
  const seconds = (performance.now() - start) / 1000;
  console.log(
    JSON.stringify({ status, reason, precision, lambda_max, seconds, peak: process.resourceUsage().maxRSS * 1024 }),
  );
} else {
  const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(CASES);
  for (const name of names) measure(name, CASES[name]);
}

function measure(name, { rows, cols, dtype, limit }) {
  const folder = mkdtempSync(join(tmpdir(), "eigenscope-memory-"));
  try {
    const path = join(folder, "model.safetensors");
    writeRandom(path, { rows, cols, dtype });
    const { stdout, stderr, status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), "analyse", path]);
    if (status !== 0) throw new Error(String(stderr));
    const result = JSON.parse(stdout);
    console.log(
      `${name}: ${rows} x ${cols} ${dtype}, ${result.status} in ${result.precision}, ` +
        `${result.seconds.toFixed(0)} s, peak memory ${Math.round(result.peak / 1e6)} MB of ${limit / 1e6}`,
    );
    if (result.status !== "success") throw new Error(result.reason);
    if (result.peak > limit) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * One matrix of random bytes that stand for numbers between 1/4 and 1 of either sign: the exponents are set, the rest
 * is chance (xorshift).
 */
function writeRandom(path, { rows, cols, dtype }) {
  const size = rows * cols * (dtype === "F32" ? 4 : 2);
  const header = JSON.stringify({ "embedding.weight": { dtype, shape: [rows, cols], data_offsets: [0, size] } });
  const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
  const file = openSync(path, "w");
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  writeSync(file, length);
  writeSync(file, padded);
  // Sign and lowest bit of the exponent stay random, the rest of the exponent becomes that of 1/4.
  const [kept, exponent] = dtype === "F32" ? [0x80ffffff, 0x3e000000] : [0x80ff80ff, 0x3e003e00];
  const words = new Uint32Array(2 ** 20);
  let z = 2463534242;
  for (let left = size; left > 0; left -= words.byteLength) {
    for (let k = 0; k < words.length; k++) {
      z ^= z << 13;
      z ^= z >>> 17;
      z ^= z << 5;
      words[k] = (z & kept) | exponent;
    }
    writeSync(file, new Uint8Array(words.buffer, 0, Math.min(left, words.byteLength)));
  }
  closeSync(file);
}
