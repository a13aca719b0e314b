// node scripts/estimate-accuracy.mjs [--held-out]: what `analyze --dry-run` estimates, beside what the same command
// then takes: processor time, and peak memory beside that planned for matrices. Random weights of several shapes; the
// first seven files gave the constants of src/cli/estimate.ts, the others did not. On Linux, after `npm run build`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GPT2_LAYERS, SMALL_LAYERS, writeModel } from "../bench/model-files.mjs";
import { COMMAND, measureCommand } from "../bench/processes.mjs";

const many = (count, shape, name = "fc") =>
  Array.from({ length: count }, (_, k) => ({ name: `layers.${k}.${name}.weight`, shape }));

const FITTED = {
  "1,000 of 96 x 64": SMALL_LAYERS.slice(0, 1000),
  "30 of 512 x 512": many(30, [512, 512]),
  "20 of 256 x 1024, 4 of 1024 x 1024": [...many(20, [256, 1024]), ...many(4, [1024, 1024], "up")],
  "2 of 32000 x 256": many(2, [32000, 256]),
  "6 convolutions 256 x 128 x 3 x 3": many(6, [256, 128, 3, 3]),
  "2 of 2048 x 2048": many(2, [2048, 2048]),
  "shapes of GPT-2": GPT2_LAYERS,
};
const HELD_OUT = {
  "300 of 128 x 128": many(300, [128, 128]),
  "40 of 384 x 1536": many(40, [384, 1536]),
  "6 of 4096 x 1024": many(6, [4096, 1024]),
  "1 of 4096 x 4096": many(1, [4096, 4096]),
};

const models = process.argv.includes("--held-out") ? HELD_OUT : { ...FITTED, ...HELD_OUT };
const folder = mkdtempSync(join(tmpdir(), "eigenscope-estimate-"));
const ratios = [];
try {
  for (const [name, layers] of Object.entries(models)) {
    const file = join(folder, "model.safetensors");
    writeModel(file, layers);
    for (const engine of ["native", "wasm"]) {
      for (const precision of ["f64", "f32"]) {
        const args = ["analyze", file, "--no-config", "-q", "--engine", engine, "--precision", precision];
        const { estimate, memory } = dryRun(args);
        const real = measureCommand(args);
        const { expected, low, high } = estimate.processorSeconds;
        const ratio = real.seconds / expected;
        ratios.push(ratio);
        const inside = real.seconds >= low && real.seconds <= high ? "" : "  OUTSIDE the range";
        console.log(
          `${name}, ${engine} ${precision}: estimated ${expected.toFixed(2)} s, took ${real.seconds.toFixed(2)} s, ` +
            `ratio ${ratio.toFixed(2)}${inside}; matrices ${mib(memory.peakBytes)}, process ${mib(real.peakBytes)}`,
        );
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log(
  `${ratios.length} runs, ratios from ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`,
);

function dryRun(args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args, "--dry-run", "--json"], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${args.join(" ")} --dry-run ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

function mib(bytes) {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
