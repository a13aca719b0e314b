// node bench/kernels.mjs: the tile kernels in GF/s against the machine's ceiling for 128-bit WebAssembly. Compiles
// kernels/ anew with loops around them. Each run takes some 30 us, and the eighth part of the runs that was fastest
// counts: what the kernel does while nobody else has the core.
import { allowRelaxedSimd } from "../dist/node/relaxed-simd.js";
import { CHAINS, compileKernels, loopSource } from "./ceilings.mjs";

allowRelaxedSimd();

const KIB = 1024;
const base = 64 * KIB;
/** Calls of the kernels on operands that lie as they do in the engine; `flops` of one call. */
const CALLS = {
  "gram, f64": {
    flops: 2 * 32 * 32 * 256,
    call: `addTransposedProducts<f64, f64>(${base}, ${2 * base}, 8192, 32, 256, ${3 * base}, 1, 0, 0, 0)`,
  },
  "gram, f32 with f64 sums": {
    flops: 2 * 32 * 32 * 256,
    call: `addTransposedProducts<f32, f64>(${base}, ${2 * base}, 8192, 32, 256, ${3 * base}, 1, 0, 0, 0)`,
  },
  "update A += VZ' + ZV', f64": {
    flops: 2 * 32 * 32 * 64,
    call: `addTransposedProduct<f64>(${base}, ${base + 16384}, 64, ${2 * base})`,
  },
  "update A += VZ' + ZV', f32": {
    flops: 2 * 32 * 32 * 64,
    call: `addTransposedProduct<f32>(${base}, ${base + 16384}, 64, ${2 * base})`,
  },
  "product AV of four tiles, f64": {
    flops: 2 * 32 * 32 * 128,
    call: `addProducts<f64>(${base}, ${2 * base}, ${3 * base}, 4)`,
  },
  "product AV of four tiles, f32": {
    flops: 2 * 32 * 32 * 128,
    call: `addProducts<f32>(${base}, ${2 * base}, ${3 * base}, 4)`,
  },
  "product A'V of eight tiles, f64": {
    flops: 2 * 32 * 32 * 256,
    call: `addTransposedProducts<f64, f64>(${base}, ${2 * base}, 32, 256, 32, ${3 * base}, 8, 8192, 0, 8192)`,
  },
  "product A'V of eight tiles, f32": {
    flops: 2 * 32 * 32 * 256,
    call: `addTransposedProducts<f32, f32>(${base}, ${2 * base}, 32, 128, 32, ${3 * base}, 8, 4096, 0, 4096)`,
  },
};
const REPEATS = 8;

/** Steps of the ceiling's loop: some 30 us. */
const STEPS = 16_000;

const runs = [
  ...["f64", "f32"].map((type) => ({
    name: `ceiling, ${type}`,
    flops: CHAINS * STEPS * (type === "f64" ? 4 : 8),
    body: `loop_${type}(${STEPS});`,
  })),
  ...Object.entries(CALLS).map(([name, { flops, call }]) => ({
    name,
    flops: flops * REPEATS,
    body: `for (let n = ${REPEATS}; n > 0; n--) ${call};`,
  })),
];
const entry = `import { addProducts, addTransposedProduct, addTransposedProducts, multiplyAdd } from "./multiply-add";
${loopSource("loop_f64", "f64")}
${loopSource("loop_f32", "f32")}
${runs.map(({ body }, i) => `export function run${i}(): void { ${body} }`).join("\n")}`;

for (const build of ["fused", "plain"]) {
  const exports = await compileKernels(entry, build);
  const times = runs.map(() => []);
  for (let round = 0; round < 3000; round++) {
    for (let i = 0; i < runs.length; i++) {
      const start = performance.now();
      exports[`run${i}`]();
      times[i].push(performance.now() - start);
    }
  }
  const speeds = times.map((all, i) => runs[i].flops / all.sort((a, b) => a - b)[all.length >> 3] / 1e6);
  // A loop's place in memory can cost it some of its speed: the better of the two tells the ceiling of both.
  const most = Math.max(2 * speeds[0], speeds[1]);
  console.log(`${build} build; ceiling ${(most / 2).toFixed(1)} GF/s in f64, ${most.toFixed(1)} in f32:`);
  runs.forEach(({ name }, i) => {
    const share = speeds[i] / (name.includes("f32") ? most : most / 2);
    console.log(`  ${name.padEnd(34)}${speeds[i].toFixed(1).padStart(6)} GF/s  ${Math.round(100 * share)}%`);
  });
}
