// node bench/kernels.mjs: the tile kernels in GF/s against the machine's ceiling for 128-bit WebAssembly. Compiles
// kernels/ anew with loops around them. Each run takes some 30 us, and the eighth part of the runs that was fastest
// counts: what the kernel does while nobody else has the core.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import v8 from "node:v8";
import asc from "assemblyscript/asc";

if (Number.parseInt(process.versions.node, 10) < 22) v8.setFlagsFromString("--experimental-wasm-relaxed-simd");

const FOLDER = fileURLToPath(new URL("../kernels/", import.meta.url));
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

/** Independent chains of multiply-adds in registers: enough of them to hide the latency of two a cycle. */
const CHAINS = 12;
const STEPS = 16_000;
const ceiling = (type) => {
  const chains = Array.from({ length: CHAINS }, (_, i) => `c${i}`);
  return `${chains.map((c, i) => `let ${c} = v128.splat<${type}>(${i});`).join(" ")}
    const a = v128.splat<${type}>(0.999), b = v128.splat<${type}>(0.5);
    for (let k = ${STEPS}; k > 0; k--) { ${chains.map((c) => `${c} = multiplyAdd<${type}>(a, b, ${c});`).join(" ")} }
    ${chains.map((c, i) => `v128.store(${base + i * 16}, ${c});`).join(" ")}`;
};

const runs = [
  ...["f64", "f32"].map((type) => ({
    name: `ceiling, ${type}`,
    flops: CHAINS * STEPS * (type === "f64" ? 4 : 8),
    body: ceiling(type),
  })),
  ...Object.entries(CALLS).map(([name, { flops, call }]) => ({
    name,
    flops: flops * REPEATS,
    body: `for (let n = ${REPEATS}; n > 0; n--) ${call};`,
  })),
];
const entry = `import { addProducts, addTransposedProduct, addTransposedProducts, multiplyAdd } from "./multiply-add";
${runs.map(({ body }, i) => `export function run${i}(): void { ${body} }`).join("\n")}`;

async function compile(features) {
  let binary;
  const { error, stderr } = await asc.main(
    [
      "bench.ts",
      "--outFile",
      "bench.wasm",
      "-O3",
      "--noAssert",
      "--runtime",
      "stub",
      "--initialMemory",
      "16",
      "--enable",
      "simd",
      ...features,
    ],
    {
      readFile: (name) => (name === "bench.ts" ? entry : readFile(FOLDER + name, "utf8").catch(() => null)),
      writeFile: (_, contents) => {
        binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`the bench does not compile: ${stderr}`);
  return new WebAssembly.Instance(new WebAssembly.Module(binary)).exports;
}

for (const [build, features] of Object.entries({ fused: ["--enable", "relaxed-simd"], plain: [] })) {
  const exports = await compile(features);
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
