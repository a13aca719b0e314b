// node scripts/peak-memory.mjs: peak memory (VmHWM) of `analyze`, as a process of its own, on two files against limits:
// a file shaped like GPT-2 (498 MB; random weights), and a sparse file of 5 GB (zeros, which take no disk, before a
// small matrix). Medians of three runs; ends with exit code 1 if a limit is passed. Needs `npm run build`; some
// minutes. On Linux.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { GPT2_LAYERS, writeModel } from "../bench/model-files.mjs";
import { measureCommand, median } from "../bench/processes.mjs";

const RUNS = 3;

const CASES = [
  { row: "peak memory, shapes of GPT-2", layers: GPT2_LAYERS, limit: 254e6 },
  {
    row: "peak memory, sparse file of 5 GB",
    layers: [
      { name: "embedding.weight", shape: [1_220_703, 1024], hole: true },
      { name: "dense.weight", shape: [256, 128] },
    ],
    limit: 433e6,
  },
];

/**
 * Rows {row, ours, peer, ratio, wanted}: `ours` is the peak in bytes and `peer` the limit; `ratio` is wanted to be at
 * most 1. `options`: of the command.
 */
export function peakMemoryRows({ runs = RUNS, options = [] } = {}) {
  return CASES.map(({ row, layers, limit }) => {
    const folder = mkdtempSync(join(tmpdir(), "eigenscope-peak-"));
    try {
      const path = join(folder, "model.safetensors");
      writeModel(path, layers);
      // 4: a layer of zeros has no spectrum.
      const peaks = Array.from(
        { length: runs },
        () => measureCommand(["analyze", path, ...options], { codes: [0, 4] }).peakBytes,
      );
      return { row, ours: median(peaks), peer: limit, ratio: median(peaks) / limit, wanted: 1 };
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { row, ours, peer, ratio } of peakMemoryRows({ options: process.argv.slice(2) })) {
    console.log(`${row}: ${Math.round(ours / 1e6)} MB of ${peer / 1e6}`);
    if (ratio > 1) process.exitCode = 1;
  }
}
