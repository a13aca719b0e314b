// node bench/start.mjs [runs] (default 15): what it costs to start, and what the main thread does of a run. Processor
// time, medians of runs that alternate with empty Node processes (or numpy's): wall time means nothing on a busy
// machine.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { GPT2_LAYERS, SMALL_LAYERS, writeModel } from "./model-files.mjs";
import { COMMAND, measureCommand, median, processorTime } from "./processes.mjs";

const TINY = fileURLToPath(new URL("../examples/digits_b4.safetensors", import.meta.url));

/**
 * Processor time of `describe` and `analyze` of a tiny file beside empty Node processes. Rows {row, ours, peer, ratio,
 * wanted}: seconds; `ratio` is ours/peer, and is wanted to be at most `wanted`.
 */
export function startRows({ runs = 15 } = {}) {
  const commands = { describe: 2, analyze: 3 };
  // The first run compiles, the second has the compiled code.
  for (const command of Object.keys(commands)) for (let k = 0; k < 2; k++) ours(command);
  const times = { empty: [], describe: [], analyze: [] };
  for (let run = 0; run < runs; run++) {
    times.empty.push(processorTime(process.execPath, ["-e", "0"]));
    for (const command of Object.keys(commands)) times[command].push(ours(command));
  }
  return Object.entries(commands).map(([command, wanted]) =>
    rowOf(`${command} of a tiny file`, { ours: median(times[command]), peer: median(times.empty), wanted }),
  );
}

function ours(command) {
  return processorTime(process.execPath, [COMMAND, command, TINY]);
}

/**
 * 3,000 layers of 96 x 64: processor time beside numpy's SVDs alone with one thread (null without numpy), and the share
 * of the main thread in it, wanted to be at most 0.1; that share for a file shaped like GPT-2 too. `engine`: that of
 * the first two rows.
 */
export function mainThreadRows({ runs = 3, engine = "wasm" } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "eigenscope-bench-"));
  try {
    const [small, gpt2] = [join(folder, "small.safetensors"), join(folder, "gpt2.safetensors")];
    writeModel(small, SMALL_LAYERS);
    writeModel(gpt2, GPT2_LAYERS);
    const [smallRuns, peers, gpt2Runs] = [[], [], []];
    for (let run = 0; run < runs; run++) {
      smallRuns.push(measureCommand(["analyze", small, "--engine", engine]));
      peers.push(numpySeconds(small));
      gpt2Runs.push(measureCommand(["analyze", gpt2]));
    }
    const seconds = median(smallRuns.map((run) => run.seconds));
    const peer = peers.includes(null) ? null : median(peers);
    return [
      rowOf("3,000 layers of 96 x 64", { ours: seconds, peer, wanted: 4 }),
      mainThreadRow("3,000 layers of 96 x 64", smallRuns),
      mainThreadRow("shapes of GPT-2", gpt2Runs),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function mainThreadRow(model, runs) {
  return rowOf(`main thread, ${model}`, {
    ours: median(runs.map(({ mainSeconds }) => mainSeconds)),
    peer: median(runs.map(({ seconds }) => seconds)),
    wanted: 0.1,
  });
}

/** Processor time of numpy's singular values of all matrices, reading and start left out; null without numpy. */
function numpySeconds(path) {
  const script = `
import json, os, struct, time
os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np
raw = np.fromfile(${JSON.stringify(path)}, np.uint8)
start = 8 + struct.unpack("<Q", raw[:8].tobytes())[0]
layers = [(start + v["data_offsets"][0], v["shape"]) for v in json.loads(raw[8:start].tobytes()).values()]
begun = time.process_time()
for at, (rows, cols) in layers:
    w = raw[at : at + 4 * rows * cols].view(np.float32).reshape(rows, cols)
    np.linalg.svd(w.astype(float), compute_uv=False)
print(time.process_time() - begun)
`;
  const { status, stdout } = spawnSync("python3", ["-c", script], { encoding: "utf8" });
  return status === 0 ? Number(stdout) : null;
}

function rowOf(row, { ours, peer, wanted }) {
  return { row, ours, peer, ratio: peer === null ? null : ours / peer, wanted };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const runs = Number(process.argv[2] ?? 15);
  for (const { row, ours, peer, ratio, wanted } of [...startRows({ runs }), ...mainThreadRows()]) {
    const beside = peer === null ? "no numpy here" : `beside ${peer.toFixed(3)} s: ${ratio.toFixed(2)}`;
    console.log(`${row.padEnd(38)} ${ours.toFixed(3)} s, ${beside} (wanted at most ${wanted})`);
  }
}
